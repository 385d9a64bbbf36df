/** The retry policy of every request: how many tries, and exponential backoff between them. */

/** Time, injected so that tests need not wait. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Resolves after some milliseconds; rejects with the signal's reason if it is aborted first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The clock of this machine. */
export const SYSTEM_CLOCK: Clock = { now: () => Date.now(), sleep };

/** When to try again, and when to give up. */
export interface RetryPolicy {
  /** Tries in all. */
  readonly tries: number;
  /** Milliseconds before the second try; doubled for each further one. */
  readonly pauseMs: number;
  /** Upper bound of every pause in milliseconds, including one that a server asks for. */
  readonly maxPauseMs: number;
  /** @default {SYSTEM_CLOCK} */
  readonly clock?: Clock | undefined;
}

/** The outcome of one try. */
export type Attempt<T> =
  /** Final: this is the result. */
  | { readonly done: T }
  /** Worth another try. */
  | {
    /** Gives the result, or throws the error, if this was the last try. */
    readonly otherwise: () => T;
    /** The pause that the server asked for (`Retry-After`), instead of the backoff. */
    readonly pauseMs?: number | undefined;
  };

/**
 * Tries until an attempt is final, or the policy's tries are used up. An error that the attempt throws is final too.
 *
 * @param policy How often, and with which pauses.
 * @param attempt One try.
 * @param signal Stops it, also during a pause.
 * @returns The result of the last try.
 */
export async function retry<T>(
  policy: RetryPolicy,
  attempt: () => Promise<Attempt<T>>,
  signal?: AbortSignal,
): Promise<T> {
  const { tries, pauseMs, maxPauseMs, clock = SYSTEM_CLOCK } = policy;
  for (let number = 1;; number++) {
    signal?.throwIfAborted();
    const outcome = await attempt();
    if ("done" in outcome) return outcome.done;
    signal?.throwIfAborted();
    if (number >= tries) return outcome.otherwise();
    await clock.sleep(Math.min(outcome.pauseMs ?? pauseMs * 2 ** (number - 1), maxPauseMs), signal);
  }
}

function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  if (signal?.aborted) return Promise.reject(signal.reason);
  const stop = (): void => {
    clearTimeout(timer);
    reject(signal!.reason);
  };
  const timer = setTimeout(() => {
    signal?.removeEventListener("abort", stop);
    resolve();
  }, ms);
  signal?.addEventListener("abort", stop, { once: true });
  return promise;
}
