import "../../src/sigstore/mend.ts";
import { assert, assertEquals } from "@std/assert";
import { RFC3161Timestamp } from "@sigstore/core";
import { Buffer } from "node:buffer";
import { der, integer, objectIdentifier, TRUE } from "../_certificates.ts";
import { sha256 } from "./keys.ts";
import { TestSigstore } from "./test_sigstore.ts";

const MESSAGE = Buffer.from("message");

Deno.test("the timestamp authority answers queries in DER, and gives the nonce back", async () => {
  await using sigstore = await TestSigstore.start();
  const { timestampAuthority } = sigstore;
  const nonce = der(0x02, Uint8Array.of(0x7f, ...crypto.getRandomValues(new Uint8Array(7))));
  const algorithm = der(0x30, objectIdentifier("2.16.840.1.101.3.4.2.1"), der(0x05));
  const imprint = der(0x30, algorithm, der(0x04, sha256(MESSAGE)));
  const response = await fetch(timestampAuthority.url, {
    method: "POST",
    headers: { "content-type": "application/timestamp-query" },
    body: der(0x30, integer(1), imprint, nonce, TRUE),
  });
  assertEquals(response.headers.get("content-type"), "application/timestamp-reply");
  const bytes = Buffer.from(await response.arrayBuffer());
  assert(bytes.includes(Buffer.from(nonce)));
  assert(bytes.includes(Buffer.from(timestampAuthority.leaf.der)));
  RFC3161Timestamp.parse(bytes).verify(MESSAGE, timestampAuthority.signingKey);
});

Deno.test("the timestamp authority refuses what is no query", async () => {
  await using sigstore = await TestSigstore.start();
  for (const type of ["application/timestamp-query", "application/json", "text/plain"]) {
    const headers = { "content-type": type };
    const response = await fetch(sigstore.timestampAuthority.url, { method: "POST", headers, body: "x" });
    assertEquals(response.status, 400);
    await response.body?.cancel();
  }
});
