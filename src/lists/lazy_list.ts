/** A list whose items are made only when they are asked for. */
export class LazyList<T> implements Iterable<T> {
  /** How many items there are. */
  readonly length: number;
  readonly #make: (index: number) => T;

  /**
   * Makes the list, and no item of it.
   *
   * @param length How many items there are.
   * @param make Makes the item at an index.
   */
  constructor(length: number, make: (index: number) => T) {
    this.length = length;
    this.#make = make;
  }

  /** The item at an index, `undefined` beyond the last. */
  at(index: number): T | undefined {
    return index < this.length ? this.#make(index) : undefined;
  }

  /** One after the other. */
  *[Symbol.iterator](): Generator<T> {
    for (let index = 0; index < this.length; index++) yield this.#make(index);
  }
}
