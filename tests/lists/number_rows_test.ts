import { assertEquals } from "@std/assert";
import { NumberRows } from "../../src/lists/number_rows.ts";

Deno.test("NumberRows keeps its rows while it grows", () => {
  for (const width of [1, 5]) {
    const rows = new NumberRows(width);
    const expected: number[] = [];
    for (let row = 0; row < 1_000; row++) {
      const numbers = Array.from({ length: width }, (_, i) => row + i / 8);
      const at = rows.append();
      rows.values.set(numbers, at);
      expected.push(...numbers);
    }
    assertEquals(rows.length, 1_000);
    assertEquals([...rows.toArray()], expected);
  }
});
