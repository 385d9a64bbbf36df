/** Shards: byte ranges of files, their names and their arithmetic (OMS v1.0 §6.3.2). */

/** Size of a shard in bytes, unless another is asked for (OMS v1.0 §6.3.2). */
export const DEFAULT_SHARD_SIZE = 1_000_000_000;

/** One file of a manifest, or one shard of it. */
export interface FileRange {
  /** Name of the file relative to the model. */
  readonly file: string;
  /** First byte. */
  readonly start: number;
  /** One past the last byte. */
  readonly end: number;
}

/**
 * The name of a shard (OMS v1.0 §6.3.2).
 *
 * @param range The file and the byte range.
 * @returns `file:start:end`.
 */
export function shardName(range: FileRange): string {
  // The runtime keeps the texts of numbers, thousands of them, for the next time, and clears much memory for that; of a
  // `BigInt` it does not.
  return `${range.file}:${BigInt(range.start)}:${BigInt(range.end)}`;
}

/**
 * Reads the name of a shard. A file's name may hold colons itself, so the last two parts count (OMS v1.0 §6.3.2).
 *
 * @param name The resource's name.
 * @returns The file and the byte range, or `undefined` if it is not the name of a shard.
 */
export function parseShardName(name: string): FileRange | undefined {
  const match = /^(.*):(0|[1-9]\d{0,15}):(0|[1-9]\d{0,15})$/s.exec(name);
  if (match === null) return undefined;
  return { file: match[1]!, start: Number(match[2]), end: Number(match[3]) };
}

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
 * import { countShards, shardRange } from "./shards.ts";
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
