/** The messages between the main thread and a worker. */
import type { ErrorCode } from "../../error_codes.ts";
import type { EngineName, HashAlgorithm } from "../engines/engine.ts";
import type { TaskColumns } from "../tasks/packed_tasks.ts";
import type { Claims } from "./claims.ts";
import type { ThreadMemory } from "./running_threads.ts";

/** Load an engine; it is not known yet what to hash. May precede the setup. */
export interface WorkerPreload {
  preload: EngineName;
}

/** Prepare for a job. */
export interface WorkerSetup {
  engine: EngineName;
  algorithm: HashAlgorithm;
  threads: ThreadMemory;
  claims: Claims;
  /** The number of the worker in `claims`. */
  thread: number;
}

/** Hash a batch. */
export interface WorkerBatch {
  number: number;
  tasks: TaskColumns;
}

/**
 * The answers of a worker: bytes hashed since the last answer, with the number and the digests of a batch that is done, or
 * with the number alone if another thread has claimed the batch; or the error that ended the worker.
 */
export type WorkerAnswer =
  | { bytes: number; number?: number; digests?: Uint8Array }
  | { code: ErrorCode; message: string };
