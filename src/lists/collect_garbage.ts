/**
 * Asks the runtime to give memory back. It has no call for that, and else does so late: it lets its space for new objects
 * grow to 32 MB a thread, and knows nothing of the memory that lies behind objects of `node:crypto`.
 */

/** The runtime collects garbage before long once so much memory is in use that it did not know of. */
const UNEXPECTED_BYTES = 64 * 1024 * 1024;

/** No machine has so much, so the runtime collects all it can before it gives up. */
const IMPOSSIBLE_BYTES = 2 ** 50;

/** To collect all of a large heap, which is a caller's and not ours, would take long. */
const LARGE_HEAP = 256 * 1024 * 1024;

/** From so many on, work leaves garbage that is worth the time. */
const MANY = 65_536;

/** Has the runtime collect garbage before long, beside the work. Takes no memory, as nobody writes to it. */
export function collectSoon(): void {
  new ArrayBuffer(UNEXPECTED_BYTES);
}

/**
 * Has the runtime collect all garbage now, and give the memory back: some 15 ms.
 *
 * @param largeHeap Bytes of a heap that is too large for that.
 */
export function collectNow(largeHeap: number = LARGE_HEAP): void {
  if (Deno.memoryUsage().heapUsed > largeHeap) return;
  try {
    new ArrayBuffer(IMPOSSIBLE_BYTES);
  } catch {
    // As meant.
  }
}

/**
 * Does so between two pieces of work, if it pays.
 *
 * @param count How many files or resources the first of them was about.
 */
export function collectAfter(count: number): void {
  if (count >= MANY) collectNow();
}
