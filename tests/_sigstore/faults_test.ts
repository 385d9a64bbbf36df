import "../../src/sigstore/node_crypto_patch.ts";
import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { TransparencyLogEntry, TrustedRoot } from "@sigstore/protobuf-specs";
import { toTrustMaterial } from "@sigstore/verify";
import { verifyTLogInclusion } from "@sigstore/verify/dist/tlog/index.js";
import { generateKeyPairSync, sign } from "node:crypto";
import { bytesOf, sha256 } from "./keys.ts";
import type { LogFault } from "./log_state.ts";
import { makeBundle } from "./make_bundle.ts";
import { hashLeaf } from "./merkle_tree.ts";
import { postJson, statusOf } from "./post_json.ts";
import { TestSigstore } from "./test_sigstore.ts";

Deno.test("a service answers wrongly as often as it is told, then rightly", async () => {
  await using sigstore = await TestSigstore.start();
  const url = `${sigstore.rekorV1.url}/api/v1/log`;
  sigstore.rekorV1.misbehave("tooManyRequests", { times: 1, retryAfter: 3 });
  sigstore.rekorV1.misbehave("serverError", { times: 2 });
  const limited = await fetch(url);
  assertEquals([limited.status, limited.headers.get("retry-after")], [429, "3"]);
  await limited.body?.cancel();
  assertEquals(await statusOf(fetch(url)), 500);
  assertEquals(await statusOf(fetch(url)), 500);
  assertEquals(await statusOf(fetch(url)), 200);
  assertEquals(sigstore.rekorV1.server.requests.length, 4);
});

Deno.test("a service answers wrongly only where it is told to", async () => {
  await using sigstore = await TestSigstore.start();
  const { rekorV2 } = sigstore;
  rekorV2.misbehave("notFound", { path: "/api/v2/tile/" });
  assertEquals(await statusOf(fetch(`${rekorV2.url}/api/v2/checkpoint`)), 200);
  assertEquals(await statusOf(fetch(`${rekorV2.url}/api/v2/tile/0/000.p/1`)), 404);
  rekorV2.faults.clear();
});

Deno.test("a slow service never answers, and can be stopped nevertheless", async () => {
  await using sigstore = await TestSigstore.start();
  sigstore.fulcio.misbehave("slow");
  const signal = AbortSignal.timeout(50);
  await assertRejects(() => fetch(sigstore.fulcio.url, { signal }), DOMException);
  // One that nobody gives up ends when the service does.
  const waiting = fetch(sigstore.fulcio.url).then(statusOf, () => "ended");
  await new Promise((resolve) => setTimeout(resolve, 20));
  await sigstore.fulcio[Symbol.asyncDispose]();
  await waiting;
});

Deno.test("an answer can be cut off in the middle", async () => {
  await using sigstore = await TestSigstore.start();
  const { rekorV1 } = sigstore;
  const { promise: cut, resolve } = Promise.withResolvers<void>();
  rekorV1.misbehave("cutOff", { cut });
  const response = await fetch(`${rekorV1.url}/api/v1/log`);
  assertEquals(response.status, 200);
  resolve();
  await assertRejects(() => response.text());
});

Deno.test("an answer can stop in the middle, and the service can be stopped nevertheless", async () => {
  await using sigstore = await TestSigstore.start();
  const { rekorV1 } = sigstore;
  rekorV1.misbehave("stalled");
  const stop = new AbortController();
  const response = await fetch(`${rekorV1.url}/api/v1/log`, { signal: stop.signal });
  assertEquals(response.status, 200);
  const text = assertRejects(() => response.text(), DOMException);
  stop.abort();
  await text;
});

Deno.test("an answer can be without end, in HTML, empty, or lead elsewhere", async () => {
  await using sigstore = await TestSigstore.start();
  const { rekorV1, rekorV2 } = sigstore;
  const url = `${rekorV1.url}/api/v1/log`;
  rekorV1.misbehave("endless", { times: 1 });
  const endless = await fetch(url);
  let length = 0;
  for await (const chunk of endless.body!) {
    length += chunk.length;
    if (length > 1_000_000) break;
  }
  rekorV1.misbehave("notJson", { times: 1 });
  await assertRejects(async () => await (await fetch(url)).json(), SyntaxError);
  rekorV1.misbehave("nothing", { times: 1 });
  assertEquals(await (await fetch(url)).text(), "");
  rekorV1.misbehave("redirect", { times: 1, location: `${rekorV2.url}/api/v2/checkpoint` });
  const redirected = await fetch(url);
  assert(redirected.redirected);
  await redirected.body?.cancel();
});

Deno.test("a log can show another tree, one of the same size or a smaller one", async () => {
  await using sigstore = await TestSigstore.start();
  const { rekorV1, rekorV2 } = sigstore;
  for (let i = 0; i < 4; i++) {
    await makeBundle(sigstore, { message: bytesOf(`${i}`) });
    await makeBundle(sigstore, { message: bytesOf(`${i}`), rekor: 2 });
  }
  const info = async (): Promise<[number, string]> => {
    const { treeSize, rootHash } = await (await fetch(`${rekorV1.url}/api/v1/log`)).json();
    return [treeSize, rootHash];
  };
  const root = (size: number): string => rekorV1.state.tree.root(size).toHex();
  assertEquals(await info(), [4, root(4)]);
  rekorV1.misbehave("shrunkTree", { times: 1 });
  assertEquals(await info(), [3, root(3)]);
  rekorV1.misbehave("splitView", { times: 1 });
  const [size, other] = await info();
  assertEquals(size, 4);
  assertNotEquals(other, root(4));
  assertEquals(await info(), [4, root(4)]);

  const checkpoint = async (): Promise<string[]> =>
    (await (await fetch(`${rekorV2.url}/api/v2/checkpoint`)).text()).split("\n");
  const [, , rightRoot] = await checkpoint();
  rekorV2.misbehave("shrunkTree", { times: 1 });
  assertEquals((await checkpoint())[1], "3");
  rekorV2.misbehave("splitView", { times: 1 });
  const [, sameSize, otherRoot] = await checkpoint();
  assertEquals(sameSize, "4");
  assertNotEquals(otherRoot, rightRoot);
});

Deno.test("a log can answer another entry than the one asked for", async () => {
  await using sigstore = await TestSigstore.start();
  const { rekorV1 } = sigstore;
  for (let i = 0; i < 3; i++) await makeBundle(sigstore, { message: bytesOf(`${i}`) });
  rekorV1.misbehave("entrySwapped", { times: 1 });
  const wanted = rekorV1.entries[2]!;
  const answer = await (await fetch(`${rekorV1.url}/api/v1/log/entries/${wanted.uuid}`)).json();
  assertEquals(answer[wanted.uuid].body, rekorV1.entries[1]!.body.toBase64());
});

Deno.test("Rekor v2 misbehaves as it is told", async (t) => {
  await using sigstore = await TestSigstore.start();
  const { rekorV2 } = sigstore;
  for (let i = 0; i < 5; i++) await makeBundle(sigstore, { message: bytesOf(`${i}`), rekor: 2 });
  const trust = toTrustMaterial(TrustedRoot.fromJSON(sigstore.trustedRoot()));
  const faults: Partial<Record<LogFault, string>> = {
    wrongProof: "calculated root hash does not match",
    otherTreeSize: "invalid hash count",
    splitView: "another tree",
    entrySwapped: "another entry",
    otherCheckpointKey: "invalid checkpoint signature",
    otherOrigin: "invalid checkpoint signature",
    wrongCheckpointSignature: "invalid checkpoint signature",
    noProof: "no proof",
  };
  const check = async (): Promise<void> => {
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const digest = sha256("message").toBase64();
    const content = sign("sha256", bytesOf("message"), privateKey).toString("base64");
    const rawBytes = publicKey.export({ type: "spki", format: "der" }).toString("base64");
    const verifier = { keyDetails: "PKIX_ECDSA_P256_SHA_256", publicKey: { rawBytes } };
    const hashedRekordRequestV002 = { digest, signature: { content, verifier } };
    const response = await postJson(`${rekorV2.url}/api/v2/log/entries`, { hashedRekordRequestV002 });
    const entry = TransparencyLogEntry.fromJSON(await response.json());
    assert(entry.canonicalizedBody.includes(content), "another entry");
    assert(entry.inclusionProof, "no proof");
    assertEquals(entry.inclusionProof.rootHash.toString("hex"), rekorV2.state.tree.root().toHex(), "another tree");
    verifyTLogInclusion(entry as Parameters<typeof verifyTLogInclusion>[0], trust.tlogs);
  };
  for (const [fault, why] of Object.entries(faults)) {
    await t.step(fault, async () => {
      rekorV2.misbehave(fault as LogFault, { times: 1 });
      await assertRejects(check, Error, why);
      await check();
    });
  }
});

Deno.test("a log that shows another tree shows its entries and hashes too", async () => {
  await using sigstore = await TestSigstore.start();
  const { rekorV2 } = sigstore;
  for (let i = 0; i < 3; i++) rekorV2.addCanonical(bytesOf(`${i}`));
  rekorV2.misbehave("splitView", { path: "/api/v2/tile/" });
  const bytes = async (path: string): Promise<Uint8Array> =>
    new Uint8Array(await (await fetch(`${rekorV2.url}/api/v2/tile/${path}.p/3`)).arrayBuffer());
  assertEquals((await bytes("entries/000")).slice(0, 4), bytesOf("\0\x02{}"));
  assertEquals((await bytes("0/000")).slice(0, 32), hashLeaf(bytesOf("{}")));
});
