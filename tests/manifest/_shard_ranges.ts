import { type ByteRange, countShards, shardRange } from "../../src/manifest/shards.ts";

/** All shards of a file. */
export function shardRanges(fileSize: number, shardSize: number): ByteRange[] {
  const count = countShards(fileSize, shardSize);
  return Array.from({ length: count }, (_, index) => shardRange(index, fileSize, shardSize));
}
