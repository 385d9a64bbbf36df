/** Prefix sums: map the number of a part, such as a shard, to the item that contains it. */

/**
 * Adds up how many parts precede each item.
 *
 * @param length Number of items.
 * @param countOf Number of parts of the item at an index.
 * @returns For each item the number of its first part, followed by the total number of parts.
 */
export function prefixSums(length: number, countOf: (index: number) => number): Uint32Array {
  const sums = new Uint32Array(length + 1);
  for (let index = 0; index < length; index++) sums[index + 1] = sums[index]! + countOf(index);
  return sums;
}

/**
 * Finds the item that contains a part, by binary search.
 *
 * @param numbers Ascending numbers, such as prefix sums. The first must not be above `number`.
 * @param number The number to look for.
 * @returns Index of the last of the numbers that is not above `number`.
 */
export function lastNotAbove(numbers: Uint32Array, number: number): number {
  let [low, high] = [0, numbers.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (numbers[middle]! <= number) low = middle;
    else high = middle - 1;
  }
  return low;
}
