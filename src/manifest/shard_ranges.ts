/** A range of bytes: `end` is exclusive. */
export interface ByteRange {
  start: number;
  end: number;
}

/**
 * Counts the shards of a file that are hashed on their own (OMS v1.0 §6.3.2).
 * All but the last hold exactly `shardSize` bytes. An empty file has none.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { countShards, shardRange } from "./shard_ranges.ts";
 * assertEquals(countShards(5, 4), 2);
 * assertEquals([shardRange(0, 5, 4), shardRange(1, 5, 4)], [{ start: 0, end: 4 }, { start: 4, end: 5 }]);
 * ```
 * @param fileSize Size of the file in bytes.
 * @param shardSize Size of a shard in bytes.
 * @returns How many there are.
 * @throws {RangeError} If `shardSize` is not a whole number of at least 1.
 */
export function countShards(fileSize: number, shardSize: number): number {
  if (!Number.isSafeInteger(shardSize) || shardSize < 1) {
    throw new RangeError(`Cannot cut a file as the size of a shard must be a whole number of at least 1: ${shardSize}`);
  }
  return Math.ceil(fileSize / shardSize);
}

/** The bytes of one of them, by rising offset. */
export function shardRange(index: number, fileSize: number, shardSize: number): ByteRange {
  const start = index * shardSize;
  return { start, end: Math.min(start + shardSize, fileSize) };
}
