/** Signers that are killed, or that work side by side: signatures are whole, and models as they were. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  digest,
  sign,
  type SignOptions,
  VerificationError,
  verify,
  type VerifyOptions,
  type VerifyResult,
} from "../../mod.ts";
import { assertFails } from "../_assert_fails.ts";
import { watchFileSteps } from "../io/_file_steps.ts";
import { ENTRY, runCommand, runProgram, runWell, Workplace } from "../_program.ts";

/** A model with a key pair, signed, whose next signature differs from this one. */
class SignedPlace extends Workplace {
  constructor() {
    super();
    this.makeKeys();
  }

  async sign(signature: string, options: Partial<SignOptions> = {}): Promise<void> {
    const privateKey = this.read("key.pem")!;
    await sign(this.model, { signer: { kind: "key", privateKey }, signature: this.#path(signature), ...options });
  }

  /** Verifies, and returns what the signature does not cover. */
  async verify(signature: string, options: Partial<VerifyOptions> = {}): Promise<VerifyResult["notCovered"]> {
    const trust = { kind: "key" as const, publicKey: this.read("key.pub")! };
    const { notCovered } = await verify(this.model, { trust, signature: this.#path(signature), ...options });
    return notCovered;
  }

  async digest(signature: string): Promise<string> {
    return (await digest(this.model, { signature: this.#path(signature) })).digest;
  }

  /** What is in a file, if it is there. */
  read(name: string): string | undefined {
    try {
      return Deno.readTextFileSync(this.#path(name));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
  }

  /** What tells two states of it apart. */
  fingerprint(): string {
    return JSON.stringify(this.list().map((name) => [name, Deno.statSync(this.#path(name)).size]));
  }

  /** A copy of everything. */
  copy(): SignedPlace {
    const copy = new SignedPlace();
    for (const name of this.list()) copy.write(name, Deno.readFileSync(this.#path(name)));
    copy.makeDirectory("elsewhere");
    return copy;
  }

  #path(name: string): string {
    return `${this.path}/${name}`;
  }
}

/** Copies what a process that is killed would leave, at each file operation after which that has changed. */
function keepSnapshots(place: SignedPlace, snapshots: SignedPlace[]): Disposable {
  let last = place.fingerprint();
  return watchFileSteps(() => {
    const now = place.fingerprint();
    if (now !== last) snapshots.push(place.copy());
    last = now;
  });
}

for (const signature of ["bert/model.sig", "bert/weights/deep.sig", "elsewhere/bert.sig"]) {
  for (const replaces of [false, true]) {
    const before = replaces ? "the older signature" : "none";
    Deno.test(`${signature}: a signer killed at any step leaves the new signature or ${before}`, async () => {
      using place = new SignedPlace();
      place.makeDirectory("elsewhere");
      if (replaces) await place.sign(signature, { serialization: "shards" });
      const older = place.read(signature);
      const root = await place.digest(signature);
      const snapshots: SignedPlace[] = [];
      {
        using _steps = keepSnapshots(place, snapshots);
        await place.sign(signature);
      }
      const [newer, files] = [place.read(signature), place.list()];
      const seen: string[] = [];
      for (const left of snapshots) {
        using _left = left;
        const text = left.read(signature);
        seen.push(text === older ? "older" : text === newer ? "newer" : text!);
        if (text !== undefined) await left.verify(signature);
        assertEquals(await left.digest(signature), root);
        await left.sign(signature);
        assertEquals(left.list(), files);
      }
      // The temporary file is created, written in several pieces, renamed.
      assert(seen.length > 4, `${seen.length} snapshots`);
      assertEquals([seen.indexOf("newer"), [...new Set(seen)]], [seen.length - 1, ["older", "newer"]]);
    });
  }
}

Deno.test({
  name: "the program is killed in the middle of a write: the next one signs and verifies, and nothing is left",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    using place = new SignedPlace();
    await place.sign("bert/model.sig");
    const files = place.list();
    const older = place.read("bert/model.sig");
    const preload = `--preload=${new URL("../io/_kill_in_write.ts", import.meta.url)}`;
    const [key, args] = [["--private-key", "key.pem", "--quiet"], ["run", "--quiet", "--no-check", "-A"]];
    const sign = ["sign", "key", "bert", ...key];
    const killed = await runCommand(Deno.execPath(), [...args, preload, ENTRY, ...sign], { cwd: place.path });
    assertEquals([killed.code, place.list().length], [137, files.length + 1]);
    assertEquals(place.read("bert/model.sig"), older);
    await runWell(["verify", "key", "bert", "--public-key", "key.pub", "--quiet"], { cwd: place.path });
    await runWell(sign, { cwd: place.path });
    assertEquals(place.list(), files);
  },
});

Deno.test("a left-over is part of no model, wherever it lies, and the next sign removes it", async (t) => {
  const text = '{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","veri';
  const name = `.model-signing-${"3c".repeat(16)}.tmp`;
  const oldName = `.model-signing-${"3c".repeat(8)}.tmp`;
  for (const place of [`bert/${name}`, `bert/weights/${name}`, `bert/deep/er/${name}`, `bert/${oldName}`]) {
    for (const signature of ["bert/model.sig", "outside.sig"]) {
      await t.step(`${place}, signature ${signature}`, async () => {
        using work = new SignedPlace();
        work.makeDirectory("bert/deep/er");
        await work.sign(signature);
        const files = work.list();
        const root = await work.digest(signature);
        work.write(place, text);
        // Anyone can make such a file, so that the verdict names it.
        const uncovered = [{ path: place.slice("bert/".length), files: 1 }];
        assertEquals(await work.verify(signature), uncovered);
        const strict = (): Promise<unknown> => work.verify(signature, { allowUncovered: false });
        await assertFails(strict, VerificationError, "NOT_COVERED", uncovered[0]!.path);
        assertEquals(await work.digest(signature), root);
        assertEquals(work.list(), [...files, place].sort());
        await work.sign(signature);
        assertEquals([work.list(), await work.digest(signature)], [files, root]);
        assertEquals(await work.verify(signature, { allowUncovered: false }), []);
      });
    }
  }
});

Deno.test("a left-over changes no digest of h1, h2 and shards", async () => {
  using work = new SignedPlace();
  for (const serialization of ["h1", "h2", "shards"] as const) {
    await work.sign("bert/model.sig", { serialization });
    const path = work.write(`bert/weights/.model-signing-${"3c".repeat(16)}.tmp`, "");
    assertEquals((await work.verify("bert/model.sig", { serialization })).length, 1);
    await work.sign("bert/model.sig", { serialization });
    assertThrows(() => Deno.lstatSync(path), Deno.errors.NotFound);
    assertEquals(await work.verify("bert/model.sig", { serialization }), []);
  }
});

Deno.test("a left-over beside a signature outside of the model is removed by the next sign", async () => {
  using work = new SignedPlace();
  work.write(`signatures/.model-signing-${"5".repeat(32)}.tmp`, "");
  await work.sign("signatures/bert.sig");
  assertEquals(work.list("signatures"), ["bert.sig"]);
});

Deno.test("a left-over beside a signature in an ignored directory is removed by the next sign", async () => {
  using work = new SignedPlace();
  work.write(`bert/notes/.model-signing-${"5".repeat(32)}.tmp`, "");
  await work.sign("bert/notes/bert.sig", { ignorePaths: ["notes"] });
  assertEquals(work.list("bert/notes"), ["bert.sig"]);
});

Deno.test("a file that only has the name of a left-over is signed and verified like any other", async () => {
  using work = new SignedPlace();
  const name = `.model-signing-${"e".repeat(32)}.tmp`;
  work.write(`bert/${name}`, "print('hello')\n");
  await work.sign("bert/model.sig");
  await work.verify("bert/model.sig");
  work.write(`bert/${name}`, "print('goodbye')\n");
  const { code, stdout } = await runProgram(["verify", "key", "bert", "--public-key", "key.pub"], { cwd: work.path });
  assertEquals([code, stdout.includes(name)], [1, true]);
});

Deno.test("signers and verifiers of one directory do not disturb each other", async () => {
  using work = new SignedPlace();
  const signatures = ["bert/model.sig", "bert/weights/second.sig"];
  for (const signature of signatures) {
    await work.sign(signature, { ignorePaths: signatures.map((path) => `${work.path}/${path}`) });
  }
  const files = work.list();
  const run = async (command: string, key: string[], signature: string): Promise<unknown> => {
    const ignored = signatures.flatMap((path) => ["--ignore-paths", path]);
    const args = [command, "key", "bert", ...key, "--signature", signature, ...ignored, "--quiet"];
    const { code, stderr } = await runProgram(args, { cwd: work.path });
    return { command, code, stderr };
  };
  const runs = [...signatures, ...signatures].flatMap((signature) => [
    run("sign", ["--private-key", "key.pem"], signature),
    run("verify", ["--public-key", "key.pub"], signature),
  ]);
  const well = ["sign", "verify"].map((command) => ({ command, code: 0, stderr: "" }));
  assertEquals(await Promise.all(runs), [...well, ...well, ...well, ...well]);
  assertEquals(work.list(), files);
});
