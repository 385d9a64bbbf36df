/** The work-stealing queue of hash batches. */
import type { IndexedList } from "../../lists/indexed_list.ts";
import { LazyList } from "../../lists/lazy_list.ts";
import type { HashTask } from "../tasks/hash_task.ts";
import { claim, claimedBy, type Claims, MAIN_THREAD, makeClaims } from "./claims.ts";
import { type Batch, cutBatches, isLarge } from "./cut_batches.ts";

/** Maximum batches assigned to one worker, running or queued. The main thread can take 24 ms to send the next one. */
const MAX_ASSIGNED = 4;

/**
 * The batches of one job. Workers are assigned several batches at once, so that they do not wait for messages; a thread
 * claims a batch when it starts it, so that an idle thread can steal what is queued at another.
 */
export class BatchQueue {
  /** Batches assigned to no thread; the next one is at the end. */
  readonly #waiting: Batch[];
  /** Batches assigned to workers. Some are not started. */
  readonly #assigned: Batch[] = [];
  readonly #onStolen: (() => void)[] = [];
  readonly #tasks: IndexedList<HashTask>;
  /** How many large batches a thread may have at once, if it runs tasks side by side. */
  readonly #maxLarge: number;
  /** The number of batches at the start. */
  readonly count: number;
  /** Which thread has started which batch. */
  readonly claims: Claims;

  /**
   * Cuts tasks into batches.
   *
   * @param tasks All tasks.
   * @param threads Number of threads that take batches.
   * @param sideBySide Number of tasks that a thread runs side by side.
   */
  constructor(tasks: IndexedList<HashTask>, threads: number, sideBySide: number) {
    this.#waiting = cutBatches(tasks).reverse();
    this.#tasks = tasks;
    this.count = this.#waiting.length;
    this.claims = makeClaims(this.count);
    // A thread that runs several side by side takes no more than its share.
    const large = this.#waiting.filter(isLarge).length;
    this.#maxLarge = sideBySide === 1 ? Infinity : Math.min(sideBySide, Math.ceil(large / threads));
  }

  /**
   * Claims the next batch for the main thread.
   *
   * @param active Number of batches that the main thread has started and not finished.
   * @returns The batch, to be started at once, or `undefined` if there is none for it now.
   */
  take(active: number): Batch | undefined {
    for (;;) {
      const next = this.#largestFree();
      if (next === undefined || (isLarge(next) && active >= this.#maxLarge)) return undefined;
      const isWaiting = this.#waiting.at(-1) === next;
      if (isWaiting) this.#waiting.pop();
      const isClaimed = claim(this.claims, next.number, MAIN_THREAD);
      if (!isWaiting) this.#onStolen.forEach((assignMore) => assignMore());
      if (isClaimed) return next;
    }
  }

  /**
   * Assigns the next batch to a worker, which may find that another thread has claimed it in the meantime.
   *
   * @param thread The number of the worker.
   * @param assigned The batches that it was assigned and has not answered, by number.
   * @returns The batch, or `undefined` if the worker has enough for now.
   */
  assign(thread: number, assigned: ReadonlyMap<number, unknown>): Batch | undefined {
    const next = this.#waiting.at(-1) ??
      this.#assigned.find((batch) => !assigned.has(batch.number) && this.#isFree(batch));
    if (next === undefined) return undefined;
    const count = Iterator.from(assigned.keys()).filter((number) => this.#isOpenTo(thread, number)).toArray().length;
    if (count >= (isLarge(next) ? Math.min(this.#maxLarge, MAX_ASSIGNED) : MAX_ASSIGNED)) return undefined;
    if (this.#waiting.at(-1) === next) this.#assigned.push(this.#waiting.pop()!);
    return next;
  }

  /** Registers a function to be called whenever the main thread steals a batch from a worker. */
  onStolen(assignMore: () => void): void {
    this.#onStolen.push(assignMore);
  }

  /** The next waiting batch; but a larger, large batch queued at a worker is stolen first, as it would end last. */
  #largestFree(): Batch | undefined {
    while (this.#assigned.length > 0 && !this.#isFree(this.#assigned[0]!)) this.#assigned.shift();
    const waiting = this.#waiting.at(-1);
    const assigned = this.#assigned.find((batch) => this.#isFree(batch));
    if (waiting === undefined || assigned === undefined) return waiting ?? assigned;
    return isLarge(assigned) && assigned.bytes > waiting.bytes ? assigned : waiting;
  }

  #isOpenTo(thread: number, number: number): boolean {
    const claimed = claimedBy(this.claims, number);
    return claimed === 0 || claimed === thread;
  }

  #isFree({ number }: Batch): boolean {
    return claimedBy(this.claims, number) === 0;
  }

  /** Whether a thread has started one of the batches. */
  hasStarted(thread: number, numbers: Iterable<number>): boolean {
    return Iterator.from(numbers).some((number) => claimedBy(this.claims, number) === thread);
  }

  /** The tasks of a batch, each created on demand. */
  tasksOf({ from, to }: Batch): IndexedList<HashTask> {
    return new LazyList(to - from, (index) => this.#tasks.at(from + index)!);
  }
}
