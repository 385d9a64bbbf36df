import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { shardRanges } from "./_shard_ranges.ts";
import { nameOf, SortedShards } from "../../src/manifest/sorted_shards.ts";
import { compareCodePoints } from "../../src/model/names.ts";
import { modelOf } from "./_model.ts";

/** Names of shards as the specification has it: all of them listed, and then sorted as text. */
function listed(sizes: Record<string, number>, shardSize: number): string[] {
  return Object.entries(sizes)
    .flatMap(([name, size]) => shardRanges(size, shardSize).map(({ start, end }) => `${name}:${start}:${end}`))
    .sort(compareCodePoints);
}

function sorted(sizes: Record<string, number>, shardSize: number): string[] {
  const shards = new SortedShards(modelOf(sizes).files, shardSize);
  return Array.from({ length: shards.length }, (_, index) => nameOf(shards.at(index)));
}

Deno.test("SortedShards has the shards of random models in the order of their names as text", () => {
  // Few letters, so that names begin like others and look like shards of others.
  const name = fc.string({
    unit: fc.constantFrom("a", "0", "1", ":", "-", "\u{1f600}", "\uff5e"),
    minLength: 1,
    maxLength: 5,
  });
  const sizes = fc.dictionary(name, fc.nat({ max: 3_000 }), { maxKeys: 12 });
  fc.assert(fc.property(sizes, fc.integer({ min: 7, max: 400 }), (sizes, shardSize) => {
    assertEquals(sorted(sizes, shardSize), listed(sizes, shardSize));
  }));
});

Deno.test("SortedShards orders starts of every number of digits, also the largest", () => {
  for (
    const [size, shardSize] of [[123_456, 7], [10_001, 1], [2 ** 53 - 1, 2 ** 41 - 1], [
      9_999_999_999_999_99,
      10 ** 12,
    ]] as const
  ) {
    assertEquals(sorted({ w: size }, shardSize), listed({ w: size }, shardSize), `${size} by ${shardSize}`);
  }
});

Deno.test("SortedShards tells a file that is called like a shard of another from that shard", () => {
  const sizes = { "a": 250, "a:0": 250, "a:100": 9, "a:100:200": 5, "a:1": 120 };
  assertEquals(sorted(sizes, 100), listed(sizes, 100));
});
