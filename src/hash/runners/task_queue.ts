/** The queue of a runner. */
import { Digests } from "../../lists/digests.ts";
import type { IndexedList } from "../../lists/indexed_list.ts";
import { DIGEST_BYTES, type HashAlgorithm } from "../engines/engine.ts";
import type { HashTask } from "../tasks/hash_task.ts";
import type { Runner } from "./runner.ts";

/** A batch that still lacks digests. */
interface QueuedBatch {
  tasks: IndexedList<HashTask>;
  digests: Digests;
  done: (digests: Digests) => void;
  begin: () => boolean;
}

/** A task that a runner has started. */
export interface StartedTask {
  readonly task: HashTask;
  /** Hands in the digest. After the last digest of a batch, the batch is done. */
  readonly finish: (digest: Uint8Array) => void;
}

/** Batches that are not started or not done. */
export class TaskQueue {
  readonly #digestBytes: number;
  readonly #batches: QueuedBatch[] = [];
  /** Index of the next task in the first batch. */
  #next = 0;

  constructor(algorithm: HashAlgorithm) {
    this.#digestBytes = DIGEST_BYTES[algorithm];
  }

  add(...[tasks, done, begin = (): boolean => true]: Parameters<Runner["add"]>): void {
    const digests = new Digests(this.#digestBytes, tasks.length);
    if (tasks.length === 0) return done(digests);
    this.#batches.push({ tasks, digests, done, begin });
  }

  get empty(): boolean {
    return this.#batches.length === 0;
  }

  /** Takes the next task off the queue. */
  take(): StartedTask | undefined {
    while (this.#next === 0 && this.#batches[0]?.begin() === false) this.#batches.shift();
    const batch = this.#batches[0];
    if (batch === undefined) return undefined;
    const index = this.#next++;
    if (this.#next === batch.tasks.length) {
      this.#batches.shift();
      this.#next = 0;
    }
    const finish = (digest: Uint8Array): void => {
      batch.digests.put(index, digest);
      if (batch.digests.complete) batch.done(batch.digests);
    };
    return { task: batch.tasks.at(index)!, finish };
  }

  /** The next task, if it belongs to the batch that was started. */
  get next(): HashTask | undefined {
    return this.#next === 0 ? undefined : this.#batches[0]?.tasks.at(this.#next);
  }

  /** The next tasks of the first batch. */
  peek(count: number): readonly HashTask[] {
    const tasks = this.#batches[0]?.tasks;
    const available = Math.min(count, (tasks?.length ?? 0) - this.#next);
    return Array.from({ length: Math.max(0, available) }, (_, i) => tasks!.at(this.#next + i)!);
  }
}
