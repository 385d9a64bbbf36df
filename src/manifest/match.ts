/** Compares a model with what was signed while it is hashed: what is alike takes no memory. */
import { DigestSink } from "../lists/digests.ts";
import { DIGEST_BYTES, type HashAlgorithm } from "../hash/engines/engine.ts";
import { compareCodePoints } from "../model/names.ts";
import type { Names } from "../lists/packed_names.ts";

/** Stands for the index of a name that was not signed. */
export const UNSIGNED = -1;

/** Which of the names that were found were signed. */
export interface NameMatch {
  /** For each name that was found the index among those that were signed, or `UNSIGNED`. */
  readonly signedAt: Int32Array;
  /** How many of them were signed. */
  readonly count: number;
}

/**
 * Looks for names among those that were signed.
 *
 * @param found Names, ascending by code point.
 * @param signed The signed names, ascending by code point.
 * @returns Where each is.
 */
export function matchNames(found: Names, signed: Names): NameMatch {
  const signedAt = new Int32Array(found.length).fill(UNSIGNED);
  let count = 0;
  for (let i = 0, j = 0; i < found.length && j < signed.length;) {
    const order = compareCodePoints(found.at(i)!, signed.at(j)!);
    if (order === 0) {
      signedAt[i] = j;
      count++;
    }
    if (order <= 0) i++;
    if (order >= 0) j++;
  }
  return { signedAt, count };
}

/** Whether the names that were found are those that were signed, and no other is. */
export function isAllMatched({ count }: NameMatch, found: Names, signed: Names): boolean {
  return count === found.length && count === signed.length;
}

/**
 * The indices of the names that were found and signed: nothing else needs to be hashed.
 *
 * @param match Which names were signed.
 * @returns The indices, ascending, or `undefined` if every name that was found was signed.
 */
export function signedIndices({ signedAt, count }: NameMatch): Uint32Array | undefined {
  if (count === signedAt.length) return undefined;
  const indices = new Uint32Array(count);
  let next = 0;
  signedAt.forEach((at, index) => {
    if (at !== UNSIGNED) indices[next++] = index;
  });
  return indices;
}

/** Takes the digests of what was found, and compares each with the signed one. */
export class ComparedDigests extends DigestSink {
  /** Indices of what was found and signed with another digest, in any order. */
  readonly differing: number[] = [];
  readonly #signed: Uint8Array;
  readonly #signedAt: Int32Array;
  readonly #indices: Uint32Array | undefined;

  /**
   * Begins to compare.
   *
   * @param algorithm Whose digests they are.
   * @param signed The signed digests, one behind the other.
   * @param match Where each of those that were found is among them.
   * @param indices Which of those that were found are hashed, if not all of them.
   */
  constructor(algorithm: HashAlgorithm, signed: Uint8Array, { signedAt }: NameMatch, indices?: Uint32Array) {
    super(DIGEST_BYTES[algorithm], indices?.length ?? signedAt.length);
    this.#signed = signed;
    this.#signedAt = signedAt;
    this.#indices = indices;
  }

  protected override take(index: number, digests: Uint8Array): void {
    for (let at = 0; at < digests.length; at += this.size, index++) {
      const found = this.#indices === undefined ? index : this.#indices[index]!;
      const signedAt = this.#signedAt[found]!;
      if (signedAt !== UNSIGNED && !this.#isSame(digests, at, signedAt * this.size)) this.differing.push(found);
    }
  }

  #isSame(digests: Uint8Array, at: number, signedAt: number): boolean {
    for (let i = 0; i < this.size; i++) if (digests[at + i] !== this.#signed[signedAt + i]) return false;
    return true;
  }
}
