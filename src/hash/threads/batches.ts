/** Cuts tasks into batches: large tasks by themselves, small ones together, so that few messages go between threads. */
import { LazyList } from "../../lists/lazy_list.ts";
import { taskBytes, type Tasks } from "../task.ts";

/** Tasks that stand next to each other. */
interface Range {
  /** Index of the first. */
  readonly from: number;
  /** Index behind the last. */
  readonly to: number;
  readonly bytes: number;
}

/** Tasks that are done by one thread. */
export interface Batch extends Range {
  /** By which threads know it. */
  readonly number: number;
}

/** A batch ends at this many bytes … */
const BATCH_BYTES = 8 * 1024 * 1024;

/** … or at this many tasks. */
const BATCH_TASKS = 512;

/** How many batches a worker has at the most, be they begun or lying ready: it waits up to 24 ms for an answer. */
const MOST_AHEAD = 4;

/**
 * The batches of one work. While a worker hashes one, others lie ready there, so that it does not wait for an answer; but
 * whoever begins a batch claims it, so that what lies ready with one thread is taken by another that has none.
 */
export class Batches {
  /** Those that no thread has; the next to take stands at the end. */
  readonly #waiting: Batch[];
  /** Those that workers have, of which some are not begun. */
  readonly #given: Batch[] = [];
  readonly #onTakenAway: (() => void)[] = [];
  readonly #tasks: Tasks;
  /** How many large batches a thread may have at once, if what they hold runs side by side. */
  readonly #largeAtOnce: number;
  /** How many there were. */
  readonly count: number;
  /** Of each batch, by its number, which thread has begun it. */
  readonly claims: Claims;

  /**
   * Cuts tasks into batches. Large ones come first, the largest before all: whoever takes the last batch then has little
   * left to do alone. The small ones follow in their order, in which a disk is likely to hold them.
   *
   * @param tasks All tasks.
   * @param threads How many threads take from them.
   * @param sideBySide How many tasks a thread runs side by side.
   */
  constructor(tasks: Tasks, threads: number, sideBySide: number) {
    const { large, small } = cut(tasks);
    this.#waiting = [...large, ...small].map((batch, number) => ({ ...batch, number })).reverse();
    this.#tasks = tasks;
    this.count = this.#waiting.length;
    this.claims = new Int32Array(new SharedArrayBuffer(this.count * Int32Array.BYTES_PER_ELEMENT));
    // Of what runs side by side a share of them all.
    this.#largeAtOnce = sideBySide === 1 ? Infinity : Math.min(sideBySide, Math.ceil(large.length / threads));
  }

  /**
   * Claims the next batch for the thread that calls.
   *
   * @param has How many batches it has that are not done.
   * @returns The batch, to be begun at once, or `undefined` if there is none for it now.
   */
  take(has: number): Batch | undefined {
    for (;;) {
      const next = this.#largestFree();
      if (next === undefined || (isLarge(next) && has >= this.#largeAtOnce)) return undefined;
      const isWaiting = this.#waiting.at(-1) === next;
      if (isWaiting) this.#waiting.pop();
      const isOurs = claim(this.claims, next.number, MAIN_THREAD);
      if (!isWaiting) this.#onTakenAway.forEach((giveMore) => giveMore());
      if (isOurs) return next;
    }
  }

  /**
   * The next batch for a worker, which may find that another thread has claimed it meanwhile.
   *
   * @param thread The worker.
   * @param has The batches that it was given and has not answered, by number.
   * @returns The batch, or `undefined` if the worker has enough for now.
   */
  give(thread: number, has: ReadonlyMap<number, unknown>): Batch | undefined {
    const next = this.#waiting.at(-1) ?? this.#given.find((batch) => !has.has(batch.number) && this.#isFree(batch));
    if (next === undefined) return undefined;
    const count = Iterator.from(has.keys()).filter((number) => this.#isFor(thread, number)).toArray().length;
    if (count >= (isLarge(next) ? Math.min(this.#largeAtOnce, MOST_AHEAD) : MOST_AHEAD)) return undefined;
    if (this.#waiting.at(-1) === next) this.#given.push(this.#waiting.pop()!);
    return next;
  }

  /** Calls a function each time that a batch which was given to a worker is taken away by the thread that calls. */
  onTakenAway(giveMore: () => void): void {
    this.#onTakenAway.push(giveMore);
  }

  /** The next that waits; but a large one that lies ready with a worker if it is larger, since it would be the last to end. */
  #largestFree(): Batch | undefined {
    while (this.#given.length > 0 && !this.#isFree(this.#given[0]!)) this.#given.shift();
    const waiting = this.#waiting.at(-1);
    const given = this.#given.find((batch) => this.#isFree(batch));
    if (waiting === undefined || given === undefined) return waiting ?? given;
    return isLarge(given) && given.bytes > waiting.bytes ? given : waiting;
  }

  #isFor(thread: number, number: number): boolean {
    const claimed = Atomics.load(this.claims, number);
    return claimed === 0 || claimed === thread;
  }

  #isFree({ number }: Batch): boolean {
    return Atomics.load(this.claims, number) === 0;
  }

  /** Whether a thread has begun one of some batches. */
  hasBegun(thread: number, numbers: Iterable<number>): boolean {
    return Iterator.from(numbers).some((number) => Atomics.load(this.claims, number) === thread);
  }

  /** The tasks of a batch, each made when it is asked for. */
  tasksOf({ from, to }: Batch): Tasks {
    return new LazyList(to - from, (index) => this.#tasks.at(from + index)!);
  }
}

/** For each batch, by number, the thread that has begun it, or 0; in memory that all threads see. */
export type Claims = Int32Array<SharedArrayBuffer>;

/** The thread that calls, in `Claims`; workers have the numbers above. */
export const MAIN_THREAD = 1;

/** Claims a batch, unless another thread has. */
export function claim(claims: Claims, number: number, thread: number): boolean {
  return Atomics.compareExchange(claims, number, 0, thread) === 0;
}

function isLarge({ from, to, bytes }: Range): boolean {
  return bytes >= BATCH_BYTES && to - from === 1;
}

function cut(tasks: Tasks): { large: Range[]; small: Range[] } {
  const large: Range[] = [];
  const small: Range[] = [];
  let [from, bytes] = [0, 0];
  const end = (to: number): void => {
    if (to > from) small.push({ from, to, bytes });
    [from, bytes] = [to, 0];
  };
  for (let index = 0; index < tasks.length; index++) {
    const size = taskBytes(tasks.at(index)!);
    if (size >= BATCH_BYTES) {
      end(index);
      large.push({ from: index, to: index + 1, bytes: size });
      from = index + 1;
      continue;
    }
    bytes += size;
    if (bytes >= BATCH_BYTES || index + 1 - from >= BATCH_TASKS) end(index + 1);
  }
  end(tasks.length);
  return { large: large.sort((a, b) => b.bytes - a.bytes || a.from - b.from), small };
}
