import "../../src/sigstore/node_crypto_patch.ts";
import {
  assert,
  assertEquals,
  assertFalse,
  assertMatch,
  assertNotEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { TransparencyLogEntry, TrustedRoot } from "@sigstore/protobuf-specs";
import { toTrustMaterial } from "@sigstore/verify";
import { verifyTLogInclusion } from "@sigstore/verify/dist/tlog/index.js";
import { Buffer } from "node:buffer";
import { verify } from "node:crypto";
import { canonicalJson } from "./canonical_json.ts";
import { certificatePem } from "./certificate_authority.ts";
import { bytesOf, sha256 } from "./keys.ts";
import { makeBundle } from "./make_bundle.ts";
import type { LogFault } from "./log_state.ts";
import { hashLeaf } from "./merkle_tree.ts";
import { postJson } from "./post_json.ts";
import { bundleEntryOf, type EntryAnswer } from "./rekor_v1.ts";
import { canonicalEntry } from "./rekor_v1_entry.ts";
import { TestSigstore } from "./test_sigstore.ts";

const MESSAGE = bytesOf("message");

Deno.test("Rekor v1 makes of a genuine envelope what the public log has stored", async () => {
  const path = new URL("../fixtures/oms/bundles-v1.0/valid/sigstore.bundle.json", import.meta.url);
  const { verificationMaterial, dsseEnvelope } = JSON.parse(await Deno.readTextFile(path));
  const [{ canonicalizedBody }] = verificationMaterial.tlogEntries;
  const rawBytes = verificationMaterial.certificate?.rawBytes ??
    verificationMaterial.x509CertificateChain.certificates[0].rawBytes;
  const verifier = bytesOf(certificatePem(Uint8Array.fromBase64(rawBytes))).toBase64();
  const proposedContent = { envelope: JSON.stringify(dsseEnvelope), verifiers: [verifier] };
  const { body } = canonicalEntry({ apiVersion: "0.0.1", kind: "dsse", spec: { proposedContent } });
  // Of the text of the envelope as it was sent then nothing is left but its hash.
  const withoutEnvelope = (text: string): string => text.replace(/(?<="envelopeHash".{0,40}"value":")[0-9a-f]+/, "");
  const genuine = Buffer.from(canonicalizedBody, "base64").toString();
  assertEquals(withoutEnvelope(Buffer.from(body).toString()), withoutEnvelope(genuine));
});

Deno.test("Rekor v1 stores the canonical form of an envelope's entry", async () => {
  await using sigstore = await TestSigstore.start();
  await makeBundle(sigstore, { statement: { a: 1 } });
  const [entry] = sigstore.rekorV1.entries;
  const text = new TextDecoder().decode(entry!.body);
  const body = JSON.parse(text);
  assertEquals(Object.keys(body), ["apiVersion", "kind", "spec"]);
  assertEquals(Object.keys(body.spec), ["envelopeHash", "payloadHash", "signatures"]);
  assertEquals(Object.keys(body.spec.signatures[0]), ["signature", "verifier"]);
  assertEquals(body.spec.payloadHash, { algorithm: "sha256", value: sha256('{"a":1}').toHex() });
  assertFalse(/\s/.test(text));
});

Deno.test("Rekor v1 answers entries by index, UUID and in batches, with proofs and promises that verify", async () => {
  await using sigstore = await TestSigstore.start();
  const { rekorV1 } = sigstore;
  for (let i = 0; i < 12; i++) await makeBundle(sigstore, { message: bytesOf(`${i}`) });
  const entry = rekorV1.entries[7]!;
  assertEquals(entry.uuid.length, 80);
  assertEquals(entry.uuid.slice(16), hashLeaf(entry.body).toHex());
  const api = `${rekorV1.url}/api/v1`;
  const byIndex: EntryAnswer = await (await fetch(`${api}/log/entries?logIndex=7`)).json();
  const byUuid: EntryAnswer = await (await fetch(`${api}/log/entries/${entry.uuid}`)).json();
  const byLeafHash: EntryAnswer = await (await fetch(`${api}/log/entries/${entry.uuid.slice(16)}`)).json();
  for (const answer of [byIndex, byUuid, byLeafHash]) {
    const { verification, ...signed } = answer[entry.uuid]!;
    assertEquals(signed.logIndex, 7);
    assertEquals(signed.body, entry.body.toBase64());
    const promise = Buffer.from(verification.signedEntryTimestamp!, "base64");
    assert(verify("sha256", Buffer.from(canonicalJson(signed)), rekorV1.key.publicKey, promise));
    assertEquals(verification.inclusionProof!.treeSize, 12);
    assertEquals(verification.inclusionProof!.rootHash, rekorV1.state.tree.root(12).toHex());
    assertStringIncludes(verification.inclusionProof!.checkpoint, `${rekorV1.origin}\n12\n`);
  }
  const batch = await postJson(`${api}/log/entries/retrieve`, { logIndexes: [0, 5, 99], entryUUIDs: [entry.uuid] });
  const found: EntryAnswer[] = await batch.json();
  assertEquals(found.map((answer) => Object.values(answer)[0]!.logIndex).sort(), [0, 5, 7]);
  const tooMany = await postJson(`${api}/log/entries/retrieve`, { logIndexes: [...Array(11).keys()] });
  assertEquals(tooMany.status, 422);
  await tooMany.body?.cancel();
  for (const path of [`/log/entries?logIndex=99`, `/log/entries/${"0".repeat(80)}`]) {
    const missing = await fetch(api + path);
    assertEquals(missing.status, 404);
    await missing.body?.cancel();
  }
});

Deno.test("Rekor v1 has an entry once, and says where", async () => {
  await using sigstore = await TestSigstore.start();
  const { rekorV1 } = sigstore;
  const { certificate, signature } = await makeBundle(sigstore, { message: MESSAGE });
  const proposed = {
    apiVersion: "0.0.1",
    kind: "hashedrekord",
    spec: {
      data: { hash: { algorithm: "sha256", value: sha256(MESSAGE).toHex() } },
      signature: {
        content: signature.toBase64(),
        publicKey: { content: bytesOf(certificatePem(certificate)).toBase64() },
      },
    },
  };
  const again = await postJson(`${rekorV1.url}/api/v1/log/entries`, proposed);
  assertEquals(again.status, 409);
  assertEquals(again.headers.get("location"), `/api/v1/log/entries/${rekorV1.entries[0]!.uuid}`);
  await again.body?.cancel();
  proposed.spec.data.hash.value = sha256("another").toHex();
  const wrong = await postJson(`${rekorV1.url}/api/v1/log/entries`, proposed);
  assertEquals(wrong.status, 400);
  assertMatch((await wrong.json()).message, /verifying signature/);
});

Deno.test("Rekor v1 tells its tree, proves its growth, and keeps frozen shards", async () => {
  await using sigstore = await TestSigstore.start();
  const { rekorV1 } = sigstore;
  for (let i = 0; i < 3; i++) await makeBundle(sigstore, { message: bytesOf(`${i}`) });
  const frozenId = rekorV1.treeId;
  rekorV1.beginShard();
  for (let i = 3; i < 10; i++) await makeBundle(sigstore, { message: bytesOf(`${i}`) });
  const api = `${rekorV1.url}/api/v1/log`;
  const info = await (await fetch(api)).json();
  assertEquals(info.treeSize, 7);
  assertEquals(info.treeID, rekorV1.treeId);
  assertEquals(info.rootHash, rekorV1.state.tree.root().toHex());
  assertEquals(info.inactiveShards.length, 1);
  assertEquals(info.inactiveShards[0].treeID, frozenId);
  assertEquals(info.inactiveShards[0].treeSize, 3);
  const { hashes } = await (await fetch(`${api}/proof?firstSize=3&lastSize=7`)).json();
  assertEquals(hashes, rekorV1.state.tree.consistencyProof(3, 7).map((hash) => hash.toHex()));
  const frozen = await (await fetch(`${api}/proof?firstSize=1&lastSize=3&treeID=${frozenId}`)).json();
  assertEquals(frozen.hashes.length, 2);
  for (const query of ["firstSize=8&lastSize=7", "firstSize=1&lastSize=8", "firstSize=0&lastSize=1"]) {
    const refused = await fetch(`${api}/proof?${query}`);
    assert(refused.status >= 400 && refused.status < 500);
    await refused.body?.cancel();
  }
  const late: EntryAnswer = await (await fetch(`${api}/entries?logIndex=4`)).json();
  const { logIndex, verification } = Object.values(late)[0]!;
  assertEquals([logIndex, verification.inclusionProof!.logIndex], [4, 1]);
});

Deno.test("Rekor v1 finds entries by e-mail address, digest and key", async () => {
  await using sigstore = await TestSigstore.start();
  const { rekorV1 } = sigstore;
  await makeBundle(sigstore, { message: bytesOf("1"), identity: { name: "Joe@example.com" } });
  const { certificate } = await makeBundle(sigstore, { statement: { subject: [{ digest: { sha256: "ab" } }] } });
  const [joes, janes] = rekorV1.entries.map(({ uuid }) => uuid);
  const content = bytesOf(certificatePem(certificate)).toBase64();
  const search = async (query: unknown): Promise<unknown> =>
    await (await postJson(`${rekorV1.url}/api/v1/index/retrieve`, query)).json();
  assertEquals(await search({ email: "joe@example.com" }), [joes]);
  assertEquals(await search({ email: "jane@example.com" }), [janes]);
  assertEquals(await search({ email: "e@example.com" }), []);
  assertEquals(await search({ hash: `sha256:${sha256("1").toHex()}` }), [joes]);
  assertEquals(await search({ hash: "sha256:ab" }), [janes]);
  assertEquals(await search({ publicKey: { format: "x509", content } }), [janes]);
  assertEquals(await search({ email: "joe@example.com", hash: "sha256:ab", operator: "and" }), []);
});

Deno.test("Rekor v1 misbehaves as it is told", async (t) => {
  await using sigstore = await TestSigstore.start();
  const { rekorV1 } = sigstore;
  for (let i = 0; i < 5; i++) await makeBundle(sigstore, { message: bytesOf(`${i}`) });
  const trust = toTrustMaterial(TrustedRoot.fromJSON(sigstore.trustedRoot()));
  const { uuid } = rekorV1.entries[2]!;
  const check = async (): Promise<unknown> => {
    const answer: EntryAnswer = await (await fetch(`${rekorV1.url}/api/v1/log/entries/${uuid}`)).json();
    const entry = TransparencyLogEntry.fromJSON(bundleEntryOf(answer));
    assertEquals(hashLeaf(entry.canonicalizedBody).toHex(), uuid.slice(16), "another entry");
    assert(entry.inclusionPromise, "no promise");
    assert(entry.inclusionProof, "no proof");
    assert(Number(entry.integratedTime) <= Date.now() / 1000, "late");
    assertEquals(entry.inclusionProof.rootHash.toString("hex"), rekorV1.state.tree.root(5).toHex(), "another tree");
    return verifyTLogInclusion(entry as Parameters<typeof verifyTLogInclusion>[0], trust.tlogs);
  };
  const faults: Record<LogFault, string | undefined> = {
    wrongProof: "calculated root hash does not match",
    otherTreeSize: "invalid hash count",
    splitView: "another tree",
    shrunkTree: "another tree",
    entrySwapped: "another entry",
    otherCheckpointKey: "invalid checkpoint signature",
    otherOrigin: "invalid checkpoint signature",
    wrongCheckpointSignature: "invalid checkpoint signature",
    otherPromiseKey: "inclusion promise could not be verified",
    noPromise: "no promise",
    noProof: "no proof",
    lateIntegratedTime: "late",
    wrongConsistency: undefined,
  };
  for (const [fault, why] of Object.entries(faults)) {
    if (why === undefined) continue;
    await t.step(fault, async () => {
      rekorV1.misbehave(fault as LogFault, { times: 1 });
      await assertRejects(check, Error, why);
      await check();
    });
  }
  await t.step("wrongConsistency", async () => {
    const hashes = async (): Promise<unknown> =>
      (await (await fetch(`${rekorV1.url}/api/v1/log/proof?firstSize=2&lastSize=5`)).json()).hashes;
    const right = rekorV1.state.tree.consistencyProof(2, 5).map((hash) => hash.toHex());
    rekorV1.misbehave("wrongConsistency", { times: 1 });
    assertNotEquals(await hashes(), right);
    assertEquals(await hashes(), right);
  });
});
