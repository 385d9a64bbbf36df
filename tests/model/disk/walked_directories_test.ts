/** What may happen to the directories of a model between the walk and the end of the work. */
import { assertEquals } from "@std/assert";
import { UnavailableError } from "../../../src/errors.ts";
import type { Listing, ListOptions } from "../../../src/model/source.ts";
import { walkModel } from "../../../src/model/disk/walk.ts";
import { assertFails } from "../../_assert_fails.ts";
import { TempDirectory } from "../../_temp_directory.ts";
import { Override } from "../_override.ts";

/** A model of two levels; `change` happens to it after it was walked. */
async function walkAndChange(change: (directory: TempDirectory) => void, options: ListOptions = {}): Promise<Listing> {
  const directory = new TempDirectory();
  directory.write("model/a");
  directory.write("model/sub/b");
  directory.write("model/sub/sub/c");
  directory.makeDirectory("model/empty");
  const model = await walkModel(`${directory.path}/model`, "m", options);
  change(directory);
  return { ...model, checkUnchanged: () => model.checkUnchanged().finally(() => directory[Symbol.dispose]()) };
}

const CHANGES: readonly [what: string, change: (directory: TempDirectory) => void, where: string, reason: string][] = [
  ["a file is added at the top", (directory) => directory.write("model/new"), "/model", "added"],
  ["a file is added to an empty directory", (directory) => directory.write("model/empty/new"), "/model/empty", "added"],
  ["a directory is added", (directory) => directory.makeDirectory("model/sub/sub/new"), "/model/sub/sub", "added"],
  ["a link is added", (directory) => directory.link("model/sub/new", "b"), "/model/sub", "added"],
  ["a file is removed", (directory) => Deno.removeSync(`${directory.path}/model/sub/b`), "/model/sub", "removed"],
  [
    "a file is renamed",
    (directory) => {
      Deno.renameSync(`${directory.path}/model/a`, `${directory.path}/model/A`);
    },
    "/model",
    "added",
  ],
  [
    "a directory is replaced by a link to it",
    (directory) => {
      Deno.renameSync(`${directory.path}/model/sub`, `${directory.path}/moved`);
      directory.link("model/sub", "../moved");
    },
    "/model/sub",
    "no longer a directory",
  ],
  [
    "a directory is replaced by a copy",
    (directory) => {
      Deno.renameSync(`${directory.path}/model/sub/sub`, `${directory.path}/moved`);
      directory.write("model/sub/sub/c");
    },
    "/model/sub/sub",
    "another directory took its place",
  ],
  [
    "the model is replaced",
    (directory) => {
      Deno.renameSync(`${directory.path}/model`, `${directory.path}/moved`);
      directory.makeDirectory("model");
    },
    "/model",
    "another directory took its place",
  ],
];

for (const allowSymlinks of [false, true]) {
  for (const [what, change, where, reason] of CHANGES) {
    // Where links are followed, the directory behind one is another directory unless it is the very same.
    const expected = allowSymlinks && reason === "no longer a directory" ? [""] : [`${where}"`, reason];
    Deno.test(`checkUnchanged() notices that ${what}${allowSymlinks ? ", with links" : ""}`, async () => {
      const model = await walkAndChange(change, { allowSymlinks });
      if (expected[0] === "") return await model.checkUnchanged();
      await assertFails(() => model.checkUnchanged(), UnavailableError, "FILE_CHANGED", ...expected);
    });
  }
}

Deno.test("checkUnchanged() notices a file that was replaced after it was read", async () => {
  const model = await walkAndChange((directory) => {
    const path = `${directory.path}/model/sub/b`;
    Deno.copyFileSync(path, `${directory.path}/copy`);
    const { atime, mtime } = Deno.statSync(path);
    Deno.utimeSync(`${directory.path}/copy`, atime!, mtime!);
    Deno.renameSync(`${directory.path}/copy`, path);
    Deno.utimeSync(`${directory.path}/model/sub`, new Date(), new Date("2030-01-01")); // however finely the clock ticks
  });
  await assertFails(() => model.checkUnchanged(), UnavailableError, "FILE_CHANGED", "/sub/b", "took its place");
});

Deno.test("checkUnchanged() does not mind what does not belong to the model, however it comes and goes", async () => {
  const skip = (name: string): boolean => name === "model.sig" || name.startsWith("sub/log");
  const model = await walkAndChange((directory) => {
    directory.write("model/model.sig");
    directory.write("model/sub/log-1");
    directory.write("model/sub/temporary");
    Deno.removeSync(`${directory.path}/model/sub/temporary`);
  }, { skip });
  assertEquals(await model.checkUnchanged(), undefined);
});

Deno.test("checkUnchanged() lists no directory again whose time of change would show a change", async () => {
  using directory = new TempDirectory();
  directory.write("model/a");
  using _ = new Override(Date, { now: () => Deno.statSync(`${directory.path}/model`).ctime!.getTime() + 60_000 });
  const model = await walkModel(`${directory.path}/model`, "m");
  using _noListing = new Override(Deno, {
    readDirSync: () => {
      throw new Error("listed");
    },
  });
  await model.checkUnchanged();
});

Deno.test("walkModel() notices a directory that a link replaces before it is listed", async () => {
  using directory = new TempDirectory();
  directory.write("outside/secret");
  for (const name of ["a", "b", "c"]) directory.write(`model/${name}/file`);
  const { readDirSync } = Deno;
  using _ = new Override(Deno, {
    readDirSync: (path) => {
      const entries = [...readDirSync(path)];
      if (path === `${directory.path}/model`) {
        Deno.renameSync(`${directory.path}/model/b`, `${directory.path}/moved`);
        Deno.symlinkSync("../outside", `${directory.path}/model/b`);
      }
      return entries.values();
    },
  });
  const { path } = directory;
  await assertFails(() => walkModel(`${path}/model`, "m"), UnavailableError, "FILE_CHANGED", "/model/b", "no longer a");
});

Deno.test("checkUnchanged() notices a directory that was another one just while it was listed", async () => {
  using directory = new TempDirectory();
  directory.write("model/sub/good");
  directory.write("other/bad");
  const { readDirSync } = Deno;
  const [sub, other, aside] = ["model/sub", "other", "aside"].map((name) => `${directory.path}/${name}`) as [
    string,
    string,
    string,
  ];
  const swap = (from: string, to: string): void => {
    Deno.renameSync(sub, to);
    Deno.renameSync(from, sub);
  };
  const swapped = new Override(Deno, {
    readDirSync: (path) => {
      if (path !== sub) return readDirSync(path);
      swap(other, aside);
      const entries = [...readDirSync(path)];
      swap(aside, other);
      return entries.values();
    },
  });
  await assertFails(
    async () => {
      const model = await walkModel(`${directory.path}/model`, "m");
      swapped[Symbol.dispose]();
      await model.checkUnchanged();
    },
    UnavailableError,
    "NOT_FOUND",
  ).finally(() => swapped[Symbol.dispose]());
});
