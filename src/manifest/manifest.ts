/** What is known of a model once it is hashed, or once its signature is believed. */
import type { HashAlgorithm } from "../hash/engines/engine.ts";
import type { Names } from "../lists/packed_names.ts";

/** The serialization methods: `files` and `shards` of OMS v1.0 (§6.3), `h1` and `h2` as first published. */
export type SerializationMethod = "files" | "shards" | "h1" | "h2";

/** All serialization methods. */
export const SERIALIZATION_METHODS: readonly SerializationMethod[] = ["files", "shards", "h1", "h2"];

/** Size of a shard in bytes, unless another is asked for (OMS v1.0 §6.3.2). */
export const DEFAULT_SHARD_SIZE = 1_000_000_000;

/** One file or shard with its digest (OMS v1.0 §5.2.1). */
export interface Resource {
  /** Name relative to the model, for shards with `:start:end` behind it. */
  readonly name: string;
  /** Digest of its bytes. */
  readonly digest: Uint8Array;
}

/** Many resources, in two columns: a million of them take little more memory than their names and digests. */
export class Resources implements Iterable<Resource> {
  /** The names. */
  readonly names: Names;
  /** The digests, one behind the other. */
  readonly digests: Uint8Array<ArrayBuffer>;

  /**
   * Puts names and digests together.
   *
   * @param names The names.
   * @param digests A digest for each, one behind the other, all of one length.
   */
  constructor(names: Names, digests: Uint8Array<ArrayBuffer>) {
    this.names = names;
    this.digests = digests;
  }

  /** How many there are. */
  get length(): number {
    return this.names.length;
  }

  /** The digest of the resource at an index: a view, not a copy. */
  digest(index: number): Uint8Array {
    const size = this.digests.length / this.names.length;
    return this.digests.subarray(index * size, (index + 1) * size);
  }

  /** One after the other. */
  *[Symbol.iterator](): Generator<Resource> {
    let index = 0;
    for (const name of this.names) yield { name, digest: this.digest(index++) };
  }
}

/** How a model became resources (OMS v1.0 §5.2.2). */
export interface Serialization {
  readonly method: "files" | "shards";
  readonly hashAlgorithm: HashAlgorithm;
  /** Size of a shard in bytes; with `shards` only. */
  readonly shardSize?: number;
  /** Whether symbolic links were followed. */
  readonly allowSymlinks: boolean;
  /** Paths relative to the model that were left out; absent where a signature does not tell. */
  readonly ignorePaths?: readonly string[];
}

/** A manifest of `files` or `shards`: every resource by name. */
export interface ResourceManifest {
  readonly serialization: Serialization;
  /** In the order in which the root digest takes them. */
  readonly resources: Resources;
}

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
