/** Cuts large messages into parts that threads hash independently and that are joined later (BLAKE3 §5.3). */
import { Digests, type DigestSink } from "../../lists/digests.ts";
import type { IndexedList } from "../../lists/indexed_list.ts";
import { LazyList } from "../../lists/lazy_list.ts";
import { lastNotAbove, prefixSums } from "../../lists/prefix_sums.ts";
import { DIGEST_BYTES } from "../engines/engine.ts";
import { type HashTask, taskBytes } from "../tasks/hash_task.ts";

/** Size of a part in bytes, a power of two of chunks: 16 MiB, so that the last thread to end is not alone for long. */
const PART_BYTES = 16 * 1024 * 1024;

const CHUNK_BYTES = 1024;

/** Tasks for parts of messages, and their digests. The parts of one message are consecutive. */
export class MessageParts {
  readonly tasks: IndexedList<HashTask>;
  /** Receives the digests of the parts. */
  readonly digests: Digests;
  /** For each message the index of its first part, followed by the number of parts. */
  readonly first: Uint32Array;

  constructor(tasks: IndexedList<HashTask>, first: Uint32Array) {
    this.tasks = tasks;
    this.digests = new Digests(DIGEST_BYTES.blake3, tasks.length);
    this.first = first;
  }

  /**
   * Joins the digests of the parts, once all are computed.
   *
   * @param sink Receives the digests of the messages.
   */
  async join(sink: DigestSink): Promise<void> {
    const { blake3Lanes } = await import("../engines/blake3_lanes.ts");
    const lanes = await blake3Lanes();
    for (let index = 0; index + 1 < this.first.length; index++) {
      const [from, to] = [this.first[index]!, this.first[index + 1]!];
      const parts = Array.from({ length: to - from }, (_, i) => this.digests.at(from + i));
      sink.put(index, parts.length === 1 ? parts[0]! : lanes.joinParts(parts));
    }
  }
}

/**
 * Cuts all tasks that are larger than a part.
 *
 * @param tasks Tasks for BLAKE3. Those with a prefix, which no serialization with BLAKE3 has, are not cut.
 * @param partBytes Size of a part, 1024 times a power of two.
 * @returns The tasks in their order, each large one replaced by its parts.
 */
export function splitTasks(tasks: IndexedList<HashTask>, partBytes: number = PART_BYTES): MessageParts {
  const first = prefixSums(tasks.length, (index) => countParts(tasks.at(index)!, partBytes));
  let last: { index: number; task: HashTask } | undefined;
  const part = (number: number): HashTask => {
    const index = lastNotAbove(first, number);
    // Parts of one task share its file object: that tells their reader that the file is open already.
    if (last?.index !== index) last = { index, task: tasks.at(index)! };
    return cutPart(last.task, number - first[index]!, partBytes);
  };
  return new MessageParts(new LazyList(first.at(-1)!, part), first);
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
