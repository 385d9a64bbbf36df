/**
 * Makes V8 collect garbage. V8 exposes no call for this and collects late: the young generation can grow to 32 MB per
 * thread, and memory held by `node:crypto` objects is invisible to it.
 */

/** V8 soon starts a collection once this much memory outside its heap was allocated. */
const EXTERNAL_BYTES = 64 * 1024 * 1024;

/** More than any machine has: V8 runs a full collection before it gives up on the allocation. */
const IMPOSSIBLE_BYTES = 2 ** 50;

/** A heap above this size belongs to the calling program, and a full collection of it would take long. */
const LARGE_HEAP = 256 * 1024 * 1024;

/** From this many items on, work leaves enough garbage for a collection to pay. */
const MANY = 65_536;

/** Makes V8 collect garbage soon, concurrently. The allocation takes no memory, as nothing is written to it. */
export function collectSoon(): void {
  new ArrayBuffer(EXTERNAL_BYTES);
}

/**
 * Makes V8 run a full collection now and return the memory to the system: some 15 ms.
 *
 * @param largeHeap Heap size in bytes above which nothing is done.
 */
export function collectNow(largeHeap: number = LARGE_HEAP): void {
  if (Deno.memoryUsage().heapUsed > largeHeap) return;
  try {
    new ArrayBuffer(IMPOSSIBLE_BYTES);
  } catch {
    // Expected: V8 runs a full collection before it gives up on the allocation.
  }
}

/**
 * Runs a full collection between two stages of work, if it pays.
 *
 * @param count How many files or resources the first stage handled.
 */
export function collectAfter(count: number): void {
  if (count >= MANY) collectNow();
}
