/** Shares batches out to Web Workers. */
import { UnavailableError } from "../errors.ts";
import type { Batch, Batches } from "./batches.ts";
import type { Digests } from "./digests.ts";
import type { EngineName, HashAlgorithm } from "./engine.ts";
import type { HashTask } from "./task.ts";
import { BUSY, type SharedState, STOP, type Work } from "./work.ts";
import { WORKER_SOURCE } from "./worker_source.ts";

/** The first message to a worker. */
export interface WorkerSetup {
  engine: EngineName;
  algorithm: HashAlgorithm;
  threads: SharedState;
}

/** Each further message to a worker: tasks, and a number for them. */
export interface WorkerBatch {
  id: number;
  tasks: HashTask[];
}

/** What a worker says: that it is ready, bytes hashed since the last time, the digests of a batch, or why it gave up. */
export type WorkerAnswer =
  | { ready: true }
  | { bytes: number }
  | { bytes: number; id: number; digests: Uint8Array }
  | { code: string; message: string };

/**
 * Has workers take batches until there are none. However this ends, the workers have ended.
 *
 * @param count How many workers.
 * @param batches Where to take them from.
 * @param digests Where to put the digests.
 * @param work What hashes.
 * @param here Fulfilled once this thread has nothing left to do: workers that are not ready by then are not waited for.
 * @param signal Ends the work at once.
 * @throws {UnavailableError} With the first worker's error.
 */
export async function hashInWorkers(
  count: number,
  batches: Batches,
  digests: Digests,
  work: Work,
  here: Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  // From text: a worker that is started from a file needs permission to read the program itself.
  const program = URL.createObjectURL(new Blob([WORKER_SOURCE], { type: "text/javascript" }));
  const stop = new AbortController();
  const ended = AbortSignal.any([signal, stop.signal]);
  try {
    await Promise.all(Array.from({ length: count }, () => runWorker(program, batches, digests, work, here, ended)));
  } finally {
    stop.abort();
    Atomics.store(work.threads, STOP, 1);
    URL.revokeObjectURL(program);
  }
}

/** Feeds one worker until there are no batches left. */
async function runWorker(
  program: string,
  batches: Batches,
  digests: Digests,
  { engine, algorithm, onBytes, threads }: Work,
  here: Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const worker = new Worker(program, { type: "module" });
  try {
    await new Promise<void>((resolve, reject) => {
      const running = new Map<number, Batch>();
      here.then(() => running.size === 0 && resolve(), () => {});
      const next = (): void => {
        for (let batch = batches.take(running.size); batch !== undefined; batch = batches.take(running.size)) {
          const id = batch.from; // no other begins there
          if (running.size === 0) Atomics.add(threads, BUSY, 1);
          running.set(id, batch);
          worker.postMessage({ id, tasks: batches.tasksOf(batch) } satisfies WorkerBatch);
        }
        if (running.size === 0) resolve();
      };
      worker.onmessage = ({ data }: MessageEvent<WorkerAnswer>): void => {
        if ("ready" in data) return next(); // not before: meanwhile this thread hashes them
        if ("code" in data) return reject(new UnavailableError(data.code, data.message));
        try {
          onBytes(data.bytes);
        } catch (error) {
          return reject(error); // From the caller's callback: thrown here it would end the process.
        }
        if (!("digests" in data)) return;
        digests.put(running.get(data.id)!.from, data.digests);
        running.delete(data.id);
        if (running.size === 0) Atomics.sub(threads, BUSY, 1);
        next();
      };
      worker.onerror = (event): void => {
        event.preventDefault();
        reject(new UnavailableError("WORKER", `Cannot hash with a worker: ${event.message}`));
      };
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      signal.throwIfAborted();
      worker.postMessage({ engine: engine.name, algorithm, threads } satisfies WorkerSetup);
    });
  } finally {
    worker.terminate();
  }
}
