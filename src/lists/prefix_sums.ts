/** Things of which each is cut into parts, all parts being numbered one behind the other. */

/**
 * Numbers parts.
 *
 * @param length How many things there are.
 * @param countOf Of how many parts the thing at an index is.
 * @returns For each thing the number of its first part, and at the end how many parts there are.
 */
export function prefixSums(length: number, countOf: (index: number) => number): Uint32Array {
  const sums = new Uint32Array(length + 1);
  for (let index = 0; index < length; index++) sums[index + 1] = sums[index]! + countOf(index);
  return sums;
}

/**
 * Looks for where a number belongs among rising ones, such as that of a part.
 *
 * @param numbers The numbers, of which the first is no larger.
 * @param number The number.
 * @returns Index of the last one that is no larger.
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
