/** Digests of one length in one block of memory: as separate objects they would take ten times as much. */
import type { IndexedList } from "./indexed_list.ts";

/** Receives digests as they are computed, in any order, and knows when all have arrived. */
export abstract class DigestSink {
  /** Length of one digest in bytes. */
  protected readonly size: number;
  #missing: number;

  /**
   * Starts without digests.
   *
   * @param size Length of one digest in bytes.
   * @param count Number of digests to come.
   */
  constructor(size: number, count: number) {
    this.size = size;
    this.#missing = count;
  }

  /** Whether all digests have arrived. */
  get complete(): boolean {
    return this.#missing === 0;
  }

  /** Puts one digest, or several consecutive ones, at an index. Each index is put once. */
  put(index: number, digests: Uint8Array): void {
    if (digests.length % this.size !== 0) {
      throw new RangeError(`${digests.length} bytes are not a whole number of digests of ${this.size} bytes`);
    }
    this.take(index, digests);
    this.#missing -= digests.length / this.size;
  }

  /** Handles whole digests. */
  protected abstract take(index: number, digests: Uint8Array): void;
}

/** Stores digests by index. A digest that was never put is all zeros. */
export class Digests extends DigestSink implements IndexedList<Uint8Array> {
  /** All digests, back to back. */
  readonly bytes: Uint8Array<ArrayBuffer>;

  /**
   * Allocates the memory.
   *
   * @param size Length of one digest in bytes.
   * @param count Number of digests.
   */
  constructor(size: number, count: number) {
    super(size, count);
    this.bytes = new Uint8Array(count * size);
  }

  /** The number of digests. */
  get length(): number {
    return this.bytes.length / this.size;
  }

  /** The digest at an index: a view, not a copy. */
  at(index: number): Uint8Array {
    return this.bytes.subarray(index * this.size, (index + 1) * this.size);
  }

  *[Symbol.iterator](): Generator<Uint8Array> {
    for (let index = 0; index < this.length; index++) yield this.at(index);
  }

  protected override take(index: number, digests: Uint8Array): void {
    this.bytes.set(digests, index * this.size);
  }
}
