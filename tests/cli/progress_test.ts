import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { renderProgress } from "../../src/cli/progress.ts";

const GB = 1e9;

Deno.test("renderProgress() says how far the work is, how fast, and how long it takes still", () => {
  assertEquals(
    renderProgress({ done: 7.2 * GB, total: 14.4 * GB, seconds: 4 }, 120),
    "Hashing [############............]  50%  7.2 GB of 14.4 GB  1.8 GB/s  4 s left",
  );
});

Deno.test("renderProgress() at the beginning and at the end", () => {
  assertEquals(
    renderProgress({ done: 0, total: GB, seconds: 0 }, 120),
    "Hashing [........................]   0%  0 B of 1.0 GB  0 B/s",
  );
  assertEquals(
    renderProgress({ done: GB, total: GB, seconds: 1 }, 120),
    "Hashing [########################] 100%  1.0 GB of 1.0 GB  1.0 GB/s  0 s left",
  );
  // Not 100 % while a byte is left.
  assertStringIncludes(renderProgress({ done: 10 * GB - 1, total: 10 * GB, seconds: 5 }, 120), "  99%");
});

Deno.test("renderProgress() of 0 bytes is done", () => {
  for (const seconds of [0, 3]) {
    assertEquals(
      renderProgress({ done: 0, total: 0, seconds }, 120),
      "Hashing [########################] 100%  0 B of 0 B  0 B/s",
    );
  }
});

// A file that grew meanwhile is found by the hashing; the display must not fall over it.
Deno.test("renderProgress() of more bytes than there are", () => {
  const line = renderProgress({ done: 3 * GB, total: 2 * GB, seconds: 1 }, 120);
  assertMatch(line, /^Hashing \[#{24}\] 100% /);
});

Deno.test("renderProgress() leaves the bar away where there is no room for it", () => {
  const state = { done: 1, total: 3, seconds: 1 };
  assertEquals(renderProgress(state, 50), "Hashing  33%  1 B of 3 B  1 B/s  2 s left");
  assertStringIncludes(renderProgress(state, 120), "[########................]");
});

const STATES = [
  { done: 0, total: 0, seconds: 0 },
  { done: 1, total: 3, seconds: 1 },
  { done: 999.9e9, total: 999.9e12, seconds: 86_399 },
];

// The last column stays free: some terminals go to the next line when it is filled.
Deno.test("renderProgress() is never wider than the terminal", () => {
  for (const state of STATES) {
    for (let width = 1; width <= 200; width++) {
      const line = renderProgress(state, width);
      assert(line.length <= width - 1, `${width}: ${line}`);
      // deno-lint-ignore no-control-regex -- these are just what must not be there
      assert(!/[\x00-\x1f]/.test(line), line);
    }
  }
});

Deno.test("renderProgress() shows nothing in a terminal of no width", () => {
  for (const state of STATES) assertEquals(renderProgress(state, 0), "");
});

Deno.test("renderProgress() keeps the time that is left in a terminal of 80 columns", () => {
  for (const total of [471.9e6, 999.9e9]) {
    const line = renderProgress({ done: total / 2, total, seconds: 2 }, 80);
    assertMatch(line, / left$/);
  }
});
