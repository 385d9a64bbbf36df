import { assertEquals, assertStringIncludes } from "@std/assert";
import { bytesOf, sha256 } from "./keys.ts";
import { makeBundle } from "./make_bundle.ts";
import { postJson } from "./post_json.ts";
import { TestSigstore } from "./test_sigstore.ts";

const MESSAGE = bytesOf("message");

Deno.test("Rekor v2 gives checkpoint, hashes and entries in tiles", async () => {
  await using sigstore = await TestSigstore.start();
  const { rekorV2 } = sigstore;
  for (let i = 0; i < 600; i++) rekorV2.addCanonical(bytesOf(`{"entry":${i}}`));
  const api = `${rekorV2.url}/api/v2`;
  const bytes = async (path: string): Promise<Uint8Array> =>
    new Uint8Array(await (await fetch(api + path)).arrayBuffer());
  assertStringIncludes(new TextDecoder().decode(await bytes("/checkpoint")), `${rekorV2.origin}\n600\n`);
  const { tree } = rekorV2.state;
  const whole = await bytes("/tile/0/001");
  assertEquals(whole.length, 256 * 32);
  assertEquals(whole.slice(0, 32), tree.leafHash(256));
  assertEquals((await bytes("/tile/0/002.p/88")).length, 88 * 32);
  assertEquals((await bytes("/tile/1/000.p/2")).slice(32), tree.node(256, 256));
  const entries = await bytes("/tile/entries/002.p/88");
  assertEquals(new TextDecoder().decode(entries.slice(2, 15)), '{"entry":512}');
  for (const path of ["/tile/0/002", "/tile/1/000", "/tile/0/002.p/89", "/tile/entries/003.p/1", "/tile/0/2"]) {
    const response = await fetch(api + path);
    assertEquals(response.status, 404);
    await response.body?.cancel();
  }
});

Deno.test("Rekor v2 answers a request with an entry for the bundle, once", async () => {
  await using sigstore = await TestSigstore.start({ rekorV2Key: "P-256" });
  const { rekorV2 } = sigstore;
  const { certificate, signature } = await makeBundle(sigstore, { message: MESSAGE });
  const request = {
    digest: sha256(MESSAGE).toBase64(),
    signature: {
      content: signature.toBase64(),
      verifier: {
        keyDetails: "PKIX_ECDSA_P256_SHA_256",
        x509Certificate: { rawBytes: certificate.toBase64() },
      },
    },
  };
  const url = `${rekorV2.url}/api/v2/log/entries`;
  const created = await postJson(url, { hashedRekordRequestV002: request });
  assertEquals(created.status, 201);
  const entry = await created.json();
  assertEquals(entry.kindVersion, { kind: "hashedrekord", version: "0.0.2" });
  assertEquals([entry.inclusionPromise, entry.integratedTime], [undefined, undefined]);
  assertEquals(entry.logId.keyId, sigstore.trustedRoot().tlogs[1]!.logId.keyId);
  assertEquals(rekorV2.entries.length, 1);
  const again = await postJson(url, { hashedRekordRequestV002: request });
  assertEquals([again.status, again.headers.get("x-log-index")], [409, "0"]);
  await again.body?.cancel();
  for (
    const body of [{ dsseRequestV002: {} }, { hashedRekordRequestV002: { ...request, digest: sha256("x").toBase64() } }]
  ) {
    const refused = await postJson(url, body);
    assertEquals(refused.status, 400);
    await refused.body?.cancel();
  }
});
