/** A tree in memory, by the plain recursion of RFC 6962 §2.1: what the code under test is compared with. */
import { createHash } from "node:crypto";
import type { TreeHead } from "../../../src/sigstore/log/merkle.ts";

const sha256 = (...parts: Uint8Array[]): Uint8Array => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return Uint8Array.from(hash.digest());
};

/** The largest power of two below a size. */
function half(size: number): number {
  let power = 1;
  while (power * 2 < size) power *= 2;
  return power;
}

export class MemoryTree {
  readonly entries: Uint8Array[] = [];
  readonly #leaves: Uint8Array[] = [];
  readonly #known = new Map<string, Uint8Array>();

  append(entry: Uint8Array): number {
    this.#leaves.push(sha256(new Uint8Array([0]), entry));
    return this.entries.push(entry) - 1;
  }

  get size(): number {
    return this.entries.length;
  }

  leaf(index: number): Uint8Array {
    return this.#leaves[index]!;
  }

  head(size = this.size): TreeHead {
    return { treeSize: size, rootHash: this.root(0, size) };
  }

  /** MTH(D[start:end]). */
  root(start: number, end: number): Uint8Array {
    if (end === start) return sha256();
    if (end === start + 1) return this.#leaves[start]!;
    const key = `${start}-${end}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const middle = start + half(end - start);
    const hash = sha256(new Uint8Array([1]), this.root(start, middle), this.root(middle, end));
    this.#known.set(key, hash);
    return hash;
  }

  /** PATH(m, D[n]). */
  inclusionProof(index: number, size: number, start = 0): Uint8Array[] {
    if (size === 1) return [];
    const left = half(size);
    return index < left
      ? [...this.inclusionProof(index, left, start), this.root(start + left, start + size)]
      : [...this.inclusionProof(index - left, size - left, start + left), this.root(start, start + left)];
  }

  /** PROOF(m, D[n]). */
  consistencyProof(from: number, to: number): Uint8Array[] {
    return this.#subproof(from, 0, to, true);
  }

  #subproof(from: number, start: number, size: number, isWhole: boolean): Uint8Array[] {
    if (from === size) return isWhole ? [] : [this.root(start, start + size)];
    const left = half(size);
    return from <= left
      ? [...this.#subproof(from, start, left, isWhole), this.root(start + left, start + size)]
      : [...this.#subproof(from - left, start + left, size - left, false), this.root(start, start + left)];
  }
}
