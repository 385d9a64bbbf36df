/** Files that are not the signature they are given as: each is refused for its own reason, quickly, in one line. */
import { assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { VerificationError, verify } from "../../mod.ts";
import { exitStatus } from "../../src/cli/exit.ts";
import { edit, envelopeBundle, type Json, makeKey, REMOVED, type TestKey } from "../oms/_forge.ts";
import { runToFail, runWell, Workplace } from "../_program.ts";

/** A signed model, and the key to forge whatever else might have been signed with it. */
interface Signed extends Disposable {
  readonly place: Workplace;
  readonly key: TestKey;
  /** The bundle of the genuine signature. */
  readonly bundle: Json;
  /** The statement in it. */
  readonly statement: Json;
}

async function signModel(): Promise<Signed> {
  const place = new Workplace();
  const key = makeKey();
  place.write("key.pem", key.privatePem);
  place.write("key.pub", key.publicPem);
  await runWell(["sign", "key", "bert", "--private-key", "key.pem"], { cwd: place.path });
  const bundle = JSON.parse(Deno.readTextFileSync(`${place.model}/model.sig`));
  const statement = JSON.parse(new TextDecoder().decode(Uint8Array.fromBase64(bundle.dsseEnvelope.payload)));
  return { place, key, bundle, statement, [Symbol.dispose]: () => place[Symbol.dispose]() };
}

/**
 * Verifies the model with another signature file, which must be refused with these words. In this process: there are
 * many, and what the program makes of an error is tested in `failures_test.ts`.
 */
async function refuse({ place, key }: Signed, content: Json, ...words: string[]): Promise<void> {
  const text = typeof content === "string" || content instanceof Uint8Array ? content : toJson(content);
  const signature = place.write("bad.sig", text);
  const trust = { kind: "key", publicKey: key.publicPem } as const;
  const error = await assertRejects(() => verify(place.model, { trust, signature }), VerificationError);
  assertEquals(exitStatus(error), 1);
  assertMatch(error.message, /^Cannot [^\n]+$/);
  for (const word of ["bad.sig", ...words]) assertStringIncludes(error.message, word);
}

function toJson(value: Json): string {
  return JSON.stringify(value);
}

Deno.test("a file that is no JSON", async () => {
  using signed = await signModel();
  const { bundle } = signed;
  await refuse(signed, toJson(bundle).slice(0, 500), "not JSON");
  await refuse(signed, "", "is empty");
  await refuse(signed, "\n", "not JSON");
  await refuse(signed, Uint8Array.of(0x7b, 0xff, 0x7d), "not text in UTF-8");
  await refuse(signed, `\ufeff${toJson(bundle)}`, "not JSON");
  await refuse(signed, `${toJson(bundle)}${toJson(bundle)}`, "not JSON");
  await refuse(signed, "-----BEGIN PUBLIC KEY-----\n\x1b[2J", "not JSON");
});

// It takes no room on the disk here, but no memory would hold it.
Deno.test("a huge file is refused before it is read", async () => {
  using signed = await signModel();
  const { place } = signed;
  place.writeSparse("huge.sig", 1_000_000_000_000);
  const args = ["verify", "key", "bert", "--public-key", "key.pub", "--signature", "huge.sig"];
  await runToFail(args, 1, ['"huge.sig"', "exceeds the limit of 192000000 bytes"], { cwd: place.path });
  await runToFail(["inspect", "huge.sig"], 1, ['"huge.sig"', "exceeds the limit of"], { cwd: place.path });
});

// A parser that calls itself for each level would fall over, and one that does not takes fifty times its size in memory.
Deno.test("JSON that is nested 100,000 deep", async () => {
  using signed = await signModel();
  const { key, statement } = signed;
  const refuseNested = async (
    depth: number,
    words: Partial<Record<"list" | "mediaType" | "object" | "method", string>>,
  ) => {
    const nested = "[".repeat(depth) + "]".repeat(depth);
    const otherwise = "nested more than 64 deep";
    await refuse(signed, nested, words.list ?? otherwise);
    await refuse(signed, `{"mediaType": ${nested}}`, words.mediaType ?? otherwise);
    await refuse(signed, `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`, words.object ?? otherwise);
    await refuse(signed, envelopeBundle(key, nested), words.list ?? otherwise);
    const within = toJson(edit(statement, "predicate.serialization.method", "@")).replace('"@"', nested);
    await refuse(signed, envelopeBundle(key, within), words.method ?? otherwise);
  };
  await refuseNested(100_000, {});
  const method = "predicate.serialization.method";
  await refuseNested(60, { list: "not an object", mediaType: "mediaType", object: "unknown member", method });
});

Deno.test("JSON that is no bundle of this version", async () => {
  using signed = await signModel();
  const { bundle } = signed;
  await refuse(signed, "null", "it is missing");
  await refuse(signed, "[]", "not an object");
  await refuse(signed, {}, "mediaType is missing");
  const v02 = "application/vnd.dev.sigstore.bundle+json;version=0.2";
  await refuse(signed, edit(bundle, "mediaType", v02), "mediaType", v02);
  await refuse(signed, edit(bundle, "mediaType", 5), "mediaType");
  await refuse(signed, edit(bundle, "extra", true), "unknown member", "extra");
  await refuse(signed, edit(bundle, "verificationMaterial.extra", 1), "unknown member", "extra");
  await refuse(signed, edit(bundle, "dsseEnvelope.extra", 1), "unknown member", "extra");
  await refuse(signed, edit(bundle, "verificationMaterial", REMOVED), "verificationMaterial is missing");
  await refuse(signed, edit(bundle, "dsseEnvelope", REMOVED), "dsseEnvelope or a messageSignature");
  await refuse(signed, edit(bundle, "dsseEnvelope.payload", "***"), "dsseEnvelope.payload is not base64");
});

// Entries that the method does not verify are rejected: a second signature, a log entry beside a key.
Deno.test("more in a bundle than is verified", async () => {
  using signed = await signModel();
  const { bundle } = signed;
  const [one] = bundle.dsseEnvelope.signatures;
  await refuse(signed, edit(bundle, "dsseEnvelope.signatures", [one, one]), "2 signatures", "exactly one");
  await refuse(signed, edit(bundle, "dsseEnvelope.signatures", []), "0 signatures");
  await refuse(signed, edit(bundle, "verificationMaterial.tlogEntries", [{ logIndex: "1" }]), "tlogEntries");
});

Deno.test("a bundle that was changed after it was signed", async () => {
  using signed = await signModel();
  const { bundle, statement, key } = signed;
  const forged = edit(statement, "predicate.resources.0.digest", "00".repeat(32));
  const wrongKey = "not made with this key";
  await refuse(signed, edit(bundle, "dsseEnvelope.payload", btoa(toJson(forged))), wrongKey);
  await refuse(signed, edit(bundle, "dsseEnvelope.payloadType", "text/plain"), wrongKey);
  await refuse(signed, edit(bundle, "dsseEnvelope.signatures.0.sig", "AAAA"), wrongKey);
  await refuse(signed, edit(bundle, "verificationMaterial.publicKey.hint", "ab".repeat(32)), "ab".repeat(32), key.hint);
  // Signed with another key that claims to be this one.
  const imposter = envelopeBundle(makeKey(), statement, { material: bundle.verificationMaterial });
  await refuse(signed, imposter, wrongKey);
});

// The key that the user trusts signed each of these, and they are refused all the same.
Deno.test("what a trusted key signed must be a statement that is known, and agree with itself", async (t) => {
  using signed = await signModel();
  const { key, statement } = signed;
  const cases: readonly [title: string, statement: Json, words: readonly string[]][] = [
    ["another type of statement", edit(statement, "_type", "https://in-toto.io/Statement/v0.1"), ["_type"]],
    ["another predicate", edit(statement, "predicateType", "https://slsa.dev/provenance/v1"), [
      "predicateType",
      "slsa",
    ]],
    ["a later version", edit(statement, "predicateType", "https://model_signing/signature/v2.0"), ["v2.0"]],
    ["an unknown method", edit(statement, "predicate.serialization.method", "merkle"), ["method", "merkle"]],
    ["an unknown hash", edit(statement, "predicate.serialization.hash_type", "md5"), ["hash_type", "md5"]],
    ["an unknown member", edit(statement, "predicate.serialization.fast", true), ["unknown member", "fast"]],
    ["an unknown member of the statement", edit(statement, "comment", "hi"), ["unknown member", "comment"]],
    ["no resources", edit(statement, "predicate.resources", []), ["lists no file"]],
    ["another root digest", edit(statement, "subject.0.digest.sha256", "00".repeat(32)), ["root digest"]],
    ["a digest that is too short", edit(statement, "predicate.resources.0.digest", "00"), ["digest"]],
    ["a name outside the model", edit(statement, "predicate.resources.0.name", "../x"), ['"../x"', "leave the model"]],
    ["an absolute name", edit(statement, "predicate.resources.0.name", "/etc/passwd"), ["absolute"]],
    ["a name twice", edit(statement, "predicate.resources.0.name", "weights/part-1.bin"), ["more than once"]],
    ["all ignored", edit(statement, "predicate.serialization.ignore_paths", ["."]), ["whole model"]],
    ["ignored outside", edit(statement, "predicate.serialization.ignore_paths", ["../x"]), ['"../x"']],
  ];
  for (const [title, forged, words] of cases) {
    await t.step(title, () => refuse(signed, envelopeBundle(key, forged), ...words));
  }
  await t.step("no JSON", () => refuse(signed, envelopeBundle(key, "hello"), "payload", "not JSON"));
  await t.step("nothing", async () => {
    await refuse(signed, edit(envelopeBundle(key, "x"), "dsseEnvelope.payload", ""), "payload is empty");
  });
  await t.step("a payload of another type", async () => {
    await refuse(signed, envelopeBundle(key, statement, { payloadType: "application/json" }), "application/json");
  });
});

Deno.test("a signature with --serialization that it was not made with", async () => {
  using signed = await signModel();
  const { place } = signed;
  const args = ["verify", "key", "bert", "--public-key", "key.pub", "--serialization"];
  const options = { cwd: place.path };
  await runWell([...args, "files"], options);
  await runToFail([...args, "shards"], 1, ["--serialization shards", "files"], options);
  await runToFail([...args, "h2"], 1, ["--serialization h2", "files"], options);
  await runWell(["sign", "key", "bert", "--private-key", "key.pem", "--serialization", "h1"], options);
  await runToFail([...args, "files"], 1, ["--serialization files", "h1"], options);
  await runWell([...args, "h1"], options);
  const failed = await runToFail([...args, "h2", "--json"], 1, ["not what was signed", "h2"], options);
  assertEquals(JSON.parse(failed.stdout).serialization, "h2");
});

Deno.test("a signature that is not there, or is no file", async () => {
  using place = new Workplace();
  place.makeKeys();
  const args = ["verify", "key", "bert", "--public-key", "key.pub"];
  const options = { cwd: place.path };
  await runToFail(args, 3, ['"bert/model.sig"', "no such file"], options);
  await runToFail([...args, "--signature", "bert/weights"], 3, ['"bert/weights"', "directory"], options);
  await runToFail([...args, "--signature", "key.pub/x"], 3, ['"key.pub/x"'], options);
  place.link("dangling.sig", "nothing");
  await runToFail([...args, "--signature", "dangling.sig"], 3, ['"dangling.sig"'], options);
});

Deno.test("a FIFO that lies where the signature should be does not hang verification", async () => {
  using place = new Workplace();
  place.makeKeys();
  assertEquals((await new Deno.Command("mkfifo", { args: [`${place.model}/model.sig`] }).output()).code, 0);
  const args = ["verify", "key", "bert", "--public-key", "key.pub"];
  await runToFail(args, 1, ['"bert/model.sig"', "FIFO"], { cwd: place.path });
});
