import { assertEquals } from "@std/assert";
import { renderReading } from "../../src/cli/monitor_progress.ts";

const log = "https://log.example";

Deno.test("renderReading: how far, how fast, how long yet", () => {
  assertEquals(
    renderReading({ log, done: 500, total: 2000 }, 10, 100),
    "25%  500 of 2000 entries  50/s  30 s left  https://log.example",
  );
  assertEquals(
    renderReading({ log, done: 2000, total: 2000 }, 10, 100),
    "100%  2000 of 2000 entries  200/s  https://log.example",
  );
  assertEquals(renderReading({ log, done: 0, total: 0 }, 0, 100), "100%  0 of 0 entries  0/s  https://log.example");
});

Deno.test("renderReading: never wider than the terminal", () => {
  for (const width of [0, 1, 20, 80]) {
    const line = renderReading({ log, done: 1, total: 1_900_000_000 }, 1, width);
    assertEquals(line.length <= Math.max(0, width - 1), true);
  }
});
