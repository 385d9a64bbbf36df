import { assertEquals } from "@std/assert";
import { count, formatBytes, formatDuration } from "../../src/cli/units.ts";

Deno.test("formatBytes() takes decimal units with one digit behind the point", () => {
  const cases: readonly [number, string][] = [
    [0, "0 B"],
    [1, "1 B"],
    [999, "999 B"],
    [1_000, "1.0 kB"],
    [1_049, "1.0 kB"],
    [1_050, "1.1 kB"],
    [999_949, "999.9 kB"],
    // Not "1000.0 kB".
    [999_950, "1.0 MB"],
    [999_999_999, "1.0 GB"],
    [14_400_000_000, "14.4 GB"],
    [999_949_999_999, "999.9 GB"],
    [1e12, "1.0 TB"],
    [1e15, "1.0 PB"],
    [Number.MAX_SAFE_INTEGER, "9.0 PB"],
    // There is no larger unit.
    [1e19, "10000.0 PB"],
    // Rates are no whole numbers.
    [0.4, "0 B"],
    [1234.5678, "1.2 kB"],
  ];
  for (const [bytes, text] of cases) assertEquals(formatBytes(bytes), text, String(bytes));
});

Deno.test("formatDuration() rounds up, and shows at most two units", () => {
  const cases: readonly [number, string][] = [
    [0, "0 s"],
    [0.01, "1 s"],
    [12, "12 s"],
    [59, "59 s"],
    [59.2, "1 min 0 s"],
    [185, "3 min 5 s"],
    [3599.5, "1 h 0 min"],
    [7800, "2 h 10 min"],
    [360_000, "100 h 0 min"],
  ];
  for (const [seconds, text] of cases) assertEquals(formatDuration(seconds), text, String(seconds));
});

Deno.test("count() puts the noun into the plural", () => {
  assertEquals([0, 1, 2].map((number) => count(number, "file")), ["0 files", "1 file", "2 files"]);
});
