/** Repeats the check of the logs, for `monitor --interval`. */
import { UnavailableError } from "../errors.ts";
import { messageOf } from "./flags.ts";
import type { Output } from "./output.ts";

/** How to repeat. */
export interface RepeatOptions {
  /** Seconds between two looks. */
  readonly seconds: number;
  /** Where to warn. */
  readonly output: Pick<Output, "log">;
  /** Waits; tests pass their own. */
  readonly sleep?: (milliseconds: number) => Promise<void>;
}

/** Errors that waiting does not fix, at the first check. */
const LASTING = [
  "INSTANCE_INVALID",
  "NOT_FOUND",
  "NO_CACHE_DIRECTORY",
  "PERMISSION",
  "PERMISSION",
  "STATE_IN_USE",
  "TRUST_INVALID",
];

/** Errors that waiting never fixes: nothing would be watched any more. */
const FATAL = ["STATE_INVALID"];

/**
 * Repeats until an alarm ends it. A log, TUF repository or network that is unavailable is not an alarm: it causes a
 * warning, and the next check may reach it again.
 *
 * @param look Looks once.
 * @param options How to repeat.
 * @throws What the look threw: evidence against a log, a usage error, or an environment error that will not pass.
 */
export async function repeatLook(look: () => Promise<void>, options: RepeatOptions): Promise<never> {
  const { seconds, output, sleep = pause } = options;
  for (let isFirst = true;; isFirst = false) {
    try {
      await look();
    } catch (error) {
      if (!(error instanceof UnavailableError) || isLasting(error, isFirst)) throw error;
      output.log("warning", `${messageOf(error)}; next try in ${seconds} ${seconds === 1 ? "second" : "seconds"}`);
    }
    await sleep(seconds * 1000);
  }
}

function isLasting({ code }: UnavailableError, isFirst: boolean): boolean {
  return FATAL.includes(code) || isFirst && LASTING.includes(code);
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
