import { assertEquals, assertRejects } from "@std/assert";
import { countFiles } from "../../../src/model/disk/count_files.ts";
import { TempDirectory } from "../../_temp_directory.ts";

Deno.test("countFiles() counts everything but directories", async () => {
  using directory = new TempDirectory();
  for (const name of ["a", "b/c", "b/d/e"]) directory.write(name);
  directory.link("b/up", "..");
  directory.makeDirectory("empty/below");
  const count = (name: string): unknown => countFiles(`${directory.path}/${name}`, { left: 100 });
  assertEquals(await count("."), { files: 4, isDirectory: true });
  assertEquals(await count("a"), { files: 1, isDirectory: false });
  assertEquals(await count("b/up"), { files: 1, isDirectory: false });
  assertEquals(await count("empty"), { files: 0, isDirectory: true });
  assertEquals(await count("nothing"), { files: 0, isDirectory: false });
});

Deno.test("countFiles() gives up when the budget is used up, and several counts share it", async () => {
  using directory = new TempDirectory();
  for (let i = 0; i < 5; i++) directory.write(`a/${i}`);
  for (let i = 0; i < 5; i++) directory.write(`b/${i}`);
  const budget = { left: 9 };
  assertEquals(await countFiles(`${directory.path}/a`, budget), { files: 5, isDirectory: true });
  assertEquals(await countFiles(`${directory.path}/b`, budget), { files: null, isDirectory: true });
});

Deno.test("countFiles() can be aborted", async () => {
  using directory = new TempDirectory();
  directory.write("a/b");
  const reason = new Error("enough");
  await assertRejects(
    () => countFiles(directory.path, { left: 1001 }, AbortSignal.abort(reason)),
    Error,
    "enough",
  );
});

Deno.test({
  name: "countFiles() does not know what is in a directory that it may not read",
  ignore: Deno.build.os === "windows" || Deno.uid() === 0,
  fn: async () => {
    using directory = new TempDirectory();
    directory.write("a/b/c");
    Deno.chmodSync(`${directory.path}/a/b`, 0);
    assertEquals(await countFiles(directory.path, { left: 100 }), { files: null, isDirectory: true });
    Deno.chmodSync(`${directory.path}/a/b`, 0o700);
  },
});
