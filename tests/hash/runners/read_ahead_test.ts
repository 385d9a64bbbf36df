import { assert, assertEquals } from "@std/assert";
import { ReadAhead } from "../../../src/hash/runners/read_ahead.ts";

const PIECE = 8 * 1024 * 1024;

/** Ends pieces that take the given times, and returns for each whether it was read ahead. */
function run(readAhead: ReadAhead, count: number, blocking: number, ahead: number): boolean[] {
  return Array.from({ length: count }, () => {
    const isAhead = readAhead.beginPiece();
    readAhead.endPiece(isAhead ? ahead : blocking, PIECE);
    return isAhead;
  });
}

for (const [blocking, ahead] of [[5, 4], [4, 5]] as const) {
  const better = ahead < blocking;
  Deno.test(`ReadAhead tries both ways and reads ${better ? "ahead" : "blocking"} where that is faster`, () => {
    const ways = run(new ReadAhead(() => true), 134, blocking, ahead);
    assertEquals(ways.slice(0, 6), [false, false, false, true, true, true]);
    assertEquals(ways.slice(6), new Array(128).fill(better));
  });
}

Deno.test("ReadAhead tries both ways again after a gigabyte", () => {
  const readAhead = new ReadAhead(() => true);
  assertEquals(run(readAhead, 134, 5, 4).at(-1), true);
  assertEquals(run(readAhead, 134, 4, 5).at(-1), false);
});

Deno.test("ReadAhead ignores one piece that was delayed by something else", () => {
  const readAhead = new ReadAhead(() => true);
  const times = [5, 5, 5, 4, 90, 4];
  for (const time of times) {
    readAhead.beginPiece();
    readAhead.endPiece(time, PIECE);
  }
  assert(readAhead.beginPiece());
});

Deno.test("ReadAhead reads ahead from the page cache only while a processor is idle", () => {
  let isFree = false;
  const readAhead = new ReadAhead(() => isFree);
  assertEquals(run(readAhead, 20, 5, 4), new Array(20).fill(false));
  isFree = true;
  assertEquals(run(readAhead, 8, 5, 4).slice(-2), [true, true]);
  isFree = false;
  assertEquals(run(readAhead, 1, 5, 4), [false]);
});

Deno.test("ReadAhead always reads ahead from a disk", () => {
  const readAhead = new ReadAhead(() => false);
  readAhead.note(50, PIECE);
  readAhead.endStep();
  assert(readAhead.expectsDisk);
  assert(readAhead.beginPiece());
});
