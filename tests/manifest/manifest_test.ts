import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { parseShardName, shardName } from "../../src/manifest/shards.ts";

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
