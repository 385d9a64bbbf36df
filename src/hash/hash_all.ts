/** Hashes many tasks, with workers or without. */
import { chooseEngine, type EngineChoice } from "./choose.ts";
import type { EngineName, HashAlgorithm } from "./engine.ts";
import type { runPool } from "./pool.ts";
import { BUFFER_BYTES, type HashTask, runTask } from "./task.ts";

/** How to hash. */
export interface HashOptions {
  algorithm: HashAlgorithm;
  engine?: EngineChoice;
  /** How many workers at the most; by default the number of processors. */
  workers?: number;
  /** Cost in bytes from which workers pay; by default 32 MiB. */
  workersFrom?: number;
  /** Called now and then with the bytes done so far and the bytes there are. */
  onProgress?: (done: number, total: number) => void;
  signal?: AbortSignal;
}

/** Digests in the order of the tasks, and what made them. */
export interface HashResult {
  digests: Uint8Array[];
  engine: EngineName;
}

/** Starting a worker takes as long as hashing some 30 MB. */
const WORKERS_FROM = 32 * 1024 * 1024;

/** Opening a file takes about as long as hashing this many bytes. */
const OPEN_COST = 32 * 1024;

/** Without workers, others get a turn after this many bytes. */
const BYTES_PER_TURN = 4 * 1024 * 1024;

/**
 * Runs all tasks. Memory is bounded by workers × buffer, whatever the size of the files.
 *
 * @param tasks What to hash.
 * @param options How.
 * @returns The digests, in the order of the tasks.
 * @throws {UnavailableError} If a file cannot be read or changes meanwhile.
 */
export async function hashAll(tasks: readonly HashTask[], options: HashOptions): Promise<HashResult> {
  options.signal?.throwIfAborted();
  const engine = await chooseEngine(options.engine ?? "auto", options.algorithm);
  const bytes = tasks.reduce((sum, task) => sum + task.end - task.start, 0);
  const progress = { done: 0, total: bytes, report: options.onProgress };
  const add = (count: number): void => {
    progress.done += count;
    progress.report?.(progress.done, progress.total);
  };

  const workers = Math.min(options.workers ?? navigator.hardwareConcurrency, tasks.length);
  const cost = bytes + tasks.length * OPEN_COST;
  const digests = workers < 1 || cost < (options.workersFrom ?? WORKERS_FROM)
    ? await hashHere(tasks, await engine.hasher(options.algorithm), add, options.signal)
    : await hashInPool(
      tasks,
      { workers, engine: engine.name, algorithm: options.algorithm, onBytes: add },
      options.signal,
    );
  return { digests, engine: engine.name };
}

/** The pool is loaded only when it is used: most models are small. */
async function hashInPool(...work: Parameters<typeof runPool>): Promise<Uint8Array[]> {
  return await (await import("./pool.ts")).runPool(...work);
}

async function hashHere(
  tasks: readonly HashTask[],
  hasher: Parameters<typeof runTask>[1],
  onBytes: (count: number) => void,
  signal: AbortSignal | undefined,
): Promise<Uint8Array[]> {
  const buffer = new Uint8Array(BUFFER_BYTES);
  const digests: Uint8Array[] = [];
  let cost = 0;
  for (const task of tasks) {
    digests.push(runTask(task, hasher, buffer, onBytes));
    cost += task.end - task.start + OPEN_COST;
    if (cost >= BYTES_PER_TURN) {
      cost = 0;
      await new Promise((resume) => setTimeout(resume));
      signal?.throwIfAborted();
    }
  }
  signal?.throwIfAborted();
  return digests;
}
