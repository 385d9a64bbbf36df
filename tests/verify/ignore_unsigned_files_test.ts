/** Leaving unsigned files alone must not let anything by that was signed, nor let a signature read outside the model. */
import { assertEquals } from "@std/assert";
import { RefusedError, VerificationError } from "../../src/errors.ts";
import { assertFails } from "../_assert_fails.ts";
import { envelopeBundle, type Json, makeKey } from "../oms/_forge.ts";
import { filesStatement, oldStatement, resource, sha256Hex, shardsStatement, statementOf } from "../oms/_statements.ts";
import { assertDiffers, ForgedModel } from "./_forged_model.ts";

const key = makeKey();
const IGNORE = { ignoreUnsignedFiles: true } as const;

/** The one shard of a file of at most four bytes that holds its own name. */
function shardOf(file: string): Json {
  return { ...resource(`${file}:0:${file.length}`), digest: sha256Hex(file) };
}

Deno.test("files that are not signed are left alone if that is asked for", async (t) => {
  const statements = {
    files: filesStatement("a", "b/c"),
    shards: statementOf([shardOf("a"), shardOf("b/c")], { method: "shards", shard_size: 4 }),
    old: oldStatement("a", "b/c"),
  };
  for (const [what, statement] of Object.entries(statements)) {
    await t.step(what, async () => {
      using model = new ForgedModel("a", "b/c");
      model.write("model/extra");
      model.write("model/b/extra");
      model.write("model/directory/extra");
      model.link("model/link", "nowhere");
      const bundle = envelopeBundle(key, statement);
      const { verified, files, differences } = await model.verify(bundle, key, IGNORE);
      assertEquals([verified, files], [true, 2]);
      assertEquals(differences, { changed: [], missing: [], extra: [] });
      await assertDiffers(() => model.verify(bundle, key), { extra: ["b/extra", "directory/extra", "extra", "link"] });
    });
  }
});

Deno.test("what was signed is verified all the same", async (t) => {
  const bundle = envelopeBundle(key, filesStatement("a", "b/c"));
  const cases: [what: string, attack: (model: ForgedModel) => void, differences: Json][] = [
    ["changed", (model) => model.write("model/a", "b"), { changed: ["a"] }],
    ["emptied", (model) => model.write("model/b/c", ""), { changed: ["b/c"] }],
    ["missing", (model) => Deno.removeSync(`${model.model}/a`), { missing: ["a"] }],
    ["missing with its directory", (model) => Deno.removeSync(`${model.model}/b`, { recursive: true }), {
      missing: ["b/c"],
    }],
    ["renamed", (model) => Deno.renameSync(`${model.model}/a`, `${model.model}/A`), { missing: ["a"] }],
    ["all of it gone", (model) => {
      Deno.removeSync(model.model, { recursive: true });
      model.makeDirectory("model");
    }, { missing: ["a", "b/c"] }],
    ["a directory in place of a file", (model) => {
      Deno.removeSync(`${model.model}/a`);
      model.write("model/a/a", "a");
    }, { missing: ["a"] }],
    ["a file in place of a directory", (model) => {
      Deno.removeSync(`${model.model}/b`, { recursive: true });
      model.write("model/b", "b/c");
    }, { missing: ["b/c"], extra: ["b"] }],
  ];
  for (const [what, attack, differences] of cases) {
    await t.step(what, async () => {
      using model = new ForgedModel("a", "b/c");
      attack(model);
      await assertDiffers(() => model.verify(bundle, key, IGNORE), differences);
    });
  }
});

Deno.test("a signed name never leads out of the model", async (t) => {
  using model = new ForgedModel("a");
  // What the names lead to is there and is what was signed: only the name can be the reason.
  const outside = model.write("outside", "secret");
  const inside = model.write("model/inside", "secret");
  const names = [
    "../outside",
    "a/../../outside",
    "./../outside",
    outside,
    `/..${outside}`,
    inside,
    "./inside",
    "a/../inside",
  ];
  for (const name of names) {
    const digest = sha256Hex("secret");
    const statements: [what: string, statement: Json][] = [
      ["files", statementOf([resource("a"), { ...resource(name), digest }])],
      ["files, and nothing else", statementOf([{ ...resource(name), digest }])],
      [
        "shards",
        statementOf([{ ...resource(`${name}:0:6`), digest }], { method: "shards", shard_size: 8 }),
      ],
      ["old", { ...oldStatement(name), subject: [{ name, digest: { sha256: digest } }] }],
    ];
    for (const [what, statement] of statements) {
      await t.step(`${name.replace(model.path, "/tmp/X")} in ${what}`, async () => {
        const bundle = envelopeBundle(key, statement);
        for (const options of [{}, IGNORE]) {
          await assertFails(() => model.verify(bundle, key, options), VerificationError, "MANIFEST_NAME");
        }
      });
    }
  }
});

Deno.test("what the signature leaves out hides nothing that it lists", async (t) => {
  for (const path of ["a", "b", "./b//", "b/c", ".git"]) {
    await t.step(path, async () => {
      const names = ["a", "b/c", ".git/config"];
      using model = new ForgedModel(...names);
      const bundle = envelopeBundle(key, statementOf(names.map((name) => resource(name)), { ignore_paths: [path] }));
      const hidden = names.filter((name) => `${name}/`.startsWith(path.replaceAll(/^\.\/|\/+$/g, "") + "/"));
      await assertDiffers(() => model.verify(bundle, key), { missing: hidden });
      // Here everything that is signed is looked at, whatever else the signature says.
      assertEquals((await model.verify(bundle, key, IGNORE)).files, 3);
      model.write(`model/${hidden[0]}`, "changed");
      await assertDiffers(() => model.verify(bundle, key, IGNORE), { changed: [hidden[0]!] });
    });
  }
});

Deno.test("a file that is signed under the name of the signature is looked for", async () => {
  using model = new ForgedModel("a", "model.sig");
  const bundle = envelopeBundle(key, filesStatement("a", "model.sig"));
  const signature = `${model.model}/model.sig`;
  await assertDiffers(async () => {
    await Deno.writeTextFile(signature, JSON.stringify(bundle));
    return await model.verify(bundle, key, { signature });
  }, { missing: ["model.sig"] });
});

Deno.test("an empty file that is signed as shards of something is a difference", async () => {
  using model = new ForgedModel("a", "w");
  model.write("model/w", "");
  const bundle = envelopeBundle(key, statementOf([shardOf("a"), shardOf("w")], { method: "shards", shard_size: 4 }));
  for (const options of [{}, IGNORE]) {
    const changedRanges = [{ file: "w", start: 0, end: 1 }];
    await assertDiffers(() => model.verify(bundle, key, options), { changed: ["w"], changedRanges });
  }
});

Deno.test("a file of other length is a difference in shards", async (t) => {
  // Eight bytes in two shards of four.
  const shards = ["w:0:4", "w:4:8"].map((name, i) => ({ ...resource(name), digest: sha256Hex(`${i}`.repeat(4)) }));
  const bundle = envelopeBundle(key, statementOf(shards, { method: "shards", shard_size: 4 }));
  const cases: [what: string, content: string, changedRanges: Json][] = [
    ["one byte more", "000011112", [{ file: "w", start: 8, end: 9 }]],
    ["one byte less", "0000111", [{ file: "w", start: 4, end: 8 }]],
    ["a shard more", "000011112222", [{ file: "w", start: 8, end: 12 }]],
    ["a shard less", "0000", [{ file: "w", start: 4, end: 8 }]],
    ["the shards swapped", "11110000", [{ file: "w", start: 0, end: 4 }, { file: "w", start: 4, end: 8 }]],
  ];
  for (const [what, content, changedRanges] of cases) {
    await t.step(what, async () => {
      using model = new ForgedModel();
      model.write("model/w", "00001111");
      for (const options of [{}, IGNORE]) assertEquals((await model.verify(bundle, key, options)).files, 1);
      model.write("model/w", content);
      for (const options of [{}, IGNORE]) {
        await assertDiffers(() => model.verify(bundle, key, options), { changed: ["w"], changedRanges });
      }
    });
  }
});

Deno.test("a small shard size in a signature does not fill the memory", async () => {
  using model = new ForgedModel();
  model.writeSparse("model/w", 2 ** 40);
  const bundle = envelopeBundle(key, shardsStatement("w:0:1"));
  for (const options of [{}, IGNORE]) {
    await assertFails(
      () => model.verify(bundle, key, options),
      RefusedError,
      "TOO_MANY_RESOURCES",
      "shards of 4 bytes",
    );
  }
});
