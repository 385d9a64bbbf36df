/** Hash algorithms, and the interface of engines. All engines compute the same digests; they differ in speed. */

import type { Lanes } from "./lanes.ts";

/** The hash algorithms, by their OMS v1.0 identifiers (§7). A BLAKE2b digest is 64 bytes long, the others 32. */
export type HashAlgorithm = "sha256" | "blake2b" | "blake3";

/** All hash algorithms. */
export const HASH_ALGORITHMS: readonly HashAlgorithm[] = ["sha256", "blake2b", "blake3"];

/** Length of a digest in bytes, by algorithm. */
export const DIGEST_BYTES: Readonly<Record<HashAlgorithm, number>> = { sha256: 32, blake2b: 64, blake3: 32 };

/** Hashes messages, one after another. */
export interface Hasher {
  /** Begins a new message. */
  begin(): void;
  /** Appends bytes to the message. The caller may overwrite them afterwards. */
  update(bytes: Uint8Array): void;
  /** Ends the message and returns its digest as a new array. */
  end(): Uint8Array;
}

/** An implementation of some of the algorithms. */
export interface Engine {
  /** The name of the engine. */
  readonly name: EngineName;
  /** The algorithms of the engine. */
  readonly algorithms: readonly HashAlgorithm[];
  /** Creates a hasher. The algorithm must be one of `algorithms`. */
  hasher(algorithm: HashAlgorithm): Promise<Hasher>;
  /** How many messages the engine hashes side by side, if that is faster; 1 for algorithms that are not listed. */
  readonly sideBySide?: Partial<Readonly<Record<HashAlgorithm, number>>>;
  /** Creates that many lanes, or a single one that uses all of the engine for one message. */
  lanes?(algorithm: HashAlgorithm): Promise<Lanes>;
}

/** The name of an engine. */
export type EngineName = "native" | "wasm" | "hash-wasm";

/** Hashes one message. */
export function digestOf(hasher: Hasher, ...parts: Uint8Array[]): Uint8Array {
  hasher.begin();
  for (const part of parts) hasher.update(part);
  return hasher.end();
}
