import { assertEquals } from "@std/assert";
import { mergeSort } from "../../src/lists/merge_sort.ts";

Deno.test("mergeSort() sorts like Array.prototype.sort, for any length", () => {
  for (let length = 0; length < 70; length++) {
    const numbers = Uint32Array.from({ length }, (_, i) => (i * 7_919) % 31);
    for (const compare of [(a: number, b: number) => a - b, (a: number, b: number) => b - a, () => 0]) {
      const sorted = numbers.slice();
      mergeSort(sorted, compare);
      assertEquals([...sorted], [...numbers].sort(compare), `${length}`);
    }
  }
});

Deno.test("mergeSort() keeps the order of equal items", () => {
  const numbers = Uint32Array.from({ length: 1_000 }, (_, i) => i);
  const compare = (a: number, b: number): number => a % 3 - b % 3;
  const expected = [...numbers].sort(compare);
  mergeSort(numbers, compare);
  assertEquals([...numbers], expected);
});
