/** Which thread has claimed which batch, in memory that all threads share. */

/** For each batch, by number, the thread that has started it, or 0. */
export type Claims = Int32Array<SharedArrayBuffer>;

/** The number of the main thread in claims; workers have higher numbers. */
export const MAIN_THREAD = 1;

/** Allocates claims for a number of batches. */
export function makeClaims(batches: number): Claims {
  return new Int32Array(new SharedArrayBuffer(batches * Int32Array.BYTES_PER_ELEMENT));
}

/** Claims a batch for a thread, unless another thread has claimed it. */
export function claim(claims: Claims, batch: number, thread: number): boolean {
  return Atomics.compareExchange(claims, batch, 0, thread) === 0;
}

/** The thread that has claimed a batch, or 0. */
export function claimedBy(claims: Claims, batch: number): number {
  return Atomics.load(claims, batch);
}
