/** Waiting for a condition, and the limit that ends a test that hangs. */

/** Ten minutes in milliseconds: only a hang takes this long, even on an overloaded machine. */
export const HANG_MS = 600_000;

/**
 * Polls until a condition holds.
 *
 * @param condition The condition; it may throw to give up early.
 * @param what The condition in words, for the error.
 * @throws If it does not hold within {@linkcode HANG_MS}.
 */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const end = performance.now() + HANG_MS;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`timed out while waiting for this: ${what}`);
    await new Promise((resume) => setTimeout(resume, 10));
  }
}
