import { createHash } from "node:crypto";
import { concat } from "../_certificates.ts";

/**
 * The Merkle tree of a transparency log (RFC 6962 §2.1), written as the RFC defines it: by recursion, without the
 * shortcuts that programs take, so that what reads proofs is tested against something else than itself.
 */
export class MerkleTree {
  readonly #leafHashes: Uint8Array[] = [];
  /** Roots of whole subtrees, by `start:size`: they never change, and a log asks for them again and again. */
  readonly #whole = new Map<string, Uint8Array>();

  /** How many leaves it has. */
  get size(): number {
    return this.#leafHashes.length;
  }

  /**
   * Appends a leaf.
   *
   * @param leaf Its bytes.
   * @returns Its index.
   */
  append(leaf: Uint8Array): number {
    return this.#leafHashes.push(hashLeaf(leaf)) - 1;
  }

  /** The hash of one leaf. */
  leafHash(index: number): Uint8Array {
    return this.#leafHashes.at(checked(index, this.size - 1))!;
  }

  /** The root when the tree had this many leaves: MTH(D[n]). */
  root(size = this.size): Uint8Array {
    return this.#hash(0, checked(size, this.size));
  }

  /** The hash of `count` leaves from `start` on, which is that of a node if they are whole. */
  node(start: number, count: number): Uint8Array {
    return this.#hash(start, start + checked(count, this.size - start));
  }

  /** PATH(m, D[n]): what leads from a leaf to the root of the tree of this size, from below upwards. */
  inclusionProof(index: number, size = this.size): Uint8Array[] {
    return this.#path(checked(index, size - 1), 0, checked(size, this.size));
  }

  /** PROOF(m, D[n]): what shows that the tree of the first size is the beginning of that of the second. */
  consistencyProof(first: number, second = this.size): Uint8Array[] {
    if (first === 0) return [];
    return this.#subproof(checked(first, second), 0, checked(second, this.size), true);
  }

  #hash(start: number, end: number): Uint8Array {
    const count = end - start;
    if (count === 0) return sha256();
    if (count === 1) return this.#leafHashes[start]!;
    const key = `${start}:${count}`;
    const known = this.#whole.get(key);
    if (known !== undefined) return known;
    const middle = start + largestPowerBelow(count);
    const hash = hashNode(this.#hash(start, middle), this.#hash(middle, end));
    if (middle - start === end - middle) this.#whole.set(key, hash);
    return hash;
  }

  #path(index: number, start: number, end: number): Uint8Array[] {
    if (end - start === 1) return [];
    const middle = start + largestPowerBelow(end - start);
    return index < middle
      ? [...this.#path(index, start, middle), this.#hash(middle, end)]
      : [...this.#path(index, middle, end), this.#hash(start, middle)];
  }

  /** SUBPROOF(m, D[n], b) over the leaves from `start` to `end`; `first` counts from the beginning of the tree. */
  #subproof(first: number, start: number, end: number, isKnown: boolean): Uint8Array[] {
    if (first === end) return isKnown ? [] : [this.#hash(start, end)];
    const middle = start + largestPowerBelow(end - start);
    return first <= middle
      ? [...this.#subproof(first, start, middle, isKnown), this.#hash(middle, end)]
      : [...this.#subproof(first, middle, end, false), this.#hash(start, middle)];
  }
}

/** The hash of a leaf, which no node can have. */
export function hashLeaf(leaf: Uint8Array): Uint8Array {
  return sha256(Uint8Array.of(0), leaf);
}

/** The hash of a node over two others. */
export function hashNode(left: Uint8Array, right: Uint8Array): Uint8Array {
  return sha256(Uint8Array.of(1), left, right);
}

function sha256(...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(createHash("sha256").update(concat(parts)).digest());
}

/** The largest power of two that is smaller than a number above 1. */
function largestPowerBelow(count: number): number {
  let power = 1;
  while (power * 2 < count) power *= 2;
  return power;
}

function checked(value: number, most: number): number {
  if (!Number.isInteger(value) || value < 0 || value > most) {
    throw new RangeError(`Cannot look into the tree at ${value}: it must be a whole number up to ${most}`);
  }
  return value;
}
