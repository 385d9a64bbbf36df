import { assertEquals } from "@std/assert";
import { DiskWatch } from "../../src/hash/disk_watch.ts";
import { warmUp } from "../../src/hash/warm_up.ts";
import { TempDirectory } from "../_temp_directory.ts";
import { wholeFile } from "./_plan.ts";

/** Notes as many equal reads as a piece of work has. */
function notePiece(watch: DiskWatch, milliseconds: number, bytes: number): void {
  for (let i = 0; i < 32; i++) watch.note(milliseconds, bytes);
}

Deno.test("DiskWatch expects no disk where reads are as fast as from the page cache", () => {
  const watch = new DiskWatch();
  for (const [milliseconds, bytes] of [[0.003, 1_000], [0.03, 256 * 1024], [0, 0]] as const) {
    notePiece(watch, milliseconds, bytes);
    assertEquals(watch.expectsDisk(), false);
  }
  // One read that was kept waiting by something else.
  notePiece(watch, 0.003, 256 * 1024);
  watch.note(2, 256 * 1024);
  assertEquals(watch.expectsDisk(), false);
});

Deno.test("DiskWatch expects a disk for some pieces where reads take longer, and looks again after them", () => {
  for (const [milliseconds, bytes] of [[0.1, 1_000], [0.3, 256 * 1024]] as const) {
    const watch = new DiskWatch();
    notePiece(watch, milliseconds, bytes);
    const expected = [watch.expectsDisk()];
    while (expected.at(-1)) {
      notePiece(watch, 0.003, bytes); // as they were read ahead
      expected.push(watch.expectsDisk());
    }
    assertEquals(expected, [true, true, true, true, false]);
    notePiece(watch, milliseconds, bytes);
    assertEquals(watch.expectsDisk(), true);
  }
});

Deno.test("warmUp() passes over what it cannot read, and does not wait for a FIFO", async () => {
  using directory = new TempDirectory();
  const tasks = ["here", "gone", "fifo"].map((name) => wholeFile(directory.write(name, "text")));
  for (const name of ["gone", "fifo"]) Deno.removeSync(`${directory.path}/${name}`);
  new Deno.Command("mkfifo", { args: [`${directory.path}/fifo`] }).outputSync();
  assertEquals(await warmUp(tasks), undefined);
});
