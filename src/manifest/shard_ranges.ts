/** A range of bytes: `end` is exclusive. */
export interface ByteRange {
  start: number;
  end: number;
}

/**
 * Cuts a file into the shards that are hashed on their own (OMS v1.0 §6.3.2).
 * All but the last hold exactly `shardSize` bytes. An empty file has none.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { shardRanges } from "./shard_ranges.ts";
 * assertEquals(shardRanges(5, 4), [{ start: 0, end: 4 }, { start: 4, end: 5 }]);
 * ```
 * @param fileSize Size of the file in bytes.
 * @param shardSize Size of a shard in bytes.
 * @returns The shards by rising offset; `end` is exclusive.
 * @throws {RangeError} If `shardSize` is not a whole number of at least 1.
 */
export function shardRanges(fileSize: number, shardSize: number): ByteRange[] {
  if (!Number.isSafeInteger(shardSize) || shardSize < 1) {
    throw new RangeError(`Cannot cut a file as the size of a shard must be a whole number of at least 1: ${shardSize}`);
  }
  const ranges: ByteRange[] = [];
  for (let start = 0; start < fileSize; start += shardSize) {
    ranges.push({ start, end: Math.min(start + shardSize, fileSize) });
  }
  return ranges;
}
