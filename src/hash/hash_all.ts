/** Hashes many tasks, with workers or without. */
import { chooseEngine, type EngineChoice } from "./choose.ts";
import { Digests } from "./digests.ts";
import type { Engine, EngineName, HashAlgorithm } from "./engine.ts";
import { MEASURE_FROM, type Measured, measureEngines } from "./measure.ts";
import { joinDigests, splitTasks } from "./parts.ts";
import { makeRunner } from "./runner.ts";
import type { HashTask } from "./task.ts";

/** How to hash. */
export interface HashOptions {
  algorithm: HashAlgorithm;
  engine?: EngineChoice;
  /** How many workers at the most; by default the number of processors. */
  workers?: number;
  /** Cost in bytes from which workers pay; by default 32 MiB. */
  workersFrom?: number;
  /** Bytes from which `auto` measures which engine is the fastest; by default 256 MiB. */
  measureFrom?: number;
  /** Called now and then with the bytes done so far and the bytes there are. */
  onProgress?: (done: number, total: number) => void;
  signal?: AbortSignal;
}

/** Digests in the order of the tasks, and what made them. */
export interface HashResult {
  digests: Digests;
  engine: EngineName;
  /** Why that engine, in words. */
  why: string;
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
  const bytes = tasks.reduce((sum, task) => sum + task.end - task.start, 0);
  const progress = { done: 0, total: bytes, report: options.onProgress };
  const add = (count: number): void => {
    progress.done += count;
    progress.report?.(progress.done, progress.total);
  };

  const workers = options.workers ?? navigator.hardwareConcurrency;
  const { engine, why } = await choose(tasks, bytes, workers, options);
  const cost = bytes + tasks.length * OPEN_COST;
  const inPool = workers >= 1 && tasks.length > 0 && cost >= (options.workersFrom ?? WORKERS_FROM);
  const work = { engine, algorithm: options.algorithm, onBytes: add };
  const digests = inPool
    ? await hashInPool(tasks, { ...work, workers }, options.signal)
    : await hashHere(tasks, work, options.signal);
  return { digests, engine: engine.name, why };
}

/** Chooses the engine, and says why. */
async function choose(
  tasks: readonly HashTask[],
  bytes: number,
  workers: number,
  { engine: choice = "auto", algorithm, measureFrom = MEASURE_FROM }: HashOptions,
): Promise<{ engine: Engine; why: string }> {
  const measured = choice === "auto" && bytes >= measureFrom
    ? await measureEngines(algorithm, messagesAtOnce(tasks, bytes, workers))
    : undefined;
  if (measured !== undefined) return { engine: measured.engine, why: `the fastest here: ${ratesInWords(measured)}` };
  const engine = await chooseEngine(choice, algorithm);
  if (choice === engine.name) return { engine, why: "as asked for" };
  return {
    engine,
    why: choice === "auto" ? `the fastest for ${algorithm} as a rule` : `${choice} has no ${algorithm}`,
  };
}

/** How many messages of the largest one's size each worker has to hash. */
function messagesAtOnce(tasks: readonly HashTask[], bytes: number, workers: number): number {
  const largest = tasks.reduce((most, task) => Math.max(most, task.end - task.start), 1);
  return Math.max(1, Math.floor(bytes / largest / Math.max(1, workers)));
}

function ratesInWords({ rates }: Measured): string {
  return Object.entries(rates).map(([name, rate]) => `${name} ${(rate / 1e9).toFixed(2)} GB/s`).join(", ");
}

/** What hashes, and what is told of it. */
interface Work {
  engine: Engine;
  algorithm: HashAlgorithm;
  onBytes: (count: number) => void;
}

/** The pool is loaded only when it is used: most models are small. */
async function hashInPool(
  tasks: readonly HashTask[],
  { engine, algorithm, workers, onBytes }: Work & { workers: number },
  signal: AbortSignal | undefined,
): Promise<Digests> {
  const { runPool } = await import("./pool.ts");
  const pool = { workers, engine: engine.name, algorithm, sideBySide: engine.sideBySide?.[algorithm] ?? 1, onBytes };
  // Only our own BLAKE3 knows of parts, and only other workers can make use of them.
  const inParts = engine.name === "wasm" && algorithm === "blake3" && workers > 1;
  if (!inParts) return await runPool(tasks, pool, signal);
  const parts = splitTasks(tasks);
  return await joinDigests(parts, await runPool(parts.tasks, pool, signal));
}

async function hashHere(
  tasks: readonly HashTask[],
  { engine, algorithm, onBytes }: Work,
  signal: AbortSignal | undefined,
): Promise<Digests> {
  let digests = new Digests(algorithm, 0);
  let sinceTurn = 0;
  using runner = await makeRunner(engine, algorithm, (count) => {
    sinceTurn += count;
    onBytes(count);
  });
  runner.add(tasks, (all) => digests = all);
  while (runner.step()) {
    sinceTurn += OPEN_COST;
    if (sinceTurn < BYTES_PER_TURN) continue;
    sinceTurn = 0;
    await new Promise((resume) => setTimeout(resume));
    signal?.throwIfAborted();
  }
  signal?.throwIfAborted();
  return digests;
}
