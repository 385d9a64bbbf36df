import { assertEquals, assertThrows } from "@std/assert";
import { openLockFile } from "../../src/io/lock_file.ts";
import { TempDirectory } from "../_temp_directory.ts";

Deno.test("openLockFile() creates a private file, and opens it the next time", () => {
  using directory = new TempDirectory();
  const path = `${directory.path}/lock`;
  using first = openLockFile(path);
  using second = openLockFile(path);
  assertEquals([first.tryLockSync(true), second.tryLockSync(true)], [true, false]);
  if (Deno.build.os !== "windows") assertEquals(Deno.statSync(path).mode! & 0o777, 0o600);
});

Deno.test("openLockFile() keeps what an existing file holds", () => {
  using directory = new TempDirectory();
  const path = directory.write("lock", "content");
  openLockFile(path).close();
  assertEquals(Deno.readTextFileSync(path), "content");
});

Deno.test("openLockFile() follows no symlink, and opens nothing else that is no file", async (t) => {
  using directory = new TempDirectory();
  directory.write("victim", "content");
  directory.link("link", "victim");
  directory.link("dangling", "nothing");
  directory.makeDirectory("directory");
  await new Deno.Command("mkfifo", { args: [`${directory.path}/fifo`] }).output();
  for (const name of ["link", "dangling", "directory", "fifo"]) {
    await t.step(name, () => {
      assertThrows(() => openLockFile(`${directory.path}/${name}`), Error, "not a regular file");
    });
  }
  assertEquals(Deno.readTextFileSync(`${directory.path}/victim`), "content");
  assertThrows(() => Deno.lstatSync(`${directory.path}/nothing`), Deno.errors.NotFound);
});
