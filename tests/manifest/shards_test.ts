import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { DEFAULT_SHARD_SIZE, parseShardName, shardName } from "../../src/manifest/shards.ts";
import { shardRanges } from "./_shard_ranges.ts";

/** As `start:end`. */
function ranges(fileSize: number, shardSize: number): string[] {
  return shardRanges(fileSize, shardSize).map(({ start, end }) => `${start}:${end}`);
}

Deno.test("shards of a file are cut at, below and above the size of a shard", () => {
  const rows: [fileSize: number, shardSize: number, expected: string[]][] = [
    [0, 4, []],
    [1, 4, ["0:1"]],
    [3, 4, ["0:3"]],
    [4, 4, ["0:4"]],
    [5, 4, ["0:4", "4:5"]],
    [7, 4, ["0:4", "4:7"]],
    [8, 4, ["0:4", "4:8"]],
    [9, 4, ["0:4", "4:8", "8:9"]],
    [3, 1, ["0:1", "1:2", "2:3"]],
    [5, Number.MAX_SAFE_INTEGER, ["0:5"]],
  ];
  for (const [fileSize, shardSize, expected] of rows) {
    assertEquals(ranges(fileSize, shardSize), expected, `${fileSize} by ${shardSize}`);
  }
});

Deno.test("shards of a file are counted beyond 32 bits", () => {
  const size = 5 * DEFAULT_SHARD_SIZE + 1;
  assertEquals(ranges(size, DEFAULT_SHARD_SIZE).slice(-2), ["4000000000:5000000000", "5000000000:5000000001"]);
  const largest = Number.MAX_SAFE_INTEGER;
  assertEquals(ranges(largest, largest - 1), [`0:${largest - 1}`, `${largest - 1}:${largest}`]);
});

Deno.test("shards tile every file: all are full but the last, which is not empty", () => {
  const sizes = fc.tuple(fc.integer({ min: 0, max: 10_000 }), fc.integer({ min: 1, max: 12_000 }));
  fc.assert(
    fc.property(sizes, ([fileSize, shardSize]) => {
      const shards = shardRanges(fileSize, shardSize);
      assertEquals(shards.length, Math.ceil(fileSize / shardSize));
      let at = 0;
      for (const [i, { start, end }] of shards.entries()) {
        assertEquals(start, at);
        assertEquals(end, i < shards.length - 1 ? start + shardSize : fileSize);
        at = end;
      }
      assertEquals(at, fileSize);
    }),
    { seed: 20_261_122, numRuns: 200 },
  );
});

Deno.test("there are no shards of a size that is no whole number of at least 1, of an empty file too", () => {
  for (const shardSize of [0, -1, 0.5, 1.5, NaN, Infinity, -Infinity, 2 ** 53]) {
    for (const fileSize of [0, 10]) {
      assertThrows(() => shardRanges(fileSize, shardSize), RangeError, String(shardSize));
    }
  }
});

Deno.test("parseShardName() takes the last two parts for the range, as a file's name may hold colons", () => {
  const rows: [name: string, file: string, start: number, end: number][] = [
    ["w:0:10", "w", 0, 10],
    ["a/b.bin:1000000000:2000000000", "a/b.bin", 1_000_000_000, 2_000_000_000],
    ["w:0:10:20:30", "w:0:10", 20, 30],
    ["w:::1:2", "w::", 1, 2],
    [":1:2", "", 1, 2],
    ["::1:2", ":", 1, 2],
    ["new\nline:1:2", "new\nline", 1, 2],
    ["\u{1f600}\u2028:1:2", "\u{1f600}\u2028", 1, 2],
    ["w:0:9007199254740991", "w", 0, Number.MAX_SAFE_INTEGER],
  ];
  for (const [name, file, start, end] of rows) assertEquals(parseShardName(name), { file, start, end }, name);
});

Deno.test("parseShardName() takes nothing that is written in another way", () => {
  const names = ["", "w", "w:1", "w:1:", "w::1", "w:01:2", "w:1:02", "w:00:1", "w:-1:2", "w:+1:2", "w:1.0:2", "w:1e3:2"]
    .concat(["w:0x1:2", "w: 1:2", "w:1:2 ", "w:1:2\n", "w:a:b", "w:1:2:", "w:\u0661:\u0662", "w:0:12345678901234567"]);
  for (const name of names) assertEquals(parseShardName(name), undefined, JSON.stringify(name));
});

Deno.test("parseShardName() gives back what shardName() was given", () => {
  const size = fc.maxSafeNat();
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom("a", ":", "0", "1", "/", "\n", "\u{1f600}") }), size, size, (
      file,
      start,
      end,
    ) => assertEquals(parseShardName(shardName({ file, start, end })), { file, start, end })),
    { seed: 20_261_122, numRuns: 500 },
  );
});
