/** Hashes in the thread that calls. */
import type { Batches } from "./batches.ts";
import type { DigestSink } from "../../lists/digests.ts";
import { yieldToEventLoop } from "../../io/yield_to_event_loop.ts";
import { makeRunner, type Runner } from "../runners/runner.ts";
import { BUSY, isProcessorFree, type Work } from "./shared_state.ts";

/** Others get a turn after so many milliseconds; it takes up to half of one, and the first some more. */
const TURN_MS = 24;

/**
 * Takes batches and hashes them until there are none. Signals, messages and timers are served in between.
 *
 * @param batches Where to take them from.
 * @param digests Where to put the digests.
 * @param work What hashes.
 * @param signal Ends the work.
 */
export async function hashInMainThread(
  batches: Batches,
  digests: DigestSink,
  work: Work,
  signal: AbortSignal,
): Promise<void> {
  const { engine, algorithm, threads } = work;
  const onBytes = (count: number): void => {
    signal.throwIfAborted();
    work.onBytes(count);
  };
  const turn = makeTurn(signal);
  const isFree = (): boolean => isProcessorFree(threads);
  using runner = await makeRunner(engine, { algorithm, onBytes, isProcessorFree: isFree, turn });
  Atomics.add(threads, BUSY, 1);
  const takeBatches = makeTaker(runner, batches, digests);
  for (takeBatches(); runner.hasWork; takeBatches()) {
    await runner.step();
    await turn();
  }
  Atomics.sub(threads, BUSY, 1);
  signal.throwIfAborted();
}

/** Gives a function that lets others run when it is time. */
function makeTurn(signal: AbortSignal): () => Promise<void> {
  let next = performance.now() + TURN_MS;
  return async () => {
    if (performance.now() < next) return;
    // Also where reads are waited for: messages of workers may lie for a second meanwhile.
    await yieldToEventLoop();
    signal.throwIfAborted();
    next = performance.now() + TURN_MS;
  };
}

/** Gives a function that gives the runner what it can begin at once: more would be kept from workers. */
function makeTaker(runner: Runner, batches: Batches, digests: DigestSink): () => void {
  let has = 0;
  return () => {
    while (runner.idle) {
      const batch = batches.take(has);
      if (batch === undefined) return;
      const { from } = batch;
      has++;
      runner.add(batches.tasksOf(batch), (done) => {
        has--;
        digests.put(from, done.bytes);
      });
    }
  };
}
