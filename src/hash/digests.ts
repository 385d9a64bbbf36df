/** Many digests in one piece of memory: as objects of their own they would take ten times as much. */
import { DIGEST_BYTES, type HashAlgorithm } from "./engine.ts";

/** Takes digests as they are made, in any order. */
export interface DigestSink {
  /** Takes one digest, or several that lie one behind the other, from an index on. Each is put once. */
  put(index: number, digests: Uint8Array): void;
}

/** Digests of one algorithm, by index. */
export class Digests implements DigestSink, Iterable<Uint8Array> {
  /** All of them, one behind the other. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Length of one in bytes. */
  readonly #size: number;
  /** How many were not put yet. */
  #missing: number;

  /**
   * Makes room for digests.
   *
   * @param algorithm Whose they are.
   * @param count How many.
   */
  constructor(algorithm: HashAlgorithm, count: number) {
    this.#size = DIGEST_BYTES[algorithm];
    this.bytes = new Uint8Array(count * this.#size);
    this.#missing = count;
  }

  /** How many there are. */
  get length(): number {
    return this.bytes.length / this.#size;
  }

  /** The digest at an index: a view, not a copy. */
  at(index: number): Uint8Array {
    return this.bytes.subarray(index * this.#size, (index + 1) * this.#size);
  }

  /** Whether all are there: one that was never put would be zeros. */
  get complete(): boolean {
    return this.#missing === 0;
  }

  put(index: number, digests: Uint8Array): void {
    if (digests.length % this.#size !== 0) throw new RangeError(`Cannot keep digests of ${digests.length} bytes`);
    this.bytes.set(digests, index * this.#size);
    this.#missing -= digests.length / this.#size;
  }

  /** One after the other. */
  *[Symbol.iterator](): Generator<Uint8Array> {
    for (let index = 0; index < this.length; index++) yield this.at(index);
  }
}

/** Hands digests on, and knows whether all were there. */
export class CountedDigests implements DigestSink {
  readonly #sink: DigestSink;
  readonly #size: number;
  #missing: number;

  /**
   * Begins to count.
   *
   * @param algorithm Whose they are.
   * @param count How many there will be.
   * @param sink Who gets them.
   */
  constructor(algorithm: HashAlgorithm, count: number, sink: DigestSink) {
    this.#sink = sink;
    this.#size = DIGEST_BYTES[algorithm];
    this.#missing = count;
  }

  /** Whether none is missing. */
  get complete(): boolean {
    return this.#missing === 0;
  }

  put(index: number, digests: Uint8Array): void {
    this.#sink.put(index, digests);
    this.#missing -= digests.length / this.#size;
  }
}
