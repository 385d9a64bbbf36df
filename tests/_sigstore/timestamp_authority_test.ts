import "../../src/sigstore/node_crypto_patch.ts";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { RFC3161Timestamp, X509Certificate } from "@sigstore/core";
import { Buffer } from "node:buffer";
import { der, integer, objectIdentifier, TRUE } from "../_certificates.ts";
import { sha256 } from "./keys.ts";
import { postJson } from "./post_json.ts";
import { TestSigstore } from "./test_sigstore.ts";
import type { TimestampFault } from "./timestamp_authority.ts";

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

Deno.test("the timestamp authority misbehaves as it is told", async (t) => {
  await using sigstore = await TestSigstore.start();
  const { timestampAuthority } = sigstore;
  const nonce = 123456;
  const check = async (): Promise<void> => {
    const response = await postJson(timestampAuthority.url, {
      artifactHash: sha256(MESSAGE).toBase64(),
      hashAlgorithm: "sha256",
      nonce,
    });
    const bytes = Buffer.from(await response.arrayBuffer());
    const timestamp = RFC3161Timestamp.parse(bytes);
    assertEquals(timestamp.status, 0n, "not granted");
    assert(bytes.includes(Buffer.from(integer(nonce))), "another nonce");
    timestamp.verify(MESSAGE, timestampAuthority.signingKey);
  };
  const faults: Record<TimestampFault, string> = {
    otherSignature: "message imprint does not match",
    wrongNonce: "another nonce",
    otherAuthority: "signature verification failed",
    wrongSignature: "signature verification failed",
    rejected: "not granted",
  };
  for (const [fault, why] of Object.entries(faults)) {
    await t.step(fault, async () => {
      timestampAuthority.misbehave(fault as TimestampFault, { times: 1 });
      await assertRejects(check, Error, why);
      await check();
    });
  }
});

Deno.test("the timestamp authority may have a certificate that has expired", async () => {
  const [start, end] = [new Date("2020-01-01"), new Date("2021-01-01")];
  await using sigstore = await TestSigstore.start({ timestampPeriod: { start, end } });
  const { leaf } = sigstore.timestampAuthority;
  assertEquals(X509Certificate.parse(Buffer.from(leaf.der)).notAfter, end);
});
