/** Cuts a list of tasks into batches: a large task on its own, small ones together, so that threads send few messages. */
import type { IndexedList } from "../../lists/indexed_list.ts";
import { type HashTask, taskBytes } from "../tasks/hash_task.ts";

/** Consecutive tasks that one thread hashes. */
export interface Batch {
  /** Identifies the batch in all threads. */
  readonly number: number;
  /** Index of the first task. */
  readonly from: number;
  /** Index after the last task. */
  readonly to: number;
  readonly bytes: number;
}

/** A batch ends when it reaches this many bytes … */
const BATCH_BYTES = 8 * 1024 * 1024;

/** … or this many tasks. */
const BATCH_TASKS = 512;

type Range = Omit<Batch, "number">;

/**
 * Cuts tasks into batches. Large tasks come first, the largest one before all others, so that the last batch to end is a
 * small one. The small tasks follow in their order, which is likely to be the order on a disk.
 */
export function cutBatches(tasks: IndexedList<HashTask>): Batch[] {
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
  large.sort((a, b) => b.bytes - a.bytes || a.from - b.from);
  return [...large, ...small].map((range, number) => ({ ...range, number }));
}

/** Whether a batch is one large task. */
export function isLarge({ from, to, bytes }: Batch): boolean {
  return bytes >= BATCH_BYTES && to - from === 1;
}
