import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import fc from "fast-check";
import {
  type Differences,
  ModelDiffersError,
  sign,
  type SignOptions,
  VerificationError,
  verify,
  type VerifyResult,
} from "../../mod.ts";
import { edit, type Json, makeKey } from "../oms/_forge.ts";
import { check, fits, ModelDirectory, type Tree, tree } from "./_arbitraries.ts";

const key = makeKey("P-384");

const SERIALIZATIONS: readonly Partial<SignOptions>[] = [
  { serialization: "files" },
  { serialization: "shards", shardSize: 5 },
  { serialization: "h1" },
  { serialization: "h2" },
];

/** What an attacker does to a model. */
interface Attack {
  readonly kind: "change" | "grow" | "shrink" | "empty" | "rename" | "remove" | "add" | "swap case";
  /** Which file, counted around. */
  readonly file: number;
  /** Which byte, counted around. */
  readonly byte: number;
  /** What it is XORed with. */
  readonly mask: number;
}

const attack: fc.Arbitrary<Attack> = fc.record({
  kind: fc.constantFrom("change", "grow", "shrink", "empty", "rename", "remove", "add", "swap case"),
  file: fc.nat(),
  byte: fc.nat(),
  mask: fc.integer({ min: 1, max: 255 }),
});

/** Does it, and says what must be listed; `undefined` if it cannot be done to this model. */
function doIt(model: string, files: Tree, { kind, file, byte, mask }: Attack): Partial<Differences> | undefined {
  // An empty file is no part of a signature over shards, so one that is not empty is chosen.
  const names = [...files.keys()].filter((name) => files.get(name)!.length > 0);
  const name = names[file % names.length]!;
  const path = `${model}/${name}`;
  const content = files.get(name)!;
  const at = byte % content.length;
  const write = (bytes: Uint8Array): Partial<Differences> => {
    Deno.writeFileSync(path, bytes);
    return { changed: [name] };
  };
  if (kind === "change") return write(content.with(at, content[at]! ^ mask));
  if (kind === "grow") return write(Uint8Array.of(...content, mask));
  if (kind === "shrink") return write(content.subarray(0, at));
  if (kind === "empty") return write(new Uint8Array());
  if (kind === "remove") {
    Deno.removeSync(path);
    return { missing: [name] };
  }
  const other = kind === "swap case" ? swapCase(name) : `${name}~`;
  // Directories keep their names: `a/b` may become `A/b` only where there is no `A`.
  if (other === name || !fits(other, files) || new TextEncoder().encode(other.split("/").at(-1)).length > 255) return;
  Deno.mkdirSync(`${model}/${other}`.replace(/\/[^/]*$/, ""), { recursive: true });
  if (kind === "add") Deno.writeFileSync(`${model}/${other}`, content);
  else Deno.renameSync(path, `${model}/${other}`);
  return kind === "add" ? { extra: [other] } : { missing: [name], extra: [other] };
}

function swapCase(name: string): string {
  return name.replace(
    /[a-z]/i,
    (letter) => letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase(),
  );
}

/** A signed model with what verifies it. */
class Signed extends ModelDirectory {
  #serialization: Pick<SignOptions, "serialization"> = {};

  async sign(options: Partial<SignOptions>): Promise<void> {
    const { serialization } = options;
    this.#serialization = serialization === undefined ? {} : { serialization };
    const signer = { kind: "key" as const, privateKey: key.privatePem };
    await sign(this.model, { signer, signature: this.signature, ignoreGitPaths: false, ...options });
  }

  verify(): Promise<VerifyResult> {
    const trust = { kind: "key" as const, publicKey: key.publicPem };
    return verify(this.model, { trust, signature: this.signature, ignoreGitPaths: false, ...this.#serialization });
  }

  async failure(): Promise<VerificationError> {
    const error = await this.verify().then(() => undefined, (error) => error);
    assertInstanceOf(error, VerificationError);
    return error;
  }
}

for (const serialization of SERIALIZATIONS) {
  const listsFiles = serialization.serialization === "files" || serialization.serialization === "shards";

  Deno.test(`any change of a model is told, signed as ${serialization.serialization}`, async () => {
    await check(
      60,
      fc.asyncProperty(tree, attack, async (files, attack) => {
        using directory = new Signed(files);
        await directory.sign(serialization);
        const differences = doIt(directory.model, files, attack);
        fc.pre(differences !== undefined);
        const error = await directory.failure();
        assertInstanceOf(error, ModelDiffersError);
        const { changedRanges: _, ...listed } = error.report.differences;
        const none = { changed: [], missing: [], extra: [] };
        assertEquals(listed, listsFiles ? { ...none, ...differences } : none);
      }),
    );
  });

  Deno.test(`any change of a signature is refused, signed as ${serialization.serialization}`, async () => {
    using directory = new Signed(new Map([["a", Uint8Array.of(1)], ["b/c", new Uint8Array(20)]]));
    await directory.sign(serialization);
    const bundle = JSON.parse(Deno.readTextFileSync(directory.signature));
    const parts = listsFiles
      ? ["dsseEnvelope.payload", "dsseEnvelope.signatures.0.sig"]
      : ["messageSignature.messageDigest.digest", "messageSignature.signature"];
    await check(
      60,
      fc.asyncProperty(fc.constantFrom(...parts), fc.nat(), fc.nat(7), async (path, at, bit) => {
        const bytes = Uint8Array.fromBase64(path.split(".").reduce((json, name) => json[name], bundle) as Json);
        const i = at % bytes.length;
        const changed = edit(bundle, path, bytes.with(i, bytes[i]! ^ (1 << bit)).toBase64());
        await Deno.writeTextFile(directory.signature, JSON.stringify(changed));
        const { code } = await directory.failure();
        assertEquals(code, path.endsWith("digest") ? "MODEL_DIFFERS" : "SIGNATURE_WRONG");
      }),
    );
  });
}

Deno.test("two changes are both told", async () => {
  await check(
    40,
    fc.asyncProperty(tree, attack, attack, async (files, first, second) => {
      fc.pre(files.size > 1);
      using directory = new Signed(files);
      await directory.sign({ serialization: "files" });
      const one = doIt(directory.model, files, { ...first, kind: "change" });
      const name = one!.changed![0]!;
      const rest = new Map([...files].filter(([other, content]) => other !== name && content.length > 0));
      fc.pre(rest.size > 0);
      const two = doIt(directory.model, rest, { ...second, kind: "remove" });
      const error = await directory.failure();
      assert(error instanceof ModelDiffersError);
      assertEquals(error.report.differences, { changed: one!.changed!, missing: two!.missing!, extra: [] });
    }),
  );
});
