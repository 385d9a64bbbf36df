import { assert } from "@std/assert";
import { collectAfter, collectNow, collectSoon } from "../../src/lists/collect_garbage.ts";
import { yieldToEventLoop } from "../../src/io/yield_to_event_loop.ts";

const MiB = 1024 * 1024;

/** Makes objects of which so many live for a while that the runtime makes room for them. */
function fillHeap(): void {
  const kept: unknown[] = [];
  for (let i = 0; i < 1_000_000; i++) kept[i % 100_000] = { i };
}

function heapBytes(): number {
  return Deno.memoryUsage().heapTotal;
}

/** Asserts that all garbage lies where it lay. */
function assertCollectsNothing(action: () => void): void {
  const before = Deno.memoryUsage().heapUsed;
  action();
  const after = Deno.memoryUsage().heapUsed;
  assert(after > before - MiB, `${before} became ${after}`);
}

Deno.test("collectNow() has the runtime give back what it does not need", () => {
  fillHeap();
  const before = heapBytes();
  collectNow();
  const after = heapBytes();
  assert(after < before - 4 * MiB, `${before} became ${after}`);
});

Deno.test("collectNow() leaves a large heap alone", () => {
  fillHeap();
  assertCollectsNothing(() => collectNow(MiB));
});

Deno.test("collectAfter() collects what much work has left, and leaves little work alone", () => {
  fillHeap();
  assertCollectsNothing(() => collectAfter(1_000));
  const before = heapBytes();
  collectAfter(1_000_000);
  assert(heapBytes() < before - 4 * MiB);
});

Deno.test("collectSoon() has garbage collected before long", async () => {
  let isGone = false;
  const registry = new FinalizationRegistry(() => isGone = true);
  registry.register({}, undefined);
  for (let i = 0; i < 1_000 && !isGone; i++) {
    collectSoon();
    await yieldToEventLoop();
  }
  assert(isGone);
});
