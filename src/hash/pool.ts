/** Shares tasks out to Web Workers, largest first, in batches that keep the number of messages small. */
import { UnavailableError } from "../errors.ts";
import type { EngineName, HashAlgorithm } from "./engine.ts";
import type { HashTask } from "./task.ts";
import { WORKER_SOURCE } from "./worker_source.ts";

/** What a pool needs to know. */
export interface PoolOptions {
  workers: number;
  engine: EngineName;
  algorithm: HashAlgorithm;
  onBytes: (count: number) => void;
}

/** The first message to a worker. */
export interface WorkerSetup {
  engine: EngineName;
  algorithm: HashAlgorithm;
  /** Not 0 once the worker is to stop: `terminate()` does not reach one that hashes, and its file may be of gigabytes. */
  stop: Int32Array<SharedArrayBuffer>;
}

/** What a worker answers: bytes hashed since the last message, the digests of a batch, or why it gave up. */
export type WorkerAnswer =
  | { bytes: number }
  | { bytes: number; digests: Uint8Array[] }
  | { code: string; message: string };

/** A batch ends at this many bytes … */
const BATCH_BYTES = 8 * 1024 * 1024;

/** … or at this many tasks. */
const BATCH_TASKS = 256;

/** Work for one message to a worker. */
interface Batch {
  /** Indices of tasks. */
  tasks: number[];
  bytes: number;
}

/**
 * Runs tasks on Web Workers. However this ends, the workers have ended.
 *
 * @param tasks What to hash.
 * @param options The number of workers and what they do.
 * @param signal Ends the work at once.
 * @returns The digests, in the order of the tasks.
 * @throws {UnavailableError} With the first worker's error.
 */
export async function runPool(
  tasks: readonly HashTask[],
  options: PoolOptions,
  signal?: AbortSignal,
): Promise<Uint8Array[]> {
  const batches = makeBatches(tasks);
  const digests = new Array<Uint8Array>(tasks.length);
  const stop = new AbortController();
  const ended = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
  const count = Math.min(options.workers, batches.length);
  // From text: a worker that is started from a file needs permission to read the program itself.
  const program = URL.createObjectURL(new Blob([WORKER_SOURCE], { type: "text/javascript" }));
  try {
    await Promise.all(
      Array.from({ length: count }, () => runWorker(program, tasks, batches, digests, options, ended)),
    );
  } finally {
    stop.abort();
    URL.revokeObjectURL(program);
  }
  return digests;
}

/** Largest first: whoever takes the last batch then has little left to do alone. The first stands at the end. */
function makeBatches(tasks: readonly HashTask[]): Batch[] {
  const size = (index: number): number => tasks[index]!.end - tasks[index]!.start;
  const order = tasks.map((_, index) => index).sort((a, b) => size(b) - size(a) || a - b);
  const batches: Batch[] = [];
  let batch: Batch = { tasks: [], bytes: 0 };
  for (const index of order) {
    batch.tasks.push(index);
    batch.bytes += size(index);
    if (batch.bytes >= BATCH_BYTES || batch.tasks.length >= BATCH_TASKS) {
      batches.push(batch);
      batch = { tasks: [], bytes: 0 };
    }
  }
  if (batch.tasks.length > 0) batches.push(batch);
  return batches.reverse();
}

/**
 * How many batches a worker may have at once. While it hashes a small one the next lies ready, so it never waits for an
 * answer; a large one it must not keep from another worker.
 */
function batchesAhead(next: Batch | undefined): number {
  if (next === undefined) return 0;
  return next.bytes < BATCH_BYTES ? 2 : 1;
}

/** Feeds one worker until there are no batches left. */
async function runWorker(
  program: string,
  tasks: readonly HashTask[],
  batches: Batch[],
  digests: Uint8Array[],
  options: PoolOptions,
  signal: AbortSignal,
): Promise<void> {
  const worker = new Worker(program, { type: "module" });
  const stop = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  try {
    await new Promise<void>((resolve, reject) => {
      const running: Batch[] = [];
      const next = (): void => {
        while (running.length < batchesAhead(batches.at(-1))) {
          const batch = batches.pop()!;
          running.push(batch);
          worker.postMessage(batch.tasks.map((index) => tasks[index]!));
        }
        if (running.length === 0) resolve();
      };
      worker.onmessage = ({ data }: MessageEvent<WorkerAnswer>): void => {
        if ("code" in data) return reject(new UnavailableError(data.code, data.message));
        try {
          options.onBytes(data.bytes);
        } catch (error) {
          return reject(error); // From the caller's callback: thrown here it would end the process.
        }
        if (!("digests" in data)) return;
        for (const [i, index] of running.shift()!.tasks.entries()) digests[index] = data.digests[i]!;
        next();
      };
      worker.onerror = (event): void => {
        event.preventDefault();
        reject(new UnavailableError("WORKER", `Cannot hash with a worker: ${event.message}`));
      };
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      signal.throwIfAborted();
      worker.postMessage({ engine: options.engine, algorithm: options.algorithm, stop } satisfies WorkerSetup);
      next();
    });
  } finally {
    Atomics.store(stop, 0, 1);
    worker.terminate();
  }
}
