/** What the threads of one work share. */
import type { Engine, HashAlgorithm } from "../engines/engine.ts";

/** What hashes, and who is told of it. */
export interface Work {
  readonly engine: Engine;
  readonly algorithm: HashAlgorithm;
  /** Called with the number of bytes just hashed. */
  readonly onBytes: (count: number) => void;
  readonly threads: SharedState;
}

/** Cost in bytes from which a worker pays: while it starts, one thread hashes as many. */
export const WORKERS_FROM = 64 * 1024 * 1024;

/** Numbers that all threads see. */
export type SharedState = Int32Array<SharedArrayBuffer>;

/** At this index: not 0 once workers are to stop. `terminate()` does not reach one that hashes, perhaps for minutes. */
export const STOP = 0;

/** At this index: how many threads have something to hash. */
export const BUSY = 1;

/** Makes what threads share. */
export function makeSharedState(): SharedState {
  return new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT));
}

let processors: number | undefined;

/** The number of processors, asked for once and when it is needed: the system has to count them anew each time. */
export function countProcessors(): number {
  return processors ??= navigator.hardwareConcurrency;
}

/** Whether fewer threads hash than there are processors. */
export function isProcessorFree(state: SharedState): boolean {
  return Atomics.load(state, BUSY) < countProcessors();
}
