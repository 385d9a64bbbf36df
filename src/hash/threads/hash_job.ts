/** One call of `hashAll`, as all its threads see it. */
import type { DigestSink } from "../../lists/digests.ts";
import type { Engine, HashAlgorithm } from "../engines/engine.ts";
import type { BatchQueue } from "./batch_queue.ts";
import type { RunningThreads } from "./running_threads.ts";
import type { StartedWorker } from "./started_worker.ts";

/** What to hash, with what, and where the results go. */
export interface HashJob {
  readonly batches: BatchQueue;
  readonly engine: Engine;
  readonly algorithm: HashAlgorithm;
  /** Receives the digests. */
  readonly sink: DigestSink;
  /** Called with the number of bytes just hashed. */
  readonly onBytes: (count: number) => void;
  readonly threads: RunningThreads;
  /** A worker that is running already. */
  readonly startedWorker: StartedWorker | undefined;
  /** Ends the job. */
  readonly signal: AbortSignal;
}
