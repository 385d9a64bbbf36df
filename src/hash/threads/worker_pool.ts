/** Shares batches out to Web Workers. */
import type { ErrorCode } from "../../error_codes.ts";
import { UnavailableError } from "../../errors.ts";
import { type Batch, type Batches, type Claims, MAIN_THREAD } from "./batches.ts";
import type { DigestSink } from "../../lists/digests.ts";
import type { EngineName, HashAlgorithm } from "../engines/engine.ts";
import { packTasks, type TaskColumns } from "./packed_tasks.ts";
import { BUSY, type SharedState, STOP, type Work } from "./shared_state.ts";
import { WORKER_SOURCE } from "./worker_source.ts";

/** What a worker may be sent first: to load an engine, before it is known what to hash. */
export interface WorkerPreload {
  preload: EngineName;
}

/** The message that a work begins with. */
export interface WorkerSetup {
  engine: EngineName;
  algorithm: HashAlgorithm;
  threads: SharedState;
  claims: Claims;
  /** The worker's number in `claims`. */
  thread: number;
}

/** Each further message to a worker: the tasks of a batch. */
export interface WorkerBatch {
  number: number;
  tasks: TaskColumns;
}

/**
 * What a worker says: bytes hashed since the last time, the digests of a batch or that another thread has claimed it; or
 * why it gave up.
 */
export type WorkerAnswer =
  | { bytes: number; number?: number; digests?: Uint8Array }
  | { code: ErrorCode; message: string };

let early: Worker | undefined;

/**
 * Starts a worker before there is anything to hash, for the first work that needs one. To start takes a worker some 35 ms,
 * in which the program can load its other modules and check a signature.
 *
 * @param engine The engine that it is to load meanwhile.
 */
export function startEarly(engine: EngineName): void {
  early = startWorker();
  early.postMessage({ preload: engine } satisfies WorkerPreload);
}

function takeEarly(): Worker | undefined {
  const taken = early;
  early = undefined;
  return taken;
}

function startWorker(): Worker {
  // From text: a worker that is started from a file needs permission to read the program itself.
  program ??= URL.createObjectURL(new Blob([WORKER_SOURCE], { type: "text/javascript" }));
  return new Worker(program, { type: "module" });
}

let program: string | undefined;

/**
 * Has workers take batches until there are none. However this ends, the workers have ended.
 *
 * @param count How many workers.
 * @param batches Where to take them from.
 * @param digests Where to put the digests.
 * @param work What hashes.
 * @param here Fulfilled once this thread has nothing left to do: workers that have begun nothing are not waited for then.
 * @param signal Ends the work at once.
 * @throws {UnavailableError} With the first worker's error.
 */
export async function hashInWorkers(
  count: number,
  batches: Batches,
  digests: DigestSink,
  work: Work,
  here: Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const stop = new AbortController();
  const ended = AbortSignal.any([signal, stop.signal]);
  const run = (_: unknown, i: number): Promise<void> =>
    runWorker(MAIN_THREAD + 1 + i, batches, digests, work, here, ended);
  try {
    await Promise.all(Array.from({ length: count }, run));
  } finally {
    stop.abort();
    Atomics.store(work.threads, STOP, 1);
  }
}

/** Feeds one worker until there are no batches left. */
async function runWorker(
  thread: number,
  batches: Batches,
  digests: DigestSink,
  { engine, algorithm, onBytes, threads }: Work,
  here: Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const worker = takeEarly() ?? startWorker();
  Atomics.add(threads, BUSY, 1); // to start takes a processor too
  const { claims } = batches;
  let hasEnded = false;
  try {
    await new Promise<void>((resolve, reject) => {
      const has = new Map<number, Batch>();
      here.then(() => !batches.hasBegun(thread, has.keys()) && resolve(), () => {});
      const giveMore = (): void => {
        for (let batch = batches.give(thread, has); batch !== undefined; batch = batches.give(thread, has)) {
          const { number } = batch;
          has.set(number, batch);
          worker.postMessage({ number, tasks: packTasks(batches.tasksOf(batch)) } satisfies WorkerBatch);
        }
        if (has.size === 0) resolve();
      };
      worker.onmessage = ({ data }: MessageEvent<WorkerAnswer>): void => {
        if ("code" in data) return reject(new UnavailableError(data.code, data.message));
        try {
          onBytes(data.bytes);
        } catch (error) {
          return reject(error); // From the caller's callback: thrown here it would end the process.
        }
        if (data.number === undefined) return;
        if (data.digests !== undefined) digests.put(has.get(data.number)!.from, data.digests);
        has.delete(data.number);
        giveMore();
      };
      worker.onerror = (event): void => {
        event.preventDefault();
        reject(new UnavailableError("WORKER", `Cannot hash with a worker: ${event.message}`));
      };
      batches.onTakenAway(() => !hasEnded && giveMore());
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      signal.throwIfAborted();
      worker.postMessage({ engine: engine.name, algorithm, threads, claims, thread } satisfies WorkerSetup);
      giveMore();
    });
  } finally {
    hasEnded = true;
    worker.terminate();
    Atomics.sub(threads, BUSY, 1);
  }
}
