/**
 * A read-only list of items by index. Arrays are such lists, and so are packed and lazy lists, which create an item when
 * it is asked for.
 */
export interface IndexedList<T> extends Iterable<T> {
  readonly length: number;
  /** The item at an index, or `undefined` beyond the last. */
  at(index: number): T | undefined;
}
