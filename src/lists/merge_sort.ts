/**
 * A stable merge sort of typed arrays.
 *
 * @param numbers The numbers; sorted in place. The `sort` method of typed arrays, if given a function, allocates four
 * times as much memory, which then waits for a garbage collection.
 * @param compare Negative if the first number comes before the second, 0 to keep their order.
 */
export function mergeSort(numbers: Uint32Array, compare: (a: number, b: number) => number): void {
  let from: Uint32Array = numbers;
  let to: Uint32Array = new Uint32Array(numbers.length);
  for (let width = 1; width < numbers.length; width *= 2) {
    for (let start = 0; start < numbers.length; start += 2 * width) mergeRuns(from, to, start, width, compare);
    [from, to] = [to, from];
  }
  if (from !== numbers) numbers.set(from);
}

/** Merges two consecutive sorted runs. The second may be shorter, or missing. */
function mergeRuns(
  from: Uint32Array,
  to: Uint32Array,
  start: number,
  width: number,
  compare: (a: number, b: number) => number,
): void {
  const middle = Math.min(start + width, from.length);
  const end = Math.min(middle + width, from.length);
  if (middle === end || compare(from[middle - 1]!, from[middle]!) <= 0) {
    to.set(from.subarray(start, end), start);
    return;
  }
  for (let at = start, left = start, right = middle; at < end; at++) {
    const isLeft = left < middle && (right === end || compare(from[left]!, from[right]!) <= 0);
    to[at] = from[isLeft ? left++ : right++]!;
  }
}
