/** What may happen to the directories of a model between the walk and the end of the work. */
import { assertEquals } from "@std/assert";
import { UnavailableError } from "../../../src/errors.ts";
import { type Model, walkModel, type WalkOptions } from "../../../src/model/disk/walk.ts";
import { assertFails } from "../../_assert_fails.ts";
import { TempFolder } from "../../_temp_folder.ts";
import { Override } from "../_override.ts";

/** A model of two levels; `change` happens to it after it was walked. */
async function walkAndChange(change: (folder: TempFolder) => void, options: WalkOptions = {}): Promise<Model> {
  const folder = new TempFolder();
  folder.write("model/a");
  folder.write("model/sub/b");
  folder.write("model/sub/sub/c");
  folder.makeFolder("model/empty");
  const model = await walkModel(`${folder.path}/model`, "m", options);
  change(folder);
  return { ...model, checkUnchanged: () => model.checkUnchanged().finally(() => folder[Symbol.dispose]()) };
}

const CHANGES: readonly [what: string, change: (folder: TempFolder) => void, where: string, reason: string][] = [
  ["a file is added at the top", (folder) => folder.write("model/new"), "/model", "added"],
  ["a file is added to an empty folder", (folder) => folder.write("model/empty/new"), "/model/empty", "added"],
  ["a folder is added", (folder) => folder.makeFolder("model/sub/sub/new"), "/model/sub/sub", "added"],
  ["a link is added", (folder) => folder.link("model/sub/new", "b"), "/model/sub", "added"],
  ["a file is removed", (folder) => Deno.removeSync(`${folder.path}/model/sub/b`), "/model/sub", "removed"],
  [
    "a file is renamed",
    (folder) => {
      Deno.renameSync(`${folder.path}/model/a`, `${folder.path}/model/A`);
    },
    "/model",
    "added",
  ],
  [
    "a folder is replaced by a link to it",
    (folder) => {
      Deno.renameSync(`${folder.path}/model/sub`, `${folder.path}/moved`);
      folder.link("model/sub", "../moved");
    },
    "/model/sub",
    "no longer a folder",
  ],
  [
    "a folder is replaced by a copy",
    (folder) => {
      Deno.renameSync(`${folder.path}/model/sub/sub`, `${folder.path}/moved`);
      folder.write("model/sub/sub/c");
    },
    "/model/sub/sub",
    "another folder took its place",
  ],
  [
    "the model is replaced",
    (folder) => {
      Deno.renameSync(`${folder.path}/model`, `${folder.path}/moved`);
      folder.makeFolder("model");
    },
    "/model",
    "another folder took its place",
  ],
];

for (const allowSymlinks of [false, true]) {
  for (const [what, change, where, reason] of CHANGES) {
    // Where links are followed, the folder behind one is another folder unless it is the very same.
    const expected = allowSymlinks && reason === "no longer a folder" ? [""] : [`${where}"`, reason];
    Deno.test(`checkUnchanged() notices that ${what}${allowSymlinks ? ", with links" : ""}`, async () => {
      const model = await walkAndChange(change, { allowSymlinks });
      if (expected[0] === "") return await model.checkUnchanged();
      await assertFails(() => model.checkUnchanged(), UnavailableError, "FILE_CHANGED", ...expected);
    });
  }
}

Deno.test("checkUnchanged() notices a file that was replaced after it was read", async () => {
  const model = await walkAndChange((folder) => {
    const path = `${folder.path}/model/sub/b`;
    Deno.copyFileSync(path, `${folder.path}/copy`);
    const { atime, mtime } = Deno.statSync(path);
    Deno.utimeSync(`${folder.path}/copy`, atime!, mtime!);
    Deno.renameSync(`${folder.path}/copy`, path);
    Deno.utimeSync(`${folder.path}/model/sub`, new Date(), new Date("2030-01-01")); // however finely the clock ticks
  });
  await assertFails(() => model.checkUnchanged(), UnavailableError, "FILE_CHANGED", "/sub/b", "took its place");
});

Deno.test("checkUnchanged() does not mind what does not belong to the model, however it comes and goes", async () => {
  const skip = (name: string): boolean => name === "model.sig" || name.startsWith("sub/log");
  const model = await walkAndChange((folder) => {
    folder.write("model/model.sig");
    folder.write("model/sub/log-1");
    folder.write("model/sub/temporary");
    Deno.removeSync(`${folder.path}/model/sub/temporary`);
  }, { skip });
  assertEquals(await model.checkUnchanged(), undefined);
});

Deno.test("checkUnchanged() lists no folder again whose time of change would show a change", async () => {
  using folder = new TempFolder();
  folder.write("model/a");
  using _ = new Override(Date, { now: () => Deno.statSync(`${folder.path}/model`).ctime!.getTime() + 60_000 });
  const model = await walkModel(`${folder.path}/model`, "m");
  using _noListing = new Override(Deno, {
    readDirSync: () => {
      throw new Error("listed");
    },
  });
  await model.checkUnchanged();
});

Deno.test("walkModel() notices a folder that a link replaces before it is listed", async () => {
  using folder = new TempFolder();
  folder.write("outside/secret");
  for (const name of ["a", "b", "c"]) folder.write(`model/${name}/file`);
  const { readDirSync } = Deno;
  using _ = new Override(Deno, {
    readDirSync: (path) => {
      const entries = [...readDirSync(path)];
      if (path === `${folder.path}/model`) {
        Deno.renameSync(`${folder.path}/model/b`, `${folder.path}/moved`);
        Deno.symlinkSync("../outside", `${folder.path}/model/b`);
      }
      return entries.values();
    },
  });
  const { path } = folder;
  await assertFails(() => walkModel(`${path}/model`, "m"), UnavailableError, "FILE_CHANGED", "/model/b", "no longer a");
});

Deno.test("checkUnchanged() notices a folder that was another one just while it was listed", async () => {
  using folder = new TempFolder();
  folder.write("model/sub/good");
  folder.write("other/bad");
  const { readDirSync } = Deno;
  const [sub, other, aside] = ["model/sub", "other", "aside"].map((name) => `${folder.path}/${name}`) as [
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
      const model = await walkModel(`${folder.path}/model`, "m");
      swapped[Symbol.dispose]();
      await model.checkUnchanged();
    },
    UnavailableError,
    "NOT_FOUND",
  ).finally(() => swapped[Symbol.dispose]());
});
