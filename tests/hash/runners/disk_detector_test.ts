import { assertEquals } from "@std/assert";
import { DiskDetector, warmUp } from "../../../src/hash/runners/read_ahead.ts";
import { TempDirectory } from "../../_temp_directory.ts";
import { wholeFile } from "../_plan.ts";

/** Records one piece of work: 32 equal reads. */
function notePiece(detector: DiskDetector, milliseconds: number, bytes: number): void {
  for (let i = 0; i < 32; i++) detector.note(milliseconds, bytes);
}

Deno.test("DiskDetector expects no disk when reads are as fast as from the page cache", () => {
  const detector = new DiskDetector();
  for (const [milliseconds, bytes] of [[0.003, 1_000], [0.03, 256 * 1024], [0, 0]] as const) {
    notePiece(detector, milliseconds, bytes);
    assertEquals(detector.expectsDisk(), false);
  }
  // One read that was delayed by something else.
  notePiece(detector, 0.003, 256 * 1024);
  detector.note(2, 256 * 1024);
  assertEquals(detector.expectsDisk(), false);
});

Deno.test("DiskDetector expects a disk for some pieces when reads are slow, and checks again after them", () => {
  for (const [milliseconds, bytes] of [[0.1, 1_000], [0.3, 256 * 1024]] as const) {
    const detector = new DiskDetector();
    notePiece(detector, milliseconds, bytes);
    const expected = [detector.expectsDisk()];
    while (expected.at(-1)) {
      notePiece(detector, 0.003, bytes); // as they were read ahead
      expected.push(detector.expectsDisk());
    }
    assertEquals(expected, [true, true, true, true, false]);
    notePiece(detector, milliseconds, bytes);
    assertEquals(detector.expectsDisk(), true);
  }
});

Deno.test("warmUp() skips files that it cannot read, and does not block on a FIFO", async () => {
  using directory = new TempDirectory();
  const tasks = ["here", "gone", "fifo"].map((name) => wholeFile(directory.write(name, "text")));
  for (const name of ["gone", "fifo"]) Deno.removeSync(`${directory.path}/${name}`);
  new Deno.Command("mkfifo", { args: [`${directory.path}/fifo`] }).outputSync();
  assertEquals(await warmUp(tasks), undefined);
});
