/** Hashes in the main thread: the one that called `hashAll`. */
import { yieldToEventLoop } from "../../io/yield_to_event_loop.ts";
import { makeRunner } from "../runners/make_runner.ts";
import type { Runner } from "../runners/runner.ts";
import type { HashJob } from "./hash_job.ts";

/** Milliseconds between two yields to the event loop. A yield takes up to half a millisecond, the first one more. */
const YIELD_MS = 24;

/**
 * Takes batches and hashes them until there are none. Signals, messages and timers are served in between.
 *
 * @param job The job.
 */
export async function hashInMainThread(job: HashJob): Promise<void> {
  const { engine, algorithm, threads, signal } = job;
  const onBytes = (count: number): void => {
    signal.throwIfAborted();
    job.onBytes(count);
  };
  const pause = makePause(signal);
  const isProcessorFree = (): boolean => threads.isProcessorFree;
  using runner = await makeRunner(engine, { algorithm, onBytes, isProcessorFree, pause });
  threads.begin();
  const takeBatches = makeTaker(job, runner);
  for (takeBatches(); runner.hasWork; takeBatches()) {
    await runner.step();
    await pause();
  }
  threads.end();
  signal.throwIfAborted();
}

/** Returns a function that yields to the event loop when it is time. */
function makePause(signal: AbortSignal): () => Promise<void> {
  let next = performance.now() + YIELD_MS;
  return async () => {
    if (performance.now() < next) return;
    // Needed even where reads are awaited: messages of workers may otherwise wait for a second.
    await yieldToEventLoop();
    signal.throwIfAborted();
    next = performance.now() + YIELD_MS;
  };
}

/** Returns a function that adds to the runner what it can start at once. More would be withheld from workers. */
function makeTaker({ batches, sink }: HashJob, runner: Runner): () => void {
  let active = 0;
  return () => {
    while (runner.idle) {
      const batch = batches.take(active);
      if (batch === undefined) return;
      active++;
      runner.add(batches.tasksOf(batch), (digests) => {
        active--;
        sink.put(batch.from, digests.bytes);
      });
    }
  };
}
