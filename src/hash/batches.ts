/** Cuts tasks into batches: large tasks by themselves, small ones together, so that few messages go between threads. */
import { type HashTask, taskBytes, type Tasks } from "./task.ts";

/** Tasks that stand next to each other. */
export interface Batch {
  /** Index of the first. */
  readonly from: number;
  /** Index behind the last. */
  readonly to: number;
  readonly bytes: number;
}

/** A batch ends at this many bytes … */
const BATCH_BYTES = 8 * 1024 * 1024;

/** … or at this many tasks. */
const BATCH_TASKS = 512;

/** How many small batches a thread has: while it hashes one others lie ready, so that it never waits for an answer. */
const SMALL_AHEAD = 3;

/** A large batch of no more bytes is done before the thread that gives batches out has had its turn twice. */
const SOON_DONE_BYTES = 64 * 1024 * 1024;

/** The batches that no thread has taken yet. */
export class Batches {
  /** The next to take stands at the end. */
  readonly #waiting: Batch[];
  readonly #tasks: Tasks;
  readonly #threads: number;
  /** How many large batches a thread may have at once. */
  readonly #largeAhead: number;
  /** How many there were. */
  readonly count: number;

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
    this.#waiting = [...large, ...small].reverse();
    this.#tasks = tasks;
    this.#threads = threads;
    this.count = this.#waiting.length;
    // One, as it must not be kept from a thread that has none; of what runs side by side a share of them all.
    this.#largeAhead = Math.max(1, Math.min(sideBySide, Math.ceil(large.length / threads)));
  }

  /**
   * Takes the next batch out, unless the thread has enough for now.
   *
   * @param has How many batches the thread has that are not done.
   * @returns The batch, or `undefined`.
   */
  take(has: number): Batch | undefined {
    const next = this.#waiting.at(-1);
    if (next === undefined || has >= this.#mostOf(next)) return undefined;
    return this.#waiting.pop();
  }

  /** Where there are plenty of those that are soon done, one more of them keeps none from a thread that has none. */
  #mostOf(next: Batch): number {
    const isPlenty = next.bytes <= SOON_DONE_BYTES && this.#waiting.length > 2 * this.#threads;
    return isLarge(next) && !isPlenty ? this.#largeAhead : SMALL_AHEAD;
  }

  /** The tasks of a batch. */
  tasksOf({ from, to }: Batch): HashTask[] {
    return Array.from({ length: to - from }, (_, i) => this.#tasks.at(from + i)!);
  }
}

function isLarge({ from, to, bytes }: Batch): boolean {
  return bytes >= BATCH_BYTES && to - from === 1;
}

function cut(tasks: Tasks): { large: Batch[]; small: Batch[] } {
  const large: Batch[] = [];
  const small: Batch[] = [];
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
