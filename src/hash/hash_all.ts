/** Hashes many tasks, with workers or without. */
import { collectAfter } from "../lists/collect_garbage.ts";
import { Batches } from "./threads/batches.ts";
import { chooseEngine, type EngineChoice } from "./engines/choose.ts";
import { Digests, type DigestSink } from "../lists/digests.ts";
import type { Engine, EngineName, HashAlgorithm } from "./engines/engine.ts";
import { MEASURE_FROM, type Measured, measureEngines } from "./engines/measure.ts";
import { hashInMainThread } from "./threads/this_thread.ts";
import { taskBytes, type Tasks } from "./task.ts";
import { countProcessors, makeSharedState, type Work, WORKERS_FROM } from "./threads/shared_state.ts";

/** How to hash. */
export interface HashOptions {
  algorithm: HashAlgorithm;
  engine?: EngineChoice;
  /** How many threads hash at the most, this one included; by default the number of processors. */
  workers?: number;
  /** Cost in bytes from which another thread pays; by default 64 MiB. */
  workersFrom?: number;
  /** Bytes from which `auto` measures which engine is the fastest; by default 256 MiB. */
  measureFrom?: number;
  /** Called now and then with the bytes done so far and the bytes there are. */
  onProgress?: (done: number, total: number) => void;
  signal?: AbortSignal;
}

/** What was hashed, and by what. */
export interface HashResult {
  /** Bytes hashed. */
  bytes: number;
  engine: EngineName;
  /** Why that engine, in words. */
  why: string;
}

/** Opening a file takes about as long as hashing this many bytes. */
const OPEN_COST = 16 * 1024;

/**
 * Runs all tasks and keeps their digests.
 *
 * @param tasks What to hash.
 * @param options How.
 * @returns The digests, in the order of the tasks.
 * @throws {UnavailableError} If a file cannot be read or changes meanwhile.
 */
export async function hashAll(tasks: Tasks, options: HashOptions): Promise<HashResult & { digests: Digests }> {
  const digests = new Digests(options.algorithm, tasks.length);
  return { digests, ...await hashInto(digests, tasks, options) };
}

/**
 * Runs all tasks, in this thread and, where it pays, in Web Workers beside it. Memory is bounded by threads × buffers,
 * whatever the size of the files.
 *
 * @param sink Gets the digest of each task by the task's index, and nothing else.
 * @param tasks What to hash.
 * @param options How.
 * @throws {UnavailableError} If a file cannot be read or changes meanwhile.
 */
export async function hashInto(sink: DigestSink, tasks: Tasks, options: HashOptions): Promise<HashResult> {
  options.signal?.throwIfAborted();
  collectAfter(tasks.length); // to find them
  const size = measureTasks(tasks);
  const wanted = options.workers ?? countProcessors();
  const pays = size.bytes + tasks.length * OPEN_COST >= (options.workersFrom ?? WORKERS_FROM);
  const threads = pays ? Math.max(1, wanted) : 1;
  const { engine, why } = await choose(size, threads, options);
  let done = 0;
  const onBytes = (count: number): void => {
    done += count;
    options.onProgress?.(done, size.bytes);
  };
  const work = { engine, algorithm: options.algorithm, onBytes, threads: makeSharedState() };
  await hashInThreads(sink, tasks, threads, work, options.signal);
  return { bytes: done, engine: engine.name, why };
}

/** What there is to hash. */
interface TasksSize {
  bytes: number;
  /** Bytes of the largest task. */
  largest: number;
}

function measureTasks(tasks: Tasks): TasksSize {
  const size = { bytes: 0, largest: 0 };
  for (let index = 0; index < tasks.length; index++) {
    const bytes = taskBytes(tasks.at(index)!);
    size.bytes += bytes;
    size.largest = Math.max(size.largest, bytes);
  }
  return size;
}

/** Chooses the engine, and says why. */
async function choose(
  { bytes, largest }: TasksSize,
  threads: number,
  { engine: choice = "auto", algorithm, measureFrom = MEASURE_FROM }: HashOptions,
): Promise<{ engine: Engine; why: string }> {
  const measured = choice === "auto" && bytes >= measureFrom
    ? await measureEngines(algorithm, Math.max(1, Math.floor(bytes / largest / threads)))
    : undefined;
  if (measured !== undefined) return { engine: measured.engine, why: `the fastest here: ${ratesInWords(measured)}` };
  const engine = await chooseEngine(choice, algorithm);
  if (choice === engine.name) return { engine, why: "as asked for" };
  return {
    engine,
    why: choice === "auto" ? `the fastest for ${algorithm} as a rule` : `${choice} has no ${algorithm}`,
  };
}

function ratesInWords({ rates }: Measured): string {
  return Object.entries(rates).map(([name, rate]) => `${name} ${(rate / 1e9).toFixed(2)} GB/s`).join(", ");
}

async function hashInThreads(
  sink: DigestSink,
  tasks: Tasks,
  threads: number,
  work: Work,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { engine, algorithm } = work;
  // Only our own BLAKE3 knows of parts, and only other threads can make use of them.
  if (engine.name !== "wasm" || algorithm !== "blake3" || threads === 1) {
    return await shareOut(sink, tasks, threads, work, signal);
  }
  const { joinDigests, splitTasks } = await import("./threads/blake3_parts.ts");
  const parts = splitTasks(tasks);
  if (parts.tasks.length === tasks.length) return await shareOut(sink, tasks, threads, work, signal);
  const digests = new Digests(algorithm, parts.tasks.length);
  await shareOut(digests, parts.tasks, threads, work, signal);
  await joinDigests(parts, digests, sink);
}

/** Hashes in this thread and in workers. However this ends, all of them have ended. */
async function shareOut(
  sink: DigestSink,
  tasks: Tasks,
  threads: number,
  work: Work,
  signal: AbortSignal | undefined,
): Promise<void> {
  const batches = new Batches(tasks, threads, work.engine.sideBySide?.[work.algorithm] ?? 1);
  const stop = new AbortController();
  const ended = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
  const workers = Math.min(threads, batches.count) - 1;
  const pool = workers > 0 ? await import("./threads/worker_pool.ts") : undefined;
  // Not before the workers were told to start, which takes them a while.
  const here = Promise.resolve().then(() => hashInMainThread(batches, sink, work, ended));
  const running = [here, pool?.hashInWorkers(workers, batches, sink, work, here, ended)];
  for (const one of running) one?.catch((error) => stop.abort(error));
  await Promise.allSettled(running);
  ended.throwIfAborted();
  if (!sink.complete) {
    throw new Error("Cannot give the digests: a task was left out, which is an error of this program");
  }
}
