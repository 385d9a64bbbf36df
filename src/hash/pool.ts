/** Shares tasks out to Web Workers, largest first, in batches that keep the number of messages small. */
import { UnavailableError } from "../errors.ts";
import { Digests } from "./digests.ts";
import type { EngineName, HashAlgorithm } from "./engine.ts";
import type { HashTask } from "./task.ts";
import { WORKER_SOURCE } from "./worker_source.ts";

/** What a pool needs to know. */
export interface PoolOptions {
  workers: number;
  engine: EngineName;
  algorithm: HashAlgorithm;
  /** How many tasks a worker runs side by side. */
  sideBySide: number;
  onBytes: (count: number) => void;
}

/** The first message to a worker. */
export interface WorkerSetup {
  engine: EngineName;
  algorithm: HashAlgorithm;
  /** Not 0 once the worker is to stop: `terminate()` does not reach one that hashes, and its file may be of gigabytes. */
  stop: Int32Array<SharedArrayBuffer>;
}

/** Each further message to a worker: tasks, and a number for them. */
export interface WorkerBatch {
  id: number;
  tasks: HashTask[];
}

/** What a worker answers: bytes hashed since the last message, the digests of a batch in one piece, or why it gave up. */
export type WorkerAnswer =
  | { bytes: number }
  | { bytes: number; id: number; digests: Uint8Array }
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
): Promise<Digests> {
  const batches = makeBatches(tasks);
  const digests = new Digests(options.algorithm, tasks.length);
  const stop = new AbortController();
  const ended = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
  const count = Math.min(options.workers, batches.length);
  const ahead = largeAhead(batches, options);
  // From text: a worker that is started from a file needs permission to read the program itself.
  const program = URL.createObjectURL(new Blob([WORKER_SOURCE], { type: "text/javascript" }));
  try {
    await Promise.all(
      Array.from({ length: count }, () => runWorker(program, tasks, batches, ahead, digests, options, ended)),
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
 * How many large batches a worker may have at once: one, as it must not keep another from a worker that has none; but
 * if it runs tasks side by side, its share of them all.
 */
function largeAhead(batches: readonly Batch[], { sideBySide, workers }: PoolOptions): number {
  const large = batches.filter((batch) => batch.bytes >= BATCH_BYTES).length;
  return Math.max(1, Math.min(sideBySide, Math.ceil(large / workers)));
}

/** How many small ones: while it hashes one the next lies ready, so that it never waits for an answer. */
const SMALL_AHEAD = 2;

/** Feeds one worker until there are no batches left. */
async function runWorker(
  program: string,
  tasks: readonly HashTask[],
  batches: Batch[],
  ahead: number,
  digests: Digests,
  options: PoolOptions,
  signal: AbortSignal,
): Promise<void> {
  const worker = new Worker(program, { type: "module" });
  const stop = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  try {
    await new Promise<void>((resolve, reject) => {
      const running = new Map<number, Batch>();
      const next = (): void => {
        for (let batch = batches.at(-1); batch !== undefined; batch = batches.at(-1)) {
          if (running.size >= (batch.bytes < BATCH_BYTES ? SMALL_AHEAD : ahead)) return;
          batches.pop();
          const id = batches.length; // no other has as many behind it
          running.set(id, batch);
          worker.postMessage({ id, tasks: batch.tasks.map((index) => tasks[index]!) } satisfies WorkerBatch);
        }
        if (running.size === 0) resolve();
      };
      worker.onmessage = ({ data }: MessageEvent<WorkerAnswer>): void => {
        if ("code" in data) return reject(new UnavailableError(data.code, data.message));
        try {
          options.onBytes(data.bytes);
        } catch (error) {
          return reject(error); // From the caller's callback: thrown here it would end the process.
        }
        if (!("digests" in data)) return;
        putAll(digests, running.get(data.id)!, data.digests);
        running.delete(data.id);
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

function putAll(digests: Digests, { tasks }: Batch, bytes: Uint8Array): void {
  const size = bytes.length / tasks.length;
  for (const [i, index] of tasks.entries()) digests.put(index, bytes.subarray(i * size, (i + 1) * size));
}
