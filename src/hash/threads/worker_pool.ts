/** Assigns batches to Web Workers and collects their digests. */
import { UnavailableError } from "../../errors.ts";
import { packTasks } from "../tasks/packed_tasks.ts";
import { MAIN_THREAD } from "./claims.ts";
import type { Batch } from "./cut_batches.ts";
import type { HashJob } from "./hash_job.ts";
import { newWorker } from "./new_worker.ts";
import type { WorkerAnswer, WorkerBatch, WorkerSetup } from "./worker_messages.ts";

/**
 * Has workers hash batches until there are none. However this ends, all workers have ended.
 *
 * @param job The job.
 * @param count Number of workers.
 * @param mainThread Fulfilled once the main thread has nothing left to do: workers that have started nothing by then are
 * not waited for.
 * @throws {UnavailableError} The error of the first worker that fails.
 */
export async function hashInWorkers(job: HashJob, count: number, mainThread: Promise<void>): Promise<void> {
  const stop = new AbortController();
  const signal = AbortSignal.any([job.signal, stop.signal]);
  const run = (_: unknown, i: number): Promise<void> => runWorker({ ...job, signal }, MAIN_THREAD + 1 + i, mainThread);
  try {
    await Promise.all(Array.from({ length: count }, run));
  } finally {
    stop.abort();
    job.threads.stop();
  }
}

/** Runs one worker until there are no batches left for it. */
async function runWorker(job: HashJob, thread: number, mainThread: Promise<void>): Promise<void> {
  const worker = job.startedWorker?.take() ?? newWorker();
  job.threads.begin(); // starting keeps a processor busy, too
  let hasEnded = false;
  try {
    await new Promise<void>((resolve, reject) => {
      const { batches, engine, algorithm, signal } = job;
      const assigned = new Map<number, Batch>();
      mainThread.then(() => !batches.hasStarted(thread, assigned.keys()) && resolve(), () => {});
      const assignMore = (): void => {
        for (let batch = batches.assign(thread, assigned); batch; batch = batches.assign(thread, assigned)) {
          const { number } = batch;
          assigned.set(number, batch);
          worker.postMessage({ number, tasks: packTasks(batches.tasksOf(batch)) } satisfies WorkerBatch);
        }
        if (assigned.size === 0) resolve();
      };
      worker.onmessage = ({ data }: MessageEvent<WorkerAnswer>): void => {
        if ("code" in data) return reject(new UnavailableError(data.code, data.message));
        try {
          job.onBytes(data.bytes);
        } catch (error) {
          return reject(error); // from the caller's callback: thrown here, it would end the process
        }
        if (data.number === undefined) return;
        if (data.digests !== undefined) job.sink.put(assigned.get(data.number)!.from, data.digests);
        assigned.delete(data.number);
        assignMore();
      };
      worker.onerror = (event): void => {
        event.preventDefault();
        reject(new UnavailableError("WORKER", `Cannot hash with a worker: ${event.message}`));
      };
      batches.onStolen(() => !hasEnded && assignMore());
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      signal.throwIfAborted();
      const { claims } = batches;
      const threads = job.threads.memory;
      worker.postMessage({ engine: engine.name, algorithm, threads, claims, thread } satisfies WorkerSetup);
      assignMore();
    });
  } finally {
    hasEnded = true;
    worker.terminate();
    job.threads.end();
  }
}
