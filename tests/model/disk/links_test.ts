import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { RefusedError, UnavailableError } from "../../../src/errors.ts";
import { stampOf } from "../../../src/io/file_stamp.ts";
import { compareCodePoints } from "../../../src/model/names.ts";
import type { Listing } from "../../../src/model/source.ts";
import { walkModel } from "../../../src/model/disk/walk.ts";
import { assertFails } from "../../_assert_fails.ts";
import { TempDirectory } from "../../_temp_directory.ts";
import { onDisk } from "../_on_disk.ts";

/** Follows links; returns what was found and what was warned of. */
async function follow(path: string): Promise<{ model: Listing; warnings: string[] }> {
  const warnings: string[] = [];
  const model = await walkModel(path, "m", { allowSymlinks: true, onWarning: (message) => warnings.push(message) });
  return { model, warnings };
}

function contents({ files }: Listing): Record<string, string> {
  const sorted = [...files].sort((a, b) => compareCodePoints(a.name, b.name));
  return Object.fromEntries(sorted.map((file) => [file.name, Deno.readTextFileSync(onDisk(file).path)]));
}

Deno.test("walkModel() refuses every symbolic link unless they are allowed, and names it", async (t) => {
  const targets = ["file", "directory", "nowhere", "link", "..", ".", "/etc", "/dev/zero"];
  for (const target of targets) {
    await t.step(`to ${target}`, async () => {
      using directory = new TempDirectory();
      directory.write("file");
      directory.makeDirectory("directory");
      const link = directory.link("link", target);
      await assertFails(() => walkModel(directory.path, "m"), RefusedError, "SYMLINK", `"${link}"`);
      await assertFails(() => walkModel(link, "m"), RefusedError, "SYMLINK", `"${link}"`);
    });
  }
});

Deno.test("walkModel() does not mind links above the model", async () => {
  using directory = new TempDirectory();
  directory.write("real/model/file");
  directory.link("alias", "real");
  assertEquals(contents(await walkModel(`${directory.path}/alias/model`, "m")), { file: "real/model/file" });
});

Deno.test("walkModel() follows a link to a file: the link's name, the file's size and time", async () => {
  using directory = new TempDirectory();
  const time = new Date("2026-01-02T03:04:05.678Z");
  Deno.utimeSync(directory.write("file", "12345"), time, time);
  const path = directory.link("sub/link", "../file");
  const { model, warnings } = await follow(directory.path);
  const link = [...model.files].find((file) => file.name === "sub/link");
  assert(link !== undefined);
  const { id: _, ...content } = onDisk(link);
  const stamp = stampOf(Deno.lstatSync(`${directory.path}/file`));
  assertEquals(content, { kind: "path", path, followsLinks: true, ...stamp });
  assertEquals([link.size, content.modified], [5, time.getTime()]);
  assertEquals(warnings, []);
});

Deno.test("walkModel() follows a link to a directory, and links in that", async () => {
  using directory = new TempDirectory();
  directory.write("real/a");
  directory.write("real/b/c");
  directory.link("real/d", "b/c");
  directory.link("linked", "real");
  directory.link("sub/deep", `${directory.path}/real/b`);
  const { model, warnings } = await follow(directory.path);
  assertEquals(contents(model), {
    "linked/a": "real/a",
    "linked/b/c": "real/b/c",
    "linked/d": "real/b/c",
    "real/a": "real/a",
    "real/b/c": "real/b/c",
    "real/d": "real/b/c",
    "sub/deep/c": "real/b/c",
  });
  assertEquals(model.directories.toSorted(), ["linked", "linked/b", "real", "real/b", "sub", "sub/deep"]);
  assertEquals(warnings, []);
});

Deno.test("walkModel() follows a link to a link to a link", async () => {
  using directory = new TempDirectory();
  directory.write("file", "x");
  directory.write("directory/inner", "y");
  directory.link("l1", "file");
  directory.link("sub/l2", "../l1");
  directory.link("l3", "sub/l2");
  directory.link("f1", "directory");
  directory.link("f2", "./f1/");
  assertEquals(contents((await follow(directory.path)).model), {
    "f1/inner": "y",
    "f2/inner": "y",
    "file": "x",
    "directory/inner": "y",
    "l1": "x",
    "l3": "x",
    "sub/l2": "x",
  });
});

Deno.test("walkModel() follows a model that is itself a link, to a directory and to a file", async () => {
  using directory = new TempDirectory();
  directory.write("real/file", "x");
  directory.link("real/inner", "file");
  const { model, warnings } = await follow(directory.link("model", "real"));
  assertEquals(contents(model), { file: "x", inner: "x" });
  assertEquals(warnings, [], "a link within what the model's link leads to does not lead outside");

  const single = await follow(directory.link("weights.bin", "real/file"));
  assertEquals([single.model.kind, Array.from(single.model.files, ({ name, size }) => [name, size])], ["file", [[
    "m",
    1,
  ]]]);
});

Deno.test("walkModel() warns of the links that lead outside the model, by whole names", async () => {
  using directory = new TempDirectory();
  directory.write("model/inside");
  directory.write("model-2/file");
  directory.write("outside/file");
  directory.link("model/a", "inside");
  directory.link("model/b", "../outside/file");
  directory.link("model/c", "../model-2"); // begins like the model's path
  directory.link("outside/back", "../model/inside");
  directory.link("model/d", "../outside/back"); // goes out and comes back
  const { model, warnings } = await follow(`${directory.path}/model`);
  assertEquals(Object.keys(contents(model)), ["a", "b", "c/file", "d", "inside"]);
  assertEquals(warnings.length, 1);
  assertStringIncludes(warnings[0]!, "2 symbolic links lead outside the model: ");
  assertStringIncludes(warnings[0]!, `"b" to "${directory.path}/outside/file"`);
  assertStringIncludes(warnings[0]!, `"c" to "${directory.path}/model-2"`);
});

Deno.test("walkModel() gives one warning for any number of links, with the names of three", async () => {
  using directory = new TempDirectory();
  directory.write("outside/file");
  for (let i = 0; i < 300; i++) directory.link(`model/${i % 7}/link-${i}`, "../../outside/file");
  const { warnings } = await follow(`${directory.path}/model`);
  assertEquals(warnings.length, 1);
  assertMatch(
    warnings[0]!,
    /^300 symbolic links lead outside the model: ("\d\/link-\d+" to "[^"]+\/outside\/file"(, )?){3} and 297 more$/,
  );
});

Deno.test("walkModel() refuses a link that leads nowhere, and names it", async (t) => {
  for (const [title, target] of [["to nothing", "nowhere"], ["to a link that leads nowhere", "other"]] as const) {
    await t.step(title, async () => {
      using directory = new TempDirectory();
      directory.link("model/z/other", "/nowhere/at/all");
      const link = directory.link("model/link", target === "other" ? "z/other" : target);
      const refusal = await assertFails(() => follow(`${directory.path}/model`), RefusedError, "SYMLINK_DANGLING");
      const names = [`"${link}"`, `"${directory.path}/model/z/other"`];
      assertEquals(names.some((name) => refusal.message.includes(name)), true, refusal.message);
    });
  }
});

Deno.test("walkModel() says what is wrong with a link through a file", async () => {
  using directory = new TempDirectory();
  directory.write("file");
  const link = directory.link("link", "file/x");
  await assertFails(() => follow(directory.path), UnavailableError, "IO", `"${link}"`, "is a file, not a directory");
});

Deno.test("walkModel() refuses links that lead in a circle, and names one", async (t) => {
  const circles: [title: string, links: Record<string, string>][] = [
    ["a link to itself", { loop: "loop" }],
    ["two links to each other", { loop: "pool", pool: "loop" }],
    ["a link to its own directory", { "sub/loop": "." }],
    ["a link to the directory above", { "sub/loop": ".." }],
    ["a link to the model", { "sub/sub/loop": "../../.." }],
    ["a link to the model by its absolute path", { "sub/loop": "MODEL" }],
    ["a link to a directory above the model", { "sub/loop": "MODEL/.." }],
    ["a link to the root of the file system", { "sub/loop": "/" }],
    ["two directories with links to each other", { "a/loop": "../b", "b/loop": "../a" }],
    ["a link to a link to the directory above", { "sub/loop": "../up", "up": "." }],
    ["a link to a directory outside, which leads back", { "sub/loop": "../../outside", "../outside/back": ".." }],
    ["a directory outside, which leads to itself", { "sub/out": "../../outside", "../outside/loop": "." }],
  ];
  for (const [title, links] of circles) {
    await t.step(title, async () => {
      using directory = new TempDirectory();
      directory.write("model/sub/file");
      const model = `${directory.path}/model`;
      for (const [name, target] of Object.entries(links)) {
        directory.link(`model/${name}`.replace("model/../", ""), target.replace("MODEL", model));
      }
      await assertFails(() => follow(model), RefusedError, "SYMLINK_CYCLE", "Cannot follow", "leads");
    });
  }
});

Deno.test("walkModel() follows two links to one directory, and one to a directory with a similar name: no circle", async () => {
  using directory = new TempDirectory();
  directory.write("model/a/file");
  directory.write("model/ab/file");
  directory.link("model/ab/beside", "../a");
  directory.link("model/one", "a");
  directory.link("model/other", "a");
  directory.link("model/a/up", "../ab/file");
  const { model, warnings } = await follow(`${directory.path}/model`);
  assertEquals(Object.keys(contents(model)), [
    "a/file",
    "a/up",
    "ab/beside/file",
    "ab/beside/up",
    "ab/file",
    "one/file",
    "one/up",
    "other/file",
    "other/up",
  ]);
  assertEquals(warnings, []);
});

Deno.test("walkModel() shows control characters in what it warns of as escapes", async () => {
  using directory = new TempDirectory();
  directory.write("out\u001b[31m");
  directory.link("model/li\nnk", "../out\u001b[31m");
  const { warnings } = await follow(`${directory.path}/model`);
  assertEquals(warnings, [
    `The symbolic link "li\\u{a}nk" leads outside the model, to "${directory.path}/out\\u{1b}[31m"`,
  ]);
});
