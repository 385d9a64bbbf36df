/** Many digests in one piece of memory: as objects of their own they would take ten times as much. */
import { DIGEST_BYTES, type HashAlgorithm } from "./engine.ts";

/** Digests of one algorithm, by index. */
export class Digests implements Iterable<Uint8Array> {
  /** All of them, one behind the other. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Length of one in bytes. */
  readonly #size: number;

  /**
   * Makes room for digests.
   *
   * @param algorithm Whose they are.
   * @param count How many.
   */
  constructor(algorithm: HashAlgorithm, count: number) {
    this.#size = DIGEST_BYTES[algorithm];
    this.bytes = new Uint8Array(count * this.#size);
  }

  /** How many there are. */
  get length(): number {
    return this.bytes.length / this.#size;
  }

  /** The digest at an index: a view, not a copy. */
  at(index: number): Uint8Array {
    return this.bytes.subarray(index * this.#size, (index + 1) * this.#size);
  }

  /** Puts a digest at an index. */
  put(index: number, digest: Uint8Array): void {
    if (digest.length !== this.#size) throw new RangeError(`Cannot keep a digest of ${digest.length} bytes`);
    this.bytes.set(digest, index * this.#size);
  }

  /** One after the other. */
  *[Symbol.iterator](): Generator<Uint8Array> {
    for (let index = 0; index < this.length; index++) yield this.at(index);
  }
}
