/** What hashes bytes. All engines agree to the bit; they differ in speed. */

import type { Lanes } from "./lanes.ts";

/** The hash algorithms, by their OMS v1.0 identifiers (§7). A BLAKE2b digest is 64 bytes long, the others 32. */
export type HashAlgorithm = "sha256" | "blake2b" | "blake3";

/** All hash algorithms. */
export const HASH_ALGORITHMS: readonly HashAlgorithm[] = ["sha256", "blake2b", "blake3"];

/** Length of a digest in bytes, by algorithm. */
export const DIGEST_BYTES: Readonly<Record<HashAlgorithm, number>> = { sha256: 32, blake2b: 64, blake3: 32 };

/** Hashes one message after another. */
export interface Hasher {
  /** Begins a new message. */
  begin(): void;
  /** Adds bytes to the message. They may be overwritten once this returns. */
  update(bytes: Uint8Array): void;
  /** Ends the message and returns its digest, a new array. */
  end(): Uint8Array;
}

/** An implementation of some of the algorithms. */
export interface Engine {
  /** Its name on the command line. */
  readonly name: EngineName;
  /** The algorithms that it has. */
  readonly algorithms: readonly HashAlgorithm[];
  /** Makes a hasher. The algorithm must be one of `algorithms`. */
  hasher(algorithm: HashAlgorithm): Promise<Hasher>;
  /** How many messages it hashes side by side, which is then faster than one after the other; 1 if it is not named. */
  readonly sideBySide?: Partial<Readonly<Record<HashAlgorithm, number>>>;
  /** Makes that many lanes, or one that works for one message with all it has. */
  lanes?(algorithm: HashAlgorithm): Promise<Lanes>;
}

/** The engines there are. */
export type EngineName = "native" | "wasm" | "hash-wasm";

/** Digest of one message. */
export function digestOf(hasher: Hasher, ...parts: Uint8Array[]): Uint8Array {
  hasher.begin();
  for (const part of parts) hasher.update(part);
  return hasher.end();
}
