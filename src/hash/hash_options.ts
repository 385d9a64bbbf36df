/** Options for how to hash. */
import type { EngineChoice } from "./engines/choose.ts";
import type { StartedWorker } from "./threads/started_worker.ts";

/** Options for how to hash. None of them changes a digest. */
export interface HashOptions {
  /**
   * Which implementation hashes.
   * @default {"auto"}
   */
  engine?: EngineChoice;
  /**
   * Maximum number of threads; by default the number of processors. The calling thread is one of them: it hashes for some
   * 24 ms at a time, and then serves the event loop. The others are Web Workers, which are started where they pay.
   */
  workers?: number;
  /** Called regularly with the bytes hashed so far and the total. */
  onProgress?: (done: number, total: number) => void;
  /** A worker that is running already, from {@linkcode startWorker}. */
  startedWorker?: StartedWorker;
  /** Ends the work: the operation rejects with the reason of the signal. */
  signal?: AbortSignal;
}

/** Options for how to hash, with the thresholds that tests and benchmarks change. */
export interface TunedHashOptions extends HashOptions {
  /** Cost in bytes from which workers are started; by default {@linkcode WORKERS_FROM}. */
  workersFrom?: number;
  /** Bytes from which `auto` measures which engine is the fastest; by default 256 MiB. */
  measureFrom?: number;
}

/** Cost in bytes from which a worker pays: one thread hashes this much while a worker starts. */
export const WORKERS_FROM = 64 * 1024 * 1024;
