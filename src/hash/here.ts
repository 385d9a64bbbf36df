/** Hashes in the thread that calls. */
import type { Batches } from "./batches.ts";
import type { Digests } from "./digests.ts";
import { otherTurn } from "../turn.ts";
import { makeRunner, type Runner } from "./runner.ts";
import { BUSY, isProcessorFree, type Work } from "./work.ts";

/** Others get a turn when so many bytes were hashed, some 2 ms. */
const BYTES_PER_TURN = 4 * 1024 * 1024;

/** … or so many steps were done, if those are of small files. */
const STEPS_PER_TURN = 4;

/**
 * Takes batches and hashes them until there are none. Signals, messages and timers are served in between.
 *
 * @param batches Where to take them from.
 * @param digests Where to put the digests.
 * @param work What hashes.
 * @param signal Ends the work.
 */
export async function hashHere(batches: Batches, digests: Digests, work: Work, signal: AbortSignal): Promise<void> {
  let [bytes, steps] = [0, 0];
  const onBytes = (count: number): void => {
    signal.throwIfAborted();
    bytes += count;
    work.onBytes(count);
  };
  const { engine, algorithm, threads } = work;
  using runner = await makeRunner(engine, { algorithm, onBytes, isProcessorFree: () => isProcessorFree(threads) });
  Atomics.add(threads, BUSY, 1);
  const takeBatches = makeTaker(runner, batches, digests);
  for (let more = true; more || !batches.empty;) {
    takeBatches();
    more = await runner.step();
    if (bytes < BYTES_PER_TURN && ++steps < STEPS_PER_TURN) continue;
    [bytes, steps] = [0, 0];
    await otherTurn();
    signal.throwIfAborted();
  }
  Atomics.sub(threads, BUSY, 1);
  signal.throwIfAborted();
}

/** Gives a function that fills the runner up with batches. */
function makeTaker(runner: Runner, batches: Batches, digests: Digests): () => void {
  let has = 0;
  return () => {
    for (let batch = batches.take(has); batch !== undefined; batch = batches.take(has)) {
      const { from } = batch;
      has++;
      runner.add(batches.tasksOf(batch), (done) => {
        has--;
        digests.put(from, done.bytes);
      });
    }
  };
}
