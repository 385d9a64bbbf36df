/** Loaded first: a clock that stands still, as the certificates of the corpus expire, and pauses that take no time. */

/** The time of everything in the corpus. */
export const NOW = new Date("2026-06-01T00:00:00Z");

const RealDate = Date;
globalThis.Date = class extends RealDate {
  constructor(...args: unknown[]) {
    // @ts-ignore: whatever the real one takes
    super(...(args.length === 0 ? [NOW.getTime()] : args));
  }
  static override now(): number {
    return NOW.getTime();
  }
} as DateConstructor;

/** Pauses between tries are shorter, time limits longer. */
const LONGEST_PAUSE_MS = 25_000;

const realSetTimeout = globalThis.setTimeout;
// deno-lint-ignore no-explicit-any -- whatever it is called with is passed on
const impatient: any = (callback: any, ms = 0, ...args: any[]): unknown =>
  realSetTimeout(callback, ms <= LONGEST_PAUSE_MS ? 0 : ms, ...args);
globalThis.setTimeout = impatient;
