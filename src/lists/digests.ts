/** Many digests in one piece of memory: as objects of their own they would take ten times as much. */
import { DIGEST_BYTES, type HashAlgorithm } from "../hash/engines/engine.ts";

/** Takes digests of one algorithm as they are made, in any order, and knows whether all were there. */
export abstract class DigestSink {
  /** Length of one in bytes. */
  protected readonly size: number;
  /** How many were not put yet. */
  #missing: number;

  /**
   * Begins with none.
   *
   * @param algorithm Whose they are.
   * @param count How many there will be.
   */
  constructor(algorithm: HashAlgorithm, count: number) {
    this.size = DIGEST_BYTES[algorithm];
    this.#missing = count;
  }

  /** Whether all are there. */
  get complete(): boolean {
    return this.#missing === 0;
  }

  /** Puts one digest, or several that lie one behind the other, from an index on. Each is put once. */
  put(index: number, digests: Uint8Array): void {
    if (digests.length % this.size !== 0) throw new RangeError(`Cannot take digests of ${digests.length} bytes`);
    this.take(index, digests);
    this.#missing -= digests.length / this.size;
  }

  /** Takes whole digests. */
  protected abstract take(index: number, digests: Uint8Array): void;
}

/** Digests of one algorithm, by index. One that was never put is zeros. */
export class Digests extends DigestSink implements Iterable<Uint8Array> {
  /** All of them, one behind the other. */
  readonly bytes: Uint8Array<ArrayBuffer>;

  /**
   * Makes room for digests.
   *
   * @param algorithm Whose they are.
   * @param count How many.
   */
  constructor(algorithm: HashAlgorithm, count: number) {
    super(algorithm, count);
    this.bytes = new Uint8Array(count * this.size);
  }

  /** How many there are. */
  get length(): number {
    return this.bytes.length / this.size;
  }

  /** The digest at an index: a view, not a copy. */
  at(index: number): Uint8Array {
    return this.bytes.subarray(index * this.size, (index + 1) * this.size);
  }

  /** One after the other. */
  *[Symbol.iterator](): Generator<Uint8Array> {
    for (let index = 0; index < this.length; index++) yield this.at(index);
  }

  protected override take(index: number, digests: Uint8Array): void {
    this.bytes.set(digests, index * this.size);
  }
}
