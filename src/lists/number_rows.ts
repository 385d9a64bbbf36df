/** A growable list of rows of numbers, packed into one array. */
import { enlarge } from "./growing_bytes.ts";

/** Rows before the first enlargement. */
const INITIAL_ROWS = 16;

/** Rows of a fixed number of 64-bit floats. */
export class NumberRows {
  readonly #width: number;
  #values: Float64Array<ArrayBuffer>;
  #length = 0;

  /**
   * Creates an empty list.
   *
   * @param width Numbers per row.
   */
  constructor(width: number) {
    this.#width = width;
    this.#values = new Float64Array(INITIAL_ROWS * width);
  }

  /** The number of rows. */
  get length(): number {
    return this.#length;
  }

  /** All rows, and free space after them. Valid until a row is appended. */
  get values(): Float64Array<ArrayBuffer> {
    return this.#values;
  }

  /** Appends a row and returns the index of its first number in `values`. */
  append(): number {
    const at = this.#width * this.#length++;
    if (at === this.#values.length) {
      this.#values = new Float64Array(enlarge(this.#values.buffer, this.#values.byteLength + 1));
    }
    return at;
  }

  /** A copy of the rows, without free space. */
  toArray(): Float64Array<ArrayBuffer> {
    return this.#values.slice(0, this.#width * this.#length);
  }
}
