import { assertEquals, assertRejects } from "@std/assert";
import { countFiles } from "../../../src/model/disk/count_files.ts";
import { TempFolder } from "../../_temp_folder.ts";

Deno.test("countFiles() counts everything but directories", async () => {
  using folder = new TempFolder();
  for (const name of ["a", "b/c", "b/d/e"]) folder.write(name);
  folder.link("b/up", "..");
  folder.makeFolder("empty/below");
  const count = (name: string): unknown => countFiles(`${folder.path}/${name}`, { left: 100 });
  assertEquals(await count("."), { files: 4, isFolder: true });
  assertEquals(await count("a"), { files: 1, isFolder: false });
  assertEquals(await count("b/up"), { files: 1, isFolder: false });
  assertEquals(await count("empty"), { files: 0, isFolder: true });
  assertEquals(await count("nothing"), { files: 0, isFolder: false });
});

Deno.test("countFiles() gives up when the budget is used up, and several counts share it", async () => {
  using folder = new TempFolder();
  for (let i = 0; i < 5; i++) folder.write(`a/${i}`);
  for (let i = 0; i < 5; i++) folder.write(`b/${i}`);
  const budget = { left: 9 };
  assertEquals(await countFiles(`${folder.path}/a`, budget), { files: 5, isFolder: true });
  assertEquals(await countFiles(`${folder.path}/b`, budget), { files: null, isFolder: true });
});

Deno.test("countFiles() can be aborted", async () => {
  using folder = new TempFolder();
  folder.write("a/b");
  const reason = new Error("enough");
  await assertRejects(
    () => countFiles(folder.path, { left: 1001 }, AbortSignal.abort(reason)),
    Error,
    "enough",
  );
});

Deno.test({
  name: "countFiles() does not know what is in a directory that it may not read",
  ignore: Deno.build.os === "windows" || Deno.uid() === 0,
  fn: async () => {
    using folder = new TempFolder();
    folder.write("a/b/c");
    Deno.chmodSync(`${folder.path}/a/b`, 0);
    assertEquals(await countFiles(folder.path, { left: 100 }), { files: null, isFolder: true });
    Deno.chmodSync(`${folder.path}/a/b`, 0o700);
  },
});
