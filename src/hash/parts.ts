/** Cuts large messages into parts that are hashed independently and joined later, as the tree of BLAKE3 allows. */
import { Digests } from "./digests.ts";
import type { HashTask, Tasks } from "./task.ts";

/** A part's size in bytes, a power of two of chunks: 16 MiB, so that the last worker to end is not long alone. */
const PART_BYTES = 16 * 1024 * 1024;

const CHUNK_BYTES = 1024;

/** Tasks, those that are parts of one message next to each other. */
export interface Parts {
  tasks: HashTask[];
  /** For each of the tasks that were cut, in their order, of how many parts it is now: 1 if it was not cut. */
  counts: number[];
}

/**
 * Cuts all tasks that are larger than a part.
 *
 * @param tasks Tasks for BLAKE3 without a prefix, which no form with BLAKE3 has.
 * @param partBytes Size of a part, 1024 times a power of two.
 * @returns The tasks in their order, or in place of one its parts in their order.
 */
export function splitTasks(tasks: Tasks, partBytes: number = PART_BYTES): Parts {
  const parts: Parts = { tasks: [], counts: [] };
  for (let index = 0; index < tasks.length; index++) {
    const cuts = split(tasks.at(index)!, partBytes);
    for (const cut of cuts) parts.tasks.push(cut);
    parts.counts.push(cuts.length);
  }
  return parts;
}

function split(task: HashTask, partBytes: number): HashTask[] {
  const { file, start, end, prefix } = task;
  if (end - start <= partBytes || prefix !== undefined) return [task];
  return Array.from({ length: Math.ceil((end - start) / partBytes) }, (_, i) => {
    const from = start + i * partBytes;
    return { file, start: from, end: Math.min(from + partBytes, end), part: i * partBytes / CHUNK_BYTES };
  });
}

/**
 * Joins the digests of parts.
 *
 * @param parts What was cut.
 * @param digests The digests of its tasks.
 * @returns The digests of the tasks as they were before.
 */
export async function joinDigests({ counts }: Parts, digests: Digests): Promise<Digests> {
  if (counts.length === digests.length) return digests;
  const { blake3Lanes } = await import("./blake3_lanes.ts");
  const lanes = await blake3Lanes();
  const joined = new Digests("blake3", counts.length);
  let next = 0;
  for (const [i, count] of counts.entries()) {
    const of = Array.from({ length: count }, () => digests.at(next++));
    joined.put(i, count === 1 ? of[0]! : lanes.joinParts(of));
  }
  return joined;
}
