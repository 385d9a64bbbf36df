import { assertEquals, assertRejects } from "@std/assert";
import { type Attempt, type Clock, retry } from "../../src/io/retry.ts";

/** A clock that stands still between pauses, and notes them. */
class FakeClock implements Clock {
  readonly pauses: number[] = [];
  now(): number {
    return 0;
  }
  sleep(ms: number): Promise<void> {
    this.pauses.push(ms);
    return Promise.resolve();
  }
}

/** An attempt that gives these outcomes one after the other. */
function outcomes<T>(...list: Attempt<T>[]): () => Promise<Attempt<T>> {
  return () => Promise.resolve(list.shift()!);
}

const again = (pauseMs?: number): Attempt<string> => ({ otherwise: () => "last", pauseMs });

Deno.test("retry() doubles the pause up to its bound, and gives the last result when the tries are used up", async () => {
  const clock = new FakeClock();
  const policy = { tries: 6, pauseMs: 100, maxPauseMs: 500, clock };
  assertEquals(await retry(policy, outcomes(again(), again(), again(), again(), again(), again())), "last");
  assertEquals(clock.pauses, [100, 200, 400, 500, 500]);
});

Deno.test("retry() obeys the pause that a server asks for, within its bound", async () => {
  const clock = new FakeClock();
  const policy = { tries: 9, pauseMs: 100, maxPauseMs: 5_000, clock };
  assertEquals(await retry(policy, outcomes(again(3_000), again(3_600_000), again(0), again(), { done: "ok" })), "ok");
  assertEquals(clock.pauses, [3_000, 5_000, 0, 800]);
});

Deno.test("retry() tries once if the policy says so, and never again after an error", async () => {
  const clock = new FakeClock();
  const policy = { tries: 1, pauseMs: 100, maxPauseMs: 500, clock };
  assertEquals(await retry(policy, outcomes(again())), "last");
  await assertRejects(() => retry({ ...policy, tries: 5 }, () => Promise.reject(new TypeError("no"))), TypeError, "no");
  assertEquals(clock.pauses, []);
});

Deno.test("retry() ends with the reason of an abort: before a try, after one, and in a pause", async () => {
  const aborted = AbortSignal.abort(new Error("stopped"));
  const policy = { tries: 5, pauseMs: 3_600_000, maxPauseMs: 3_600_000 };
  await assertRejects(() => retry(policy, outcomes(again()), aborted), Error, "stopped");
  const stop = new AbortController();
  const attempt = (): Promise<Attempt<string>> => {
    queueMicrotask(() => stop.abort(new Error("stopped")));
    return Promise.resolve(again());
  };
  await assertRejects(() => retry(policy, attempt, stop.signal), Error, "stopped");
  const pausing = new AbortController();
  const clock: Clock = {
    now: () => 0,
    sleep: (_, signal) => {
      const { promise, reject } = Promise.withResolvers<void>();
      signal!.addEventListener("abort", () => reject(signal!.reason));
      pausing.abort(new Error("stopped in a pause"));
      return promise;
    },
  };
  await assertRejects(() => retry({ ...policy, clock }, outcomes(again()), pausing.signal), Error, "in a pause");
});
