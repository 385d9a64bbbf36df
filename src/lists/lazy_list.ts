/** A list that creates an item each time it is asked for. */
import type { IndexedList } from "./indexed_list.ts";

/** A list that stores no items. */
export class LazyList<T> implements IndexedList<T> {
  readonly length: number;
  readonly #make: (index: number) => T;

  /**
   * Creates the list, but no item.
   *
   * @param length Number of items.
   * @param make Creates the item at an index.
   */
  constructor(length: number, make: (index: number) => T) {
    this.length = length;
    this.#make = make;
  }

  at(index: number): T | undefined {
    return index < this.length ? this.#make(index) : undefined;
  }

  *[Symbol.iterator](): Generator<T> {
    for (let index = 0; index < this.length; index++) yield this.#make(index);
  }
}
