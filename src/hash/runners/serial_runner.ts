/** Runs one task after another. */
import type { Hasher } from "../engines/engine.ts";
import { type AheadBuffers, LargeReader, makeAheadBuffers } from "./double_buffer.ts";
import { put, Queue } from "./queue.ts";
import { ReadAhead } from "./read_ahead.ts";
import type { Runner, RunnerWork } from "./runner.ts";
import { type HashTask, taskBytes, TaskReader } from "../task.ts";
import { warmUp } from "../warm_up.ts";

/** 256 KiB: the size at which reading from the page cache was fastest. */
export const BUFFER_BYTES = 256 * 1024;

/** Tasks of so many bytes are large: they are hashed in pieces, some 4 ms each. */
export const PIECE_BYTES = 8 * 1024 * 1024;

/** Small tasks in one step. */
const STEP_TASKS = 32;

/** Runs one task after another with one hasher. */
export class SerialRunner implements Runner {
  readonly #queue: Queue;
  readonly #hasher: Hasher;
  readonly #work: RunnerWork;
  readonly #buffer = new Uint8Array(BUFFER_BYTES);
  #aheadBuffers: AheadBuffers | undefined;
  /** The file that was read last: the next task is often of the same. */
  #reader: TaskReader | undefined;
  readonly #readAhead: ReadAhead;

  constructor(hasher: Hasher, work: RunnerWork) {
    this.#queue = new Queue(work.algorithm);
    this.#hasher = hasher;
    this.#work = work;
    this.#readAhead = new ReadAhead(work.isProcessorFree);
  }

  get hasWork(): boolean {
    return !this.#queue.empty;
  }

  get idle(): boolean {
    return this.#queue.empty;
  }

  add(...batch: Parameters<Runner["add"]>): void {
    this.#queue.add(...batch);
  }

  async step(): Promise<void> {
    if (this.#readAhead.expectsDisk) await warmUp(this.#queue.ahead(STEP_TASKS));
    for (let count = 0; count < STEP_TASKS; count++) {
      const place = this.#queue.take();
      if (place === undefined) break;
      const isLarge = taskBytes(place.task) >= PIECE_BYTES;
      put(place, isLarge ? await this.#runLarge(place.task) : this.#run(place.task));
      if (isLarge) return;
    }
    this.#readAhead.endStep();
  }

  /** Hashes a small task. */
  #run(task: HashTask): Uint8Array {
    const reader = this.#begin(task);
    while (reader.hasMore) this.#hash(this.#read(reader));
    const { next } = this.#queue;
    // Of a file with many small shards it is enough to look once they are all read: before their digests are given away.
    if (next === undefined || !reader.reads(next)) reader.finish();
    return this.#hasher.end();
  }

  /** Hashes a large task piece by piece. */
  async #runLarge(task: HashTask): Promise<Uint8Array> {
    const reader = this.#begin(task);
    await using bytes = new LargeReader(
      reader,
      () => this.#read(reader),
      () => this.#aheadBuffers ??= makeAheadBuffers(),
    );
    while (bytes.hasMore) {
      const readsAhead = this.#readAhead.beginPiece();
      const started = performance.now();
      let count = 0;
      while (count < PIECE_BYTES && bytes.hasMore) count += this.#hash(await bytes.next(readsAhead));
      this.#readAhead.endPiece(performance.now() - started, count);
      await this.#work.turn?.();
    }
    reader.finish();
    return this.#hasher.end();
  }

  /** Reads the next bytes at once. */
  #read(reader: TaskReader): Uint8Array {
    const started = performance.now();
    const count = reader.read(this.#buffer);
    this.#readAhead.note(performance.now() - started, count);
    return this.#buffer.subarray(0, count);
  }

  #hash(bytes: Uint8Array): number {
    if (bytes.length === 0) return 0;
    this.#hasher.update(bytes);
    this.#work.onBytes(bytes.length);
    return bytes.length;
  }

  /** Begins a message with the task's prefix. */
  #begin(task: HashTask): TaskReader {
    if (this.#reader?.reads(task)) this.#reader.moveTo(task);
    else {
      this[Symbol.dispose]();
      this.#reader = new TaskReader(task);
    }
    this.#hasher.begin();
    if (this.#reader.prefix !== undefined) this.#hasher.update(this.#reader.prefix);
    return this.#reader;
  }

  [Symbol.dispose](): void {
    this.#reader?.[Symbol.dispose]();
    this.#reader = undefined;
  }
}
