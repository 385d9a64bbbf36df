import { assert } from "@std/assert";
import { collectAfter, collectNow, collectSoon } from "../../src/lists/collect_garbage.ts";
import { yieldToEventLoop } from "../../src/io/yield_to_event_loop.ts";

const MiB = 1024 * 1024;

/** Allocates objects that live long enough for V8 to enlarge its heap. */
function fillHeap(): void {
  const kept: unknown[] = [];
  for (let i = 0; i < 1_000_000; i++) kept[i % 100_000] = { i };
}

function heapBytes(): number {
  return Deno.memoryUsage().heapTotal;
}

/** Asserts that no garbage is collected. */
function assertCollectsNothing(action: () => void): void {
  const before = Deno.memoryUsage().heapUsed;
  action();
  const after = Deno.memoryUsage().heapUsed;
  assert(after > before - MiB, `${before} became ${after}`);
}

Deno.test("collectNow() returns memory to the system", () => {
  fillHeap();
  const before = heapBytes();
  collectNow();
  const after = heapBytes();
  assert(after < before - 4 * MiB, `${before} became ${after}`);
});

Deno.test("collectNow() does nothing with a large heap", () => {
  fillHeap();
  assertCollectsNothing(() => collectNow(MiB));
});

Deno.test("collectAfter() collects after much work, and does nothing after little", () => {
  fillHeap();
  assertCollectsNothing(() => collectAfter(1_000));
  const before = heapBytes();
  collectAfter(1_000_000);
  assert(heapBytes() < before - 4 * MiB);
});

Deno.test("collectSoon() makes V8 collect garbage soon", async () => {
  let isGone = false;
  const registry = new FinalizationRegistry(() => isGone = true);
  registry.register({}, undefined);
  for (let i = 0; i < 1_000 && !isGone; i++) {
    collectSoon();
    await yieldToEventLoop();
  }
  assert(isGone);
});
