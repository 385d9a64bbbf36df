/**
 * Looks for where a number belongs among rising ones.
 *
 * @param numbers The numbers, of which the first is no larger.
 * @param number The number.
 * @returns Index of the last one that is no larger.
 */
export function lastUpTo(numbers: Uint32Array, number: number): number {
  let [low, high] = [0, numbers.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (numbers[middle]! <= number) low = middle;
    else high = middle - 1;
  }
  return low;
}
