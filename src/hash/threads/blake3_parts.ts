/** Cuts large messages into parts that are hashed independently and joined later, as the tree of BLAKE3 allows. */
import { LazyList } from "../../lists/lazy_list.ts";
import { lastNotAbove, prefixSums } from "../../lists/prefix_sums.ts";
import type { Digests, DigestSink } from "../../lists/digests.ts";
import { type HashTask, taskBytes, type Tasks } from "../task.ts";

/** A part's size in bytes, a power of two of chunks: 16 MiB, so that the last worker to end is not long alone. */
const PART_BYTES = 16 * 1024 * 1024;

const CHUNK_BYTES = 1024;

/** Tasks, those that are parts of one message next to each other. */
export interface Parts {
  readonly tasks: Tasks;
  /** For each of the tasks that were cut the index of its first part, and at the end how many parts there are. */
  readonly first: Uint32Array;
}

/**
 * Cuts all tasks that are larger than a part.
 *
 * @param tasks Tasks for BLAKE3 without a prefix, which no form with BLAKE3 has.
 * @param partBytes Size of a part, 1024 times a power of two.
 * @returns The tasks in their order, or in place of one its parts in their order.
 */
export function splitTasks(tasks: Tasks, partBytes: number = PART_BYTES): Parts {
  const first = prefixSums(tasks.length, (index) => countParts(tasks.at(index)!, partBytes));
  let last: { index: number; task: HashTask } | undefined;
  const part = (number: number): HashTask => {
    const index = lastNotAbove(first, number);
    // Of the same task the same file, which tells whoever reads it that it is open already.
    if (last?.index !== index) last = { index, task: tasks.at(index)! };
    return cutPart(last.task, number - first[index]!, partBytes);
  };
  return { tasks: new LazyList(first.at(-1)!, part), first };
}

function countParts(task: HashTask, partBytes: number): number {
  return task.prefix !== undefined ? 1 : Math.max(1, Math.ceil(taskBytes(task) / partBytes));
}

function cutPart(task: HashTask, number: number, partBytes: number): HashTask {
  if (countParts(task, partBytes) === 1) return task;
  const { file, end } = task;
  const start = task.start + number * partBytes;
  return { file, start, end: Math.min(start + partBytes, end), part: number * partBytes / CHUNK_BYTES };
}

/**
 * Joins the digests of parts.
 *
 * @param parts What was cut.
 * @param digests The digests of its parts.
 * @param sink Gets the digests of the tasks as they were before.
 */
export async function joinDigests({ first }: Parts, digests: Digests, sink: DigestSink): Promise<void> {
  const { blake3Lanes } = await import("../engines/blake3_lanes.ts");
  const lanes = await blake3Lanes();
  for (let index = 0; index + 1 < first.length; index++) {
    const [from, to] = [first[index]!, first[index + 1]!];
    const parts = Array.from({ length: to - from }, (_, i) => digests.at(from + i));
    sink.put(index, parts.length === 1 ? parts[0]! : lanes.joinParts(parts));
  }
}
