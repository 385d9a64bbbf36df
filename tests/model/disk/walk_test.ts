import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { RefusedError, UnavailableError } from "../../../src/errors.ts";
import { buildDigest } from "../../../src/manifest/legacy/build_digest.ts";
import { buildResources } from "../../../src/manifest/build.ts";
import { compareCodePoints } from "../../../src/model/names.ts";
import type { Listing } from "../../../src/model/source.ts";
import { walkModel } from "../../../src/model/disk/walk.ts";
import { assertFails } from "../../_assert_fails.ts";
import { TempDirectory } from "../../_temp_directory.ts";
import { onDisk } from "../_on_disk.ts";
import { Override, WatchDisk } from "../_override.ts";

function sortedNames(model: Listing): string[] {
  return Array.from(model.files, (file) => file.name).sort(compareCodePoints);
}

Deno.test("walkModel() lists files with size and time, and directories, also empty and hidden ones", async () => {
  using directory = new TempDirectory();
  const time = new Date("2026-01-02T03:04:05.678Z");
  const names = ["a", ".hidden/b", "c d/e.bin", "c d/f/g"];
  for (const name of names) Deno.utimeSync(directory.write(name, name), time, time);
  directory.write("empty", "");
  directory.makeDirectory("no files/at all");

  const model = await walkModel(directory.path, "unused");

  assertEquals(model.kind, "directory");
  assertEquals(sortedNames(model), [".hidden/b", "a", "c d/e.bin", "c d/f/g", "empty"]);
  assertEquals(model.directories.toSorted(), [".hidden", "c d", "c d/f", "no files", "no files/at all"]);
  for (const file of model.files) {
    const content = onDisk(file);
    assertEquals(content.path, `${directory.path}/${file.name}`);
    if (file.name === "empty") assertEquals(file.size, 0);
    else assertEquals([file.size, content.modified], [file.name.length, time.getTime()]);
  }
});

Deno.test("walkModel() takes names as they are, whatever letters they hold", async () => {
  using directory = new TempDirectory();
  const names = [
    " ",
    "*",
    "-n",
    "..a",
    "...",
    "\\",
    '"',
    "a:0:1",
    "new\nline",
    "e\u0301",
    "\u00e9",
    "\ufeff",
    "\u{1f600}",
  ];
  for (const name of names) directory.write(`f/${name}/${name}`);
  const model = await walkModel(directory.path, "unused");
  assertEquals(sortedNames(model), names.map((name) => `f/${name}/${name}`).sort(compareCodePoints));
  assertEquals(model.directories.length, names.length + 1);
});

Deno.test("walkModel() takes a model that is one file, by the name that is given", async () => {
  using directory = new TempDirectory();
  const path = directory.write("weights.bin", "12345");
  directory.write("weights.bin.sig");
  const { kind, files, directories } = await walkModel(path, "a name", { skip: () => true });
  assertEquals([kind, directories], ["file", []]);
  assertEquals(Array.from(files, (file) => [file.name, onDisk(file).path, file.size]), [["a name", path, 5]]);
});

Deno.test("walkModel() finds nothing in an empty directory", async () => {
  using directory = new TempDirectory();
  const { kind, files, directories, linkedDirectories, unsupported } = await walkModel(directory.path, "unused");
  assertEquals([kind, [...files], directories, linkedDirectories, unsupported], ["directory", [], [], [], []]);
});

Deno.test("walkModel() says that there is no such model", async () => {
  using directory = new TempDirectory();
  const file = directory.write("file");
  await assertFails(
    () => walkModel(`${directory.path}/x`, "x"),
    UnavailableError,
    "NOT_FOUND",
    `"${directory.path}/x"`,
  );
  await assertFails(() => walkModel(`${file}/x`, "x"), UnavailableError, "IO", `"${file}/x"`);
});

Deno.test("walkModel() and what is made of it do not depend on the order in which directories are listed", async () => {
  using directory = new TempDirectory();
  for (const name of ["a", "a b", "a-b", "a.b", "a/z", "a/y/x", "b/\uff5e", "b/\u{1f600}", "B", "10", "9"]) {
    if (name !== "a") directory.write(name);
  }
  directory.makeDirectory("b/empty");
  const readDirSync = Deno.readDirSync;
  const results = [];
  for (const order of [1, -1]) {
    using _ = new Override(Deno, {
      readDirSync: (path) => [...readDirSync(path)].sort((a, b) => order * compareCodePoints(a.name, b.name)).values(),
    });
    const model = await walkModel(directory.path, "unused");
    results.push({
      first: model.files.at(0)!.name,
      files: sortedNames(model),
      directories: model.directories.toSorted(),
      h1: (await buildDigest(model, "h1", {})).digest,
      h2: (await buildDigest(model, "h2", {})).digest,
      resources: (await buildResources(model, "sha256", undefined, {})).resources,
      shards: (await buildResources(model, "sha256", 2, {})).resources,
    });
  }
  const [forwards, backwards] = results.map(({ first: _, ...rest }) => rest);
  assertEquals(forwards, backwards);
  assert(results[0]!.first !== results[1]!.first, "the listings were truly in another order");
});

Deno.test("walkModel() asks for each name whether to leave it out, but not below what it leaves out", async () => {
  using directory = new TempDirectory();
  for (const name of ["a", "b/c", "b/d/e", "f/g"]) directory.write(name);
  const asked: string[] = [];
  const skip = (name: string): boolean => {
    asked.push(name);
    return name === "b" || name === "f/g";
  };
  const model = await walkModel(directory.path, "unused", { skip });
  assertEquals(sortedNames(model), ["a"]);
  assertEquals(model.directories, ["f"], "a directory that becomes empty by leaving things out stays");
  assertEquals(asked.sort(), ["a", "b", "f", "f/g"]);
});

Deno.test("walkModel() does not look in any way at what is left out", async () => {
  using directory = new TempDirectory();
  directory.write("kept/file");
  directory.write("out/file");
  directory.write("kept/out");
  directory.link("dangling", "nowhere");
  directory.link("kept/cycle", "..");
  directory.link("out/link", "nowhere");
  const left = ["out", "dangling", "kept/out", "kept/cycle"];
  for (const allowSymlinks of [false, true]) {
    using disk = new WatchDisk();
    const model = await walkModel(directory.path, "unused", { allowSymlinks, skip: (name) => left.includes(name) });
    assertEquals(sortedNames(model), ["kept/file"]);
    // That the rest was noted shows that a look at these would have been.
    const seen = [...disk.paths];
    assertEquals(seen.sort(), ["", "/kept", "/kept/file"].map((name) => directory.path + name));
  }
});

Deno.test({
  name: "walkModel() does not mind a directory that it may not read if that is left out, and else names it",
  ignore: Deno.build.os === "windows" || Deno.uid() === 0, // root may read anything
  fn: async () => {
    using directory = new TempDirectory();
    directory.write("file");
    const secret = directory.makeDirectory("secret");
    Deno.chmodSync(secret, 0o000);
    try {
      assertEquals((await walkModel(directory.path, "m", { skip: (name) => name === "secret" })).files.length, 1);
      await assertFails(() => walkModel(directory.path, "m"), UnavailableError, "PERMISSION", `"${secret}"`);
    } finally {
      Deno.chmodSync(secret, 0o700);
    }
  },
});

Deno.test("walkModel() names a file or directory that vanishes while it walks", async (t) => {
  for (const name of ["file", "directory"]) {
    await t.step(name, async () => {
      using directory = new TempDirectory();
      const path = name === "file" ? directory.write(name) : directory.makeDirectory(name);
      // The one moment between listing and look in which a test has its turn.
      const skip = (): boolean => {
        Deno.removeSync(path);
        return false;
      };
      await assertFails(() => walkModel(directory.path, "m", { skip }), UnavailableError, "NOT_FOUND", `"${path}"`);
    });
  }
});

Deno.test("walkModel() ends with the signal's reason", async (t) => {
  const reason = new Error("enough");
  using directory = new TempDirectory();
  directory.write("a");

  await t.step("before it begins", async () => {
    const signal = AbortSignal.abort(reason);
    assertStrictEquals(await assertRejects(() => walkModel(directory.path, "m", { signal })), reason);
  });

  await t.step("in the midst of a large model", async () => {
    const entry: Deno.DirEntry = { name: "a", isFile: true, isDirectory: false, isSymlink: false };
    using _ = new Override(Deno, { readDirSync: () => new Array<Deno.DirEntry>(1_000_000).fill(entry).values() });
    const controller = new AbortController();
    let seen = 0;
    const skip = (): boolean => {
      if (++seen === 10) controller.abort(reason);
      return true;
    };
    assertStrictEquals(
      await assertRejects(() => walkModel(directory.path, "m", { signal: controller.signal, skip })),
      reason,
    );
    assert(seen < 10_000, `it went on to entry ${seen}`);
  });
});

Deno.test("walkModel() refuses what is neither file nor directory as a model", async () => {
  if (Deno.build.os === "windows") return;
  await assertFails(() => walkModel("/dev/null", "m"), RefusedError, "SPECIAL_FILE", '"/dev/null"', "a device");
});
