/** Compares names and digests with the signed ones. Digests are compared as they are computed: only mismatches are stored. */
import { DigestSink } from "../lists/digests.ts";
import { DIGEST_BYTES, type HashAlgorithm } from "../hash/engines/engine.ts";
import { compareCodePoints } from "../model/names.ts";
import type { IndexedList } from "../lists/indexed_list.ts";
import { PackedNames } from "../lists/packed_names.ts";

/** In place of the index of a name that was not signed. */
export const UNSIGNED = -1;

/** Which of the found names were signed. */
export interface NameMatch {
  /** For each found name its index among the signed names, or `UNSIGNED`. */
  readonly signedAt: Int32Array;
  /** The number of found names that were signed. */
  readonly count: number;
}

/**
 * Looks up found names among the signed names.
 *
 * @param found The found names, in ascending code point order.
 * @param signed The signed names, in ascending code point order.
 * @returns The index of each.
 */
export function matchNames(found: IndexedList<string>, signed: IndexedList<string>): NameMatch {
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

/** Names that can be searched. */
export interface NameSet {
  /** Whether it has a name. */
  has(name: string): boolean;
  /** Whether it has a name below a directory. */
  hasBelow(directory: string): boolean;
}

/**
 * Makes names searchable.
 *
 * @param names Names in ascending code point order.
 */
export function searchable(names: IndexedList<string>): NameSet {
  if (names instanceof PackedNames) return names;
  const has = (name: string): boolean => names.at(indexOf(names, name)) === name;
  const hasBelow = (directory: string): boolean =>
    names.at(indexOf(names, `${directory}/`))?.startsWith(`${directory}/`) ?? false;
  return { has, hasBelow };
}

/** The index of the first name that is not below another. */
function indexOf(names: IndexedList<string>, name: string): number {
  let [low, high] = [0, names.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareCodePoints(names.at(middle)!, name) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Whether the found names are exactly the signed names. */
export function isAllMatched({ count }: NameMatch, found: IndexedList<string>, signed: IndexedList<string>): boolean {
  return count === found.length && count === signed.length;
}

/**
 * The indices of the found names that were signed: nothing else needs to be hashed.
 *
 * @param match Which names were signed.
 * @returns The indices in ascending order, or `undefined` if every found name was signed.
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

/** Compares each computed digest with the signed one. */
export class ComparedDigests extends DigestSink {
  /** Indices of found names that were signed with another digest, in any order. */
  readonly differing: number[] = [];
  readonly #signed: Uint8Array;
  readonly #signedAt: Int32Array;
  readonly #indices: Uint32Array | undefined;

  /**
   * Starts a comparison.
   *
   * @param algorithm The algorithm of the digests.
   * @param signed The signed digests, in one array.
   * @param match The index of each found name among the signed ones.
   * @param indices The found names that are hashed, if not all of them.
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
      if (signedAt !== UNSIGNED && !this.#isEqual(digests, at, signedAt * this.size)) this.differing.push(found);
    }
  }

  #isEqual(digests: Uint8Array, at: number, signedAt: number): boolean {
    for (let i = 0; i < this.size; i++) if (digests[at + i] !== this.#signed[signedAt + i]) return false;
    return true;
  }
}
