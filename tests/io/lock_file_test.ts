import { assertEquals, assertThrows } from "@std/assert";
import { openLockFile } from "../../src/io/lock_file.ts";
import { TempFolder } from "../_temp_folder.ts";

Deno.test("openLockFile() creates a private file, and opens it the next time", () => {
  using folder = new TempFolder();
  const path = `${folder.path}/lock`;
  using first = openLockFile(path);
  using second = openLockFile(path);
  assertEquals([first.tryLockSync(true), second.tryLockSync(true)], [true, false]);
  if (Deno.build.os !== "windows") assertEquals(Deno.statSync(path).mode! & 0o777, 0o600);
});

Deno.test("openLockFile() keeps what an existing file holds", () => {
  using folder = new TempFolder();
  const path = folder.write("lock", "content");
  openLockFile(path).close();
  assertEquals(Deno.readTextFileSync(path), "content");
});

Deno.test("openLockFile() follows no symlink, and opens nothing else that is no file", async (t) => {
  using folder = new TempFolder();
  folder.write("victim", "content");
  folder.link("link", "victim");
  folder.link("dangling", "nothing");
  folder.makeFolder("directory");
  await new Deno.Command("mkfifo", { args: [`${folder.path}/fifo`] }).output();
  for (const name of ["link", "dangling", "directory", "fifo"]) {
    await t.step(name, () => {
      assertThrows(() => openLockFile(`${folder.path}/${name}`), Error, "not a regular file");
    });
  }
  assertEquals(Deno.readTextFileSync(`${folder.path}/victim`), "content");
  assertThrows(() => Deno.lstatSync(`${folder.path}/nothing`), Deno.errors.NotFound);
});
