/**
 * Merkle tree of a transparency log (RFC 6962 §2.1, RFC 9162 §2.1). Sizes and indices are plain numbers, without bit
 * operators, which would wrap at 32 bits: the public log has nearly that many entries.
 */
import { createHash } from "node:crypto";
import { VerificationError } from "../../errors.ts";
import { bytesEqual } from "../../text/bytes_equal.ts";

/** Length of a hash in bytes: all logs use SHA-256. */
export const HASH_BYTES = 32;

/** More levels than a tree of 2^53 entries has. */
const MAX_LEVELS = 53;

/** A proof needs at most two hashes a level. */
export const MAX_PROOF_HASHES = 2 * MAX_LEVELS;

/** A tree of a size: what a signed checkpoint commits to. */
export interface TreeHead {
  /** Number of entries. */
  readonly treeSize: number;
  /** Hash over all of them. */
  readonly rootHash: Uint8Array;
}

/**
 * The hash of an entry (RFC 6962 §2.1).
 *
 * @param entry The bytes of the entry, as the log stores them.
 * @returns Its leaf hash.
 */
export function leafHash(entry: Uint8Array): Uint8Array {
  return createHash("sha256").update(LEAF).update(entry).digest();
}

/**
 * The hash of an inner node.
 *
 * @param left Hash of the left child.
 * @param right Hash of the right child.
 * @returns The node's hash.
 */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(1 + 2 * HASH_BYTES);
  bytes[0] = 1;
  bytes.set(left, 1);
  bytes.set(right, 1 + HASH_BYTES);
  return createHash("sha256").update(bytes).digest();
}

const LEAF = new Uint8Array([0]);

/** The root of a tree without entries. */
export const EMPTY_ROOT: Uint8Array = createHash("sha256").digest();

/** Whether a size is that of a tree with one perfect subtree. */
export function isPowerOfTwo(size: number): boolean {
  let rest = size;
  while (rest > 1 && rest % 2 === 0) rest /= 2;
  return rest === 1;
}

/** The largest power of two that is less than a size of at least 2: where the tree divides (RFC 6962 §2.1). */
function split(size: number): number {
  let half = 1;
  while (half * 2 < size) half *= 2;
  return half;
}

/**
 * Checks that an entry is in a tree (RFC 9162 §2.1.3.2).
 *
 * @param index Where the entry stands.
 * @param leaf Its leaf hash.
 * @param proof The inclusion proof.
 * @param head The tree.
 * @throws {VerificationError} If the proof does not lead from the entry to the tree's root (`LOG_INCLUSION`).
 */
export function verifyInclusion(index: number, leaf: Uint8Array, proof: readonly Uint8Array[], head: TreeHead): void {
  if (!isSize(head.treeSize) || !isSize(index) || index >= head.treeSize) {
    throw notIncluded(`the index ${index} is not below the size ${head.treeSize}`);
  }
  checkHashes(proof, notIncluded);
  let [node, last] = [index, head.treeSize - 1];
  let hash = leaf;
  for (const sibling of proof) {
    if (last === 0) throw notIncluded("the proof is too long");
    if (node % 2 === 1 || node === last) {
      hash = nodeHash(sibling, hash);
      while (node % 2 === 0 && node !== 0) [node, last] = [node / 2, Math.floor(last / 2)];
    } else {
      hash = nodeHash(hash, sibling);
    }
    [node, last] = [Math.floor(node / 2), Math.floor(last / 2)];
  }
  if (last !== 0) throw notIncluded("the proof is too short");
  if (!bytesEqual(hash, head.rootHash)) throw notIncluded("the proof leads to another root");
}

/**
 * Checks that a later tree begins with all entries of an earlier one (RFC 9162 §2.1.4.2).
 *
 * @param from The earlier tree.
 * @param to The later tree.
 * @param proof The consistency proof.
 * @throws {VerificationError} If it does not (`LOG_CONSISTENCY`).
 */
export function verifyConsistency(from: TreeHead, to: TreeHead, proof: readonly Uint8Array[]): void {
  checkSizes(from.treeSize, to.treeSize);
  checkHashes(proof, notConsistent);
  if (from.treeSize === 0) {
    if (!bytesEqual(from.rootHash, EMPTY_ROOT)) throw notConsistent("an empty tree has another root");
    if (proof.length > 0) throw notConsistent("the proof is too long");
    return;
  }
  if (from.treeSize === to.treeSize) {
    if (proof.length > 0) throw notConsistent("the proof is too long");
    if (!bytesEqual(from.rootHash, to.rootHash)) throw notConsistent("two trees of one size have different roots");
    return;
  }
  const seeded = isPowerOfTwo(from.treeSize) ? [from.rootHash, ...proof] : proof;
  const { fromRoot, toRoot } = foldConsistency(from.treeSize, to.treeSize, seeded);
  if (!bytesEqual(fromRoot, from.rootHash)) throw notConsistent("the proof is for another earlier tree");
  if (!bytesEqual(toRoot, to.rootHash)) throw notConsistent("the proof is for another later tree");
}

/** What the hashes of a consistency proof amount to: both roots, and the perfect subtrees of the earlier tree. */
interface Folded {
  readonly fromRoot: Uint8Array;
  readonly toRoot: Uint8Array;
  /** Left to right. */
  readonly subtrees: readonly Uint8Array[];
}

/** Walks up the right edge of the earlier tree (RFC 9162 §2.1.4.2, steps 3 to 6). */
function foldConsistency(fromSize: number, toSize: number, proof: readonly Uint8Array[]): Folded {
  let [node, last] = [fromSize - 1, toSize - 1];
  while (node % 2 === 1) [node, last] = [(node - 1) / 2, Math.floor(last / 2)];
  const [seed, ...rest] = proof;
  if (seed === undefined) throw notConsistent("the proof is too short");
  let [fromRoot, toRoot] = [seed, seed];
  const subtrees = [seed];
  for (const hash of rest) {
    if (last === 0) throw notConsistent("the proof is too long");
    if (node % 2 === 1 || node === last) {
      fromRoot = nodeHash(hash, fromRoot);
      toRoot = nodeHash(hash, toRoot);
      subtrees.unshift(hash);
      while (node % 2 === 0 && node !== 0) [node, last] = [node / 2, Math.floor(last / 2)];
    } else {
      toRoot = nodeHash(toRoot, hash);
    }
    [node, last] = [Math.floor(node / 2), Math.floor(last / 2)];
  }
  if (last !== 0) throw notConsistent("the proof is too short");
  return { fromRoot, toRoot, subtrees };
}

/** A subtree in which every leaf is filled. */
export interface Subtree {
  /** Its first entry. */
  readonly start: number;
  /** Its height: it has 2^level entries. */
  readonly level: number;
}

/**
 * The subtrees whose hashes a consistency proof consists of (RFC 9162 §2.1.4.1), as ranges of entries.
 *
 * @param from Size of the earlier tree, from 1.
 * @param to Size of the later tree.
 * @returns The ranges `[start, end)`, in the order of the proof.
 */
export function consistencyRanges(from: number, to: number): [start: number, end: number][] {
  checkSizes(from, to);
  if (from === 0 || from === to) return [];
  const ranges: [number, number][] = [];
  const descend = (size: number, start: number, end: number, isWhole: boolean): void => {
    if (size === end - start) {
      if (!isWhole) ranges.push([start, end]);
      return;
    }
    const half = split(end - start);
    if (size <= half) {
      descend(size, start, start + half, isWhole);
      ranges.push([start + half, end]);
    } else {
      descend(size - half, start + half, end, false);
      ranges.push([start, start + half]);
    }
  };
  descend(from, 0, to, true);
  return ranges;
}

/**
 * The subtrees whose hashes an inclusion proof consists of (RFC 9162 §2.1.3.1), as ranges of entries.
 *
 * @param index Where the entry stands.
 * @param treeSize Size of the tree.
 * @returns The ranges `[start, end)`, in the order of the proof.
 */
export function inclusionRanges(index: number, treeSize: number): [start: number, end: number][] {
  if (!isSize(treeSize) || !isSize(index) || index >= treeSize) {
    throw notIncluded(`the index ${index} is not below the size ${treeSize}`);
  }
  const ranges: [number, number][] = [];
  let [start, end] = [0, treeSize];
  while (end - start > 1) {
    const middle = start + split(end - start);
    if (index < middle) {
      ranges.unshift([middle, end]);
      end = middle;
    } else {
      ranges.unshift([start, middle]);
      start = middle;
    }
  }
  return ranges;
}

/**
 * Cuts a range of entries into perfect subtrees, left to right.
 *
 * @param start First entry; a multiple of the largest power of two that fits, as in every proof.
 * @param end Behind the last entry.
 * @returns The subtrees.
 */
export function perfectSubtrees(start: number, end: number): Subtree[] {
  const subtrees: Subtree[] = [];
  for (let at = start; at < end;) {
    let [size, level] = [1, 0];
    while (at % (size * 2) === 0 && at + size * 2 <= end) [size, level] = [size * 2, level + 1];
    subtrees.push({ start: at, level });
    at += size;
  }
  return subtrees;
}

/**
 * The hash over neighboring subtrees, as they stand at the right edge of a tree.
 *
 * @param subtrees Their hashes, left to right; the rightmost is the smallest.
 * @returns The hash.
 */
export function foldRight(subtrees: readonly Uint8Array[]): Uint8Array {
  const last = subtrees.at(-1);
  if (last === undefined) return EMPTY_ROOT;
  return subtrees.slice(0, -1).reduceRight((right, left) => nodeHash(left, right), last);
}

/**
 * The first so many entries of a tree, by the hashes of its perfect subtrees: all that must be kept to go on and
 * append, and to know the root at each step.
 */
export class CompactRange {
  #size: number;
  readonly #hashes: Uint8Array[];

  /**
   * Makes one.
   *
   * @param size Number of entries.
   * @param hashes The hashes of the perfect subtrees, left to right: one for each 1 bit of the size.
   * @throws {VerificationError} If there are more or fewer of them (`LOG_CONSISTENCY`).
   */
  constructor(size = 0, hashes: readonly Uint8Array[] = []) {
    if (!isSize(size) || hashes.length !== countOnes(size)) {
      throw notConsistent(`a tree of size ${size} does not consist of ${hashes.length} perfect trees`);
    }
    checkHashes(hashes, notConsistent);
    this.#size = size;
    this.#hashes = [...hashes];
  }

  /** Number of entries. */
  get size(): number {
    return this.#size;
  }

  /** The hashes of the perfect subtrees, left to right. */
  get hashes(): readonly Uint8Array[] {
    return [...this.#hashes];
  }

  /** The tree that these entries make. */
  get head(): TreeHead {
    return { treeSize: this.#size, rootHash: foldRight(this.#hashes) };
  }

  /** Another one of the same state. */
  copy(): CompactRange {
    return new CompactRange(this.#size, this.#hashes);
  }

  /** Appends an entry. */
  append(leaf: Uint8Array): void {
    let hash = leaf;
    for (let rest = this.#size; rest % 2 === 1; rest = (rest - 1) / 2) hash = nodeHash(this.#hashes.pop()!, hash);
    this.#hashes.push(hash);
    this.#size += 1;
  }

  /**
   * Reads the entries before a place out of a consistency proof from there to a known tree.
   *
   * @param size Size of the earlier tree: no power of two, as then the proof would not hold its root.
   * @param to The known tree.
   * @param proof The consistency proof.
   * @returns The first `size` entries of the known tree, proven.
   * @throws {VerificationError} If the proof does not lead to the known tree (`LOG_CONSISTENCY`).
   */
  static fromConsistencyProof(size: number, to: TreeHead, proof: readonly Uint8Array[]): CompactRange {
    checkSizes(size, to.treeSize);
    checkHashes(proof, notConsistent);
    const { toRoot, subtrees } = foldConsistency(size, to.treeSize, proof);
    if (!bytesEqual(toRoot, to.rootHash)) throw notConsistent("the proof is for another tree");
    return new CompactRange(size, subtrees);
  }
}

function countOnes(size: number): number {
  let ones = 0;
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) ones += rest % 2;
  return ones;
}

function isSize(size: number): boolean {
  return Number.isSafeInteger(size) && size >= 0;
}

function checkSizes(from: number, to: number): void {
  if (!isSize(from) || !isSize(to)) throw notConsistent("a size is not a whole number");
  if (from > to) throw notConsistent(`the log shrank from ${from} to ${to} entries`);
}

function checkHashes(hashes: readonly Uint8Array[], fail: (reason: string) => VerificationError): void {
  if (hashes.length > MAX_PROOF_HASHES) throw fail(`a proof of ${hashes.length} hashes is longer than any`);
  if (hashes.some((hash) => hash.length !== HASH_BYTES)) throw fail(`a hash is not ${HASH_BYTES} bytes long`);
}

function notIncluded(reason: string): VerificationError {
  return new VerificationError("LOG_INCLUSION", `Cannot find the entry in the transparency log: ${reason}`);
}

function notConsistent(reason: string): VerificationError {
  return new VerificationError("LOG_CONSISTENCY", `The transparency log contradicts itself: ${reason}`);
}
