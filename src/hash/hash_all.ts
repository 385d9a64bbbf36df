/** Hashes many tasks, in the calling thread and, where it pays, in Web Workers beside it. */
import { collectAfter } from "../lists/collect_garbage.ts";
import type { DigestSink } from "../lists/digests.ts";
import type { IndexedList } from "../lists/indexed_list.ts";
import type { Engine, EngineName, HashAlgorithm } from "./engines/engine.ts";
import { selectEngine, type TasksSize } from "./engines/select.ts";
import { type TunedHashOptions, WORKERS_FROM } from "./hash_options.ts";
import { type HashTask, taskBytes } from "./tasks/hash_task.ts";
import { BatchQueue } from "./threads/batch_queue.ts";
import type { MessageParts } from "./threads/blake3_parts.ts";
import type { HashJob } from "./threads/hash_job.ts";
import { hashInMainThread } from "./threads/main_thread.ts";
import { RunningThreads } from "./threads/running_threads.ts";

/** What was hashed, and by what. */
export interface HashResult {
  /** The engine that hashed. */
  engine: EngineName;
  /** Why this engine was chosen, for people. */
  engineReason: string;
  /** Bytes hashed. */
  bytes: number;
}

/** Opening a file takes about as long as hashing this many bytes. */
const OPEN_COST = 16 * 1024;

/**
 * Hashes all tasks. Memory is bounded by threads × buffers, whatever the size of the files.
 *
 * @param tasks What to hash.
 * @param algorithm The hash algorithm.
 * @param sink Receives the digest of each task by the index of the task.
 * @param options How to hash.
 * @returns What was hashed, and by what.
 * @throws {UnavailableError} If a file cannot be read or changes meanwhile.
 */
export async function hashAll(
  tasks: IndexedList<HashTask>,
  algorithm: HashAlgorithm,
  sink: DigestSink,
  options: TunedHashOptions = {},
): Promise<HashResult> {
  options.signal?.throwIfAborted();
  collectAfter(tasks.length); // the garbage of listing the tasks
  const size = measureTasks(tasks);
  const threads = countThreads(tasks.length, size.bytes, options);
  const { engine, reason } = await selectEngine(algorithm, size, threads, options);
  let done = 0;
  const onBytes = (count: number): void => {
    done += count;
    options.onProgress?.(done, size.bytes);
  };
  const parts = await splitMessages(tasks, engine, algorithm, threads);
  const stop = new AbortController();
  const job: HashJob = {
    batches: new BatchQueue(parts?.tasks ?? tasks, threads, engine.sideBySide?.[algorithm] ?? 1),
    engine,
    algorithm,
    sink: parts?.digests ?? sink,
    onBytes,
    threads: new RunningThreads(),
    startedWorker: options.startedWorker,
    signal: options.signal === undefined ? stop.signal : AbortSignal.any([options.signal, stop.signal]),
  };
  const workers = Math.min(threads, job.batches.count) - 1;
  const pool = workers > 0 ? await import("./threads/worker_pool.ts") : undefined;
  // The main thread starts after it has told the workers to start, which takes them a while.
  const mainThread = Promise.resolve().then(() => hashInMainThread(job));
  await settleAll([mainThread, pool?.hashInWorkers(job, workers, mainThread)], stop);
  job.signal.throwIfAborted();
  await parts?.join(sink);
  if (!sink.complete) throw new Error("a digest is missing: this is a bug in this program");
  return { engine: engine.name, engineReason: reason, bytes: done };
}

function measureTasks(tasks: IndexedList<HashTask>): TasksSize {
  const size = { bytes: 0, largest: 0 };
  for (let index = 0; index < tasks.length; index++) {
    const bytes = taskBytes(tasks.at(index)!);
    size.bytes += bytes;
    size.largest = Math.max(size.largest, bytes);
  }
  return size;
}

/** The number of threads that hash: one, unless there is enough to hash. */
function countThreads(tasks: number, bytes: number, { workers, workersFrom = WORKERS_FROM }: TunedHashOptions): number {
  return bytes + tasks * OPEN_COST >= workersFrom ? Math.max(1, workers ?? navigator.hardwareConcurrency) : 1;
}

/** Cuts large messages into parts where this helps: only our own BLAKE3 can do it, and only other threads gain by it. */
async function splitMessages(
  tasks: IndexedList<HashTask>,
  engine: Engine,
  algorithm: HashAlgorithm,
  threads: number,
): Promise<MessageParts | undefined> {
  if (engine.name !== "wasm" || algorithm !== "blake3" || threads === 1) return undefined;
  const { splitTasks } = await import("./threads/blake3_parts.ts");
  const parts = splitTasks(tasks);
  return parts.tasks.length === tasks.length ? undefined : parts;
}

/** Waits for all threads to end. The first error stops the others. */
async function settleAll(threads: readonly (Promise<void> | undefined)[], stop: AbortController): Promise<void> {
  for (const thread of threads) thread?.catch((error) => stop.abort(error));
  await Promise.allSettled(threads);
}
