/** The tasks that a runner still has to do. */
import { Digests } from "../../lists/digests.ts";
import type { HashAlgorithm } from "../engines/engine.ts";
import type { HashTask, Tasks } from "../task.ts";

/** A batch whose digests are not all there yet. */
interface Batch {
  tasks: Tasks;
  digests: Digests;
  done: (digests: Digests) => void;
  begin: () => boolean;
}

/** A task, and where its digest belongs. */
export interface Place {
  batch: Batch;
  index: number;
  task: HashTask;
}

/** The batches that are not begun or not done. */
export class Queue {
  readonly #algorithm: HashAlgorithm;
  readonly #batches: Batch[] = [];
  #next = 0;

  constructor(algorithm: HashAlgorithm) {
    this.#algorithm = algorithm;
  }

  add(tasks: Tasks, done: (digests: Digests) => void, begin: () => boolean = () => true): void {
    const digests = new Digests(this.#algorithm, tasks.length);
    if (tasks.length === 0) return done(digests);
    this.#batches.push({ tasks, digests, done, begin });
  }

  get empty(): boolean {
    return this.#batches.length === 0;
  }

  /** Takes the next task out. */
  take(): Place | undefined {
    while (this.#next === 0 && this.#batches[0]?.begin() === false) this.#batches.shift();
    const batch = this.#batches[0];
    if (batch === undefined) return undefined;
    const index = this.#next++;
    if (this.#next === batch.tasks.length) {
      this.#batches.shift();
      this.#next = 0;
    }
    return { batch, index, task: batch.tasks.at(index)! };
  }

  /** The task that comes next, unless it is of another batch. */
  get next(): HashTask | undefined {
    return this.#next === 0 ? undefined : this.#batches[0]?.tasks.at(this.#next);
  }

  /** The tasks that come next in the batch at hand. */
  ahead(count: number): readonly HashTask[] {
    const tasks = this.#batches[0]?.tasks;
    const most = Math.min(count, (tasks?.length ?? 0) - this.#next);
    return Array.from({ length: Math.max(0, most) }, (_, i) => tasks!.at(this.#next + i)!);
  }
}

/** Puts a digest in its place. */
export function put({ batch, index }: Place, digest: Uint8Array): void {
  batch.digests.put(index, digest);
  if (batch.digests.complete) batch.done(batch.digests);
}
