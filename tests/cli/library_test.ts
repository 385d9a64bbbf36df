/** What the program relies on in the library, and other programs with it: error classes, codes, abort and progress. */
import { assert, assertEquals, assertInstanceOf, assertRejects, assertStrictEquals } from "@std/assert";
import * as library from "../../mod.ts";
import { assertFails } from "../_assert_fails.ts";
import { envelopeBundle, makeKey } from "../oms/_forge.ts";
import { filesStatement } from "../oms/_statements.ts";
import { Workplace } from "../_program.ts";
import { until } from "../_until.ts";

const { digest, inspect, sign, verify } = library;

interface Signed extends Disposable {
  readonly place: Workplace;
  readonly model: string;
  readonly signing: library.SignerOptions;
  readonly verification: library.TrustOptions;
}

async function signedModel(): Promise<Signed> {
  const place = new Workplace();
  const keys = place.makeKeys();
  const signing = { kind: "key", privateKey: Deno.readTextFileSync(keys.privateKey) } as const;
  const verification = { kind: "key", publicKey: Deno.readTextFileSync(keys.publicKey) } as const;
  await sign(place.model, { signer: signing });
  return { place, model: place.model, signing, verification, [Symbol.dispose]: () => place[Symbol.dispose]() };
}

Deno.test("errors have a class with one meaning, a stable code, and their cause", async () => {
  using signed = await signedModel();
  const { place, model, signing, verification } = signed;
  const { RefusedError, UnavailableError, UsageError, VerificationError } = library;
  const other = { kind: "key", publicKey: Deno.readTextFileSync(place.makeKeys("other").publicKey) } as const;
  await assertFails(() => verify(model, { trust: other }), VerificationError, "KEY_MISMATCH", "model.sig");
  const notSigned = { trust: verification, signature: `${place.path}/key.pub` };
  await assertFails(() => verify(model, notSigned), VerificationError, "SIGNATURE_INVALID", "key.pub");
  const asPrivate = { kind: "key", privateKey: other.publicKey, keyName: "my key" } as const;
  await assertFails(() => sign(model, { signer: asPrivate }), RefusedError, "KEY_KIND", '"my key"', "a public key");
  await assertFails(() => sign(model, { signer: { ...asPrivate, privateKey: "x" } }), RefusedError, "NOT_PEM");
  await assertFails(() => digest(place.makeDirectory("empty")), RefusedError, "EMPTY_MODEL");
  const onto = { signer: signing, signature: `${place.path}/key.pem` };
  await assertFails(() => sign(model, onto), RefusedError, "NOT_A_SIGNATURE");
  await assertFails(() => digest(`${place.path}/nothing`), UnavailableError, "NOT_FOUND", "nothing");
  await assertFails(() => inspect(`${place.path}/nothing`), UnavailableError, "NOT_FOUND");
  await assertFails(() => digest(model, { shardSize: 5 }), UsageError, "SHARD_SIZE");
  await assertFails(() => digest(model, { serialization: "shards", shardSize: 1.5 }), UsageError, "SHARD_SIZE");
  await assertFails(
    () => digest(model, { serialization: "h2", hashAlgorithm: "blake3" }),
    UsageError,
    "HASH_ALGORITHM",
  );
  await assertFails(() => digest(model, { ignorePaths: ["../x"] }), UsageError, "IGNORE_PATH");
  await assertFails(() => digest(model, { signature: model }), UsageError, "SIGNATURE");
  await assertFails(() => digest(""), UsageError, "MODEL");

  const error = await assertFails(() => inspect(model), UnavailableError, "IO");
  assertEquals(error.name, "UnavailableError");
  const missing = await assertFails(() => inspect(`${model}/x.sig`), UnavailableError, "NOT_FOUND");
  assertInstanceOf(missing.cause, Deno.errors.NotFound);
});

Deno.test("a model that differs comes with a report", async () => {
  using signed = await signedModel();
  signed.place.write("bert/config.json", "{}");
  signed.place.write("bert/new");
  const error = await assertRejects(
    () => verify(signed.model, { trust: signed.verification }),
    library.ModelDiffersError,
  );
  assertEquals(error.code, "MODEL_DIFFERS");
  assertEquals(error.report.differences, { changed: ["config.json"], missing: [], extra: ["new"] });
  assertEquals([error.report.method, error.report.signer?.method, error.report.files], ["key", "key", 3]);
});

// Only a value that verify itself builds says `verified: true`.
Deno.test("verify returns only what is proven", async () => {
  using signed = await signedModel();
  const result = await verify(signed.model, { trust: signed.verification });
  assertStrictEquals(result.verified, true);
  assertEquals([result.files, result.bytes, result.serialization], [2, 1015, "files"]);
  const inspected = await inspect(`${signed.model}/model.sig`);
  assertStrictEquals(inspected.verified, false);
});

const REASON = new Error("enough");

Deno.test("an AbortSignal that was given up before ends every operation with its reason", async () => {
  using signed = await signedModel();
  const { model, signing, verification } = signed;
  const signal = AbortSignal.abort(REASON);
  const before = Deno.readFileSync(`${model}/model.sig`);
  assertStrictEquals(await assertRejects(() => digest(model, { signal })), REASON);
  assertStrictEquals(await assertRejects(() => verify(model, { signal, trust: verification })), REASON);
  assertStrictEquals(await assertRejects(() => sign(model, { signal, signer: signing })), REASON);
  assertEquals(Deno.readFileSync(`${model}/model.sig`), before);
  // Reasons are whatever the caller likes.
  assertEquals(await digest(model, { signal: AbortSignal.abort("text") }).catch((reason) => reason), "text");
});

// The first news of progress comes long before so many bytes are hashed.
Deno.test("an AbortSignal ends hashing at once, and nothing is left", async (t) => {
  using signed = await signedModel();
  const { place, model, signing } = signed;
  const before = Deno.readFileSync(`${model}/model.sig`);
  for (let i = 0; i < 2; i++) place.writeSparse(`bert/large-${i}`, 1_500_000_000);
  // Only what is listed is read when it is verified; the digests do not matter here.
  const key = makeKey();
  const listed = envelopeBundle(key, filesStatement("config.json", "large-0", "large-1", "weights/part-1.bin"));
  const forged = {
    trust: { kind: "key", publicKey: key.publicPem },
    signature: place.write("forged.sig", JSON.stringify(listed)),
    ignorePaths: ["model.sig"],
  } as const;
  const operations: [string, (work: library.WorkOptions) => Promise<unknown>][] = [
    ["digest", (work) => digest(model, { ...work, serialization: "h2" })],
    ["sign", (work) => sign(model, { ...work, signer: signing })],
    ["verify", (work) => verify(model, { ...work, ...forged })],
  ];
  for (const [name, operation] of operations) {
    for (const workers of [1, 2]) {
      await t.step(`${name} with ${workers}`, async () => {
        const abort = new AbortController();
        let left = Infinity;
        const onProgress = (done: number, total: number): void => {
          left = total - done;
          abort.abort(REASON);
        };
        const error = await assertRejects(() => operation({ signal: abort.signal, workers, onProgress }));
        assertStrictEquals(error, REASON);
        assert(left > 1_000_000_000, `${left} bytes were left`);
      });
    }
  }
  assertEquals(Deno.readFileSync(`${model}/model.sig`), before);
  assertEquals(place.list("bert").filter((name) => name.startsWith(".")), []);
});

Deno.test({
  name: "an AbortSignal ends the workers too",
  // terminate() alone would not: Deno 2.9.6 lets a worker that is busy go on to its end. Linux shows what is open.
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    using place = new Workplace();
    // Hashing these takes longer than HANG_MS; they take no space on the disk.
    for (const name of ["large-1", "large-2"]) place.writeSparse(`bert/${name}`, 8_000_000_000_000);
    const abort = new AbortController();
    const options = { workers: 2, signal: abort.signal, onProgress: () => abort.abort(REASON) };
    assertStrictEquals(await assertRejects(() => digest(place.model, options)), REASON);
    await until(() => !isBelowOpen(place.path), "all workers have stopped");
  },
});

Deno.test("an AbortSignal that comes with the last byte still keeps sign from writing", async () => {
  using signed = await signedModel();
  const { place, model, signing } = signed;
  const abort = new AbortController();
  const signature = `${place.path}/new.sig`;
  const onProgress = (done: number, total: number): void => done === total ? abort.abort(REASON) : undefined;
  const options = { signer: signing, signature, onProgress, signal: abort.signal };
  assertStrictEquals(await assertRejects(() => sign(model, options)), REASON);
  assertEquals(place.list().includes("new.sig"), false);
});

/** Whether this process has a file below a directory open. */
function isBelowOpen(directory: string): boolean {
  return [...Deno.readDirSync("/proc/self/fd")].some(({ name }) => {
    try {
      return Deno.readLinkSync(`/proc/self/fd/${name}`).startsWith(`${directory}/`);
    } catch {
      return false; // it is closed already
    }
  });
}

Deno.test("onProgress tells of every byte, in order, with and without workers", async () => {
  using place = new Workplace();
  place.writeSparse("bert/large-1", 40_000_000);
  place.writeSparse("bert/large-2", 30_000_000);
  for (const workers of [1, 2]) {
    for (const serialization of ["files", "h1"] as const) {
      const told: [number, number][] = [];
      const onProgress = (done: number, total: number): number => told.push([done, total]);
      const { bytes } = await digest(place.model, { workers, serialization, onProgress });
      assertEquals(bytes, 70_001_015);
      assertEquals(told.at(-1), [bytes, bytes]);
      assert(told.every(([done, total], i) => total === bytes && done >= (told[i - 1]?.[0] ?? 0)));
    }
  }
});

Deno.test("onWarning tells what is no error", async () => {
  using place = new Workplace();
  place.write("outside");
  place.link("bert/link", "../outside");
  const warnings: string[] = [];
  await digest(place.model, { allowSymlinks: true, onWarning: (message) => warnings.push(message) });
  assertEquals(warnings.length, 1);
  assert(warnings[0]!.includes('"link"'), warnings[0]);
});
