/** Accidents that change a model are named: what a list of names alone would not show. */
import { assert, assertEquals } from "@std/assert";
import { type Differences, digest, ModelDiffersError, sign } from "../../mod.ts";
import { envelopeBundle, type Json, makeKey } from "../oms/_forge.ts";
import { filesStatement, resource, sha256Hex, statementOf } from "../oms/_statements.ts";
import { ForgedModel } from "./_forged_model.ts";

const key = makeKey("P-384");

/** A Git LFS pointer to some content. */
function pointerTo(content: string, lineEnd = "\n", extra: string[] = []): string {
  return [
    "version https://git-lfs.github.com/spec/v1",
    ...extra,
    `oid sha256:${sha256Hex(content)}`,
    `size ${content.length}`,
    "",
  ].join(lineEnd);
}

async function failure(model: ForgedModel, statement: Json): Promise<{ message: string; differences: Differences }> {
  const error = await model.verify(envelopeBundle(key, statement), key).then(() => undefined, (error) => error);
  assert(error instanceof ModelDiffersError, String(error));
  assertEquals(error.code, "MODEL_DIFFERS");
  return { message: error.message, differences: error.report.differences };
}

function shardOf(name: string, content: string): Json {
  return { ...resource(`${name}:0:${content.length}`), digest: sha256Hex(content) };
}

Deno.test("a Git LFS pointer in place of a signed file is named", async (t) => {
  const shards = { method: "shards", shard_size: 1000 };
  const cases: [what: string, statement: Json, found: string, pointsToSigned: boolean | null][] = [
    ["to the signed content", filesStatement("w"), pointerTo("w"), true],
    ["with an extension", filesStatement("w"), pointerTo("w", "\n", [`ext-0-foo sha256:${"0".repeat(64)}`]), true],
    ["with line ends of Windows", filesStatement("w"), pointerTo("w", "\r\n"), true],
    ["to other content", filesStatement("w"), pointerTo("other"), false],
    ["to content of one shard", statementOf([shardOf("w", "w")], shards), pointerTo("w"), true],
    ["to other content of one shard", statementOf([shardOf("w", "w")], shards), pointerTo("x"), false],
    ["to content of another size", statementOf([shardOf("w", "w")], shards), pointerTo("other"), null],
    [
      "where the signature has another hash algorithm",
      statementOf([{ ...resource("w"), algorithm: "blake2b", digest: "00".repeat(64) }], { hash_type: "blake2b" }),
      pointerTo("w"),
      null,
    ],
  ];
  for (const [what, statement, found, pointsToSigned] of cases) {
    await t.step(what, async () => {
      using model = new ForgedModel();
      model.write("model/w", found);
      const { message, differences } = await failure(model, statement);
      assertEquals(differences.changed, ["w"]);
      assertEquals(differences.lfsPointers, [{ name: "w", pointsToSigned }]);
      assert(message.includes('"w" is a Git LFS pointer') && message.includes("`git lfs pull`"), message);
      assertEquals(message.includes("to the signed content"), pointsToSigned === true, message);
    });
  }
});

Deno.test("what only resembles a Git LFS pointer is not named", async (t) => {
  const texts = {
    "another version": pointerTo("w").replace("/v1", "/v2"),
    "no object": pointerTo("w").replace(/^oid.*\n/m, `oid md5:${"0".repeat(64)}\n`),
    "too large": pointerTo("w") + " ".repeat(1024),
    "not at its beginning": ` ${pointerTo("w")}`,
  };
  for (const [what, text] of Object.entries(texts)) {
    await t.step(what, async () => {
      using model = new ForgedModel();
      model.write("model/w", text);
      assertEquals((await failure(model, filesStatement("w"))).differences, {
        changed: ["w"],
        missing: [],
        extra: [],
      });
    });
  }
});

Deno.test("signing and digesting Git LFS pointers gives a warning that names them", async () => {
  using directory = new ForgedModel("config.json");
  for (const name of ["b.bin", "a/model.safetensors"]) directory.write(`model/${name}`, pointerTo(name));
  directory.write("model/notes.txt", "x".repeat(130));
  const warnings: string[] = [];
  const onWarning = (message: string): number => warnings.push(message);
  await sign(directory.model, { signer: { kind: "key", privateKey: key.privatePem }, onWarning });
  await digest(directory.model, { serialization: "h2", onWarning });
  const expected = '"a/model.safetensors", "b.bin" are Git LFS pointers, not the content: run `git lfs pull` and ' +
    "sign again to sign the content";
  assertEquals(warnings, [expected, expected]);
});

Deno.test("pointers are found among thousands of small files", async () => {
  using directory = new ForgedModel();
  for (let i = 0; i < 2_100; i++) directory.write(`model/${i}.txt`, "x".repeat(500));
  directory.write("model/z.bin", pointerTo("z"));
  const warnings: string[] = [];
  await digest(directory.model, { onWarning: (message) => warnings.push(message) });
  assertEquals(warnings.length, 1);
  assert(warnings[0]!.startsWith('"z.bin" is a Git LFS pointer'), warnings[0]);
});

Deno.test("names that differ in Unicode normalization only are paired", async (t) => {
  const pairs: [what: string, signed: string, here: string][] = [
    ["composed and decomposed", "mod\u00e8le/w", "mode\u0300le/w"],
    ["decomposed and composed", "u\u0308.bin", "\u00fc.bin"],
    ["Hangul", "\ud55c.bin", "\u1112\u1161\u11ab.bin"],
    ["another character for the same sign", "\u212b", "\u00c5"],
  ];
  for (const [what, signed, here] of pairs) {
    await t.step(what, async () => {
      using model = new ForgedModel("a", here, "unrelated");
      const { message, differences } = await failure(model, filesStatement("a", signed, "gone"));
      assertEquals(differences.lookAlikes, [{ missing: signed, extra: here }]);
      assertEquals(differences.missing.toSorted(), ["gone", signed].toSorted());
      assertEquals(differences.extra.toSorted(), [here, "unrelated"].toSorted());
      assert(message.includes("Unicode normalization"), message);
      assert(/^[\x20-\x7e]*$/.test(message), "what looks alike is spelled out");
    });
  }
});

Deno.test("names that differ in case or more are not paired", async () => {
  using model = new ForgedModel("\u00c9", "b");
  const { differences } = await failure(model, filesStatement("\u00e9", "c"));
  assertEquals(differences.lookAlikes, undefined);
});

Deno.test("an extra file behind a symlink to a directory explains that other tools do not follow it", async () => {
  using model = new ForgedModel("a", "real/x", "real/sub/y");
  model.link("model/link", "real");
  const linked = { allow_symlinks: true };
  const resources = ["a", "real/x", "real/sub/y"].map((name) => resource(name));
  const { message, differences } = await failure(model, statementOf(resources, linked));
  assertEquals(differences.extra, ["link/sub/y", "link/x"]);
  assert(message.includes('"link/sub/y" lies behind a symlink to a directory'), message);

  Deno.removeSync(`${model.model}/link`);
  model.write("model/new/x");
  assertEquals((await failure(model, statementOf(resources, linked))).message.includes("symlink"), false);
});
