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

/** How many small batches a thread has: while it hashes one the next lies ready, so that it never waits for an answer. */
const SMALL_AHEAD = 2;

/** The batches that no thread has taken yet. */
export class Batches {
  /** The next to take stands at the end. */
  readonly #waiting: Batch[];
  readonly #tasks: Tasks;
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
    if (next === undefined || has >= (isLarge(next) ? this.#largeAhead : SMALL_AHEAD)) return undefined;
    return this.#waiting.pop();
  }

  /** Whether all are taken. */
  get empty(): boolean {
    return this.#waiting.length === 0;
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
