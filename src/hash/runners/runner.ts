/** The interface of runners: they hash tasks inside one thread. */
import type { Digests } from "../../lists/digests.ts";
import type { IndexedList } from "../../lists/indexed_list.ts";
import type { HashAlgorithm } from "../engines/engine.ts";
import type { HashTask } from "../tasks/hash_task.ts";

/** Takes batches of tasks and hashes them step by step. */
export interface Runner extends Disposable {
  /**
   * Appends a batch to the queue. `done` is called with its digests once all are computed. `begin` is called before the
   * first task is started: if it returns `false`, the batch is dropped.
   */
  add(tasks: IndexedList<HashTask>, done: (digests: Digests) => void, begin?: () => boolean): void;
  /**
   * Does the next piece of work: one large task, several small ones, or one buffer of every task that runs side by side.
   *
   * @throws {UnavailableError} If a file cannot be read or has changed.
   */
  step(): Promise<void>;
  /** Whether there is more to do. Tasks may be added during a step, so read it right before it is needed. */
  readonly hasWork: boolean;
  /** Whether it could run more tasks at once than it has. */
  readonly idle: boolean;
}

/** What a runner needs to know of its thread. */
export interface RunnerContext {
  readonly algorithm: HashAlgorithm;
  /** Called with the number of bytes just hashed. An exception ends the work. */
  readonly onBytes: (count: number) => void;
  /** Whether fewer threads hash than there are processors, so that reading ahead slows none of them down. */
  readonly isProcessorFree: () => boolean;
  /** Called and awaited regularly during large tasks, so that the thread can do something else. */
  readonly pause?: () => Promise<void>;
}
