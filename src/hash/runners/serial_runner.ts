/** Hashes one task after another. */
import type { Hasher } from "../engines/engine.ts";
import { type HashTask, taskBytes } from "../tasks/hash_task.ts";
import { type BufferPair, DoubleBufferedReader, makeBufferPair } from "./double_buffer.ts";
import { ReadAhead, warmUp } from "./read_ahead.ts";
import type { Runner, RunnerContext } from "./runner.ts";
import { TaskQueue } from "./task_queue.ts";
import { TaskReader } from "./task_reader.ts";

/** 256 KiB: the size at which reading from the page cache was fastest. */
export const BUFFER_BYTES = 256 * 1024;

/** Tasks from this size on are large. They are hashed in pieces of this size, some 4 ms each. */
export const PIECE_BYTES = 8 * 1024 * 1024;

/** Small tasks per step. */
const STEP_TASKS = 32;

/** Hashes one task after another with one hasher. */
export class SerialRunner implements Runner {
  readonly #queue: TaskQueue;
  readonly #hasher: Hasher;
  readonly #context: RunnerContext;
  readonly #buffer = new Uint8Array(BUFFER_BYTES);
  #bufferPair: BufferPair | undefined;
  /** The file that was read last: the next task often reads the same file. */
  #reader: TaskReader | undefined;
  readonly #readAhead: ReadAhead;

  constructor(hasher: Hasher, context: RunnerContext) {
    this.#queue = new TaskQueue(context.algorithm);
    this.#hasher = hasher;
    this.#context = context;
    this.#readAhead = new ReadAhead(context.isProcessorFree);
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
    if (this.#readAhead.expectsDisk) await warmUp(this.#queue.peek(STEP_TASKS));
    for (let count = 0; count < STEP_TASKS; count++) {
      const started = this.#queue.take();
      if (started === undefined) break;
      const { task, finish } = started;
      if (taskBytes(task) >= PIECE_BYTES) return finish(await this.#hashLarge(task));
      finish(this.#hashSmall(task));
    }
    this.#readAhead.endStep();
  }

  #hashSmall(task: HashTask): Uint8Array {
    const reader = this.#begin(task);
    while (reader.hasMore) {
      const bytes = this.#read(reader);
      if (bytes.length === 0) break;
      this.#hasher.update(bytes);
      this.#context.onBytes(bytes.length);
    }
    const { next } = this.#queue;
    // For a file with many small shards one check is enough: after all are read, and before their digests are handed on.
    if (next === undefined || !reader.reads(next)) reader.finish();
    return this.#hasher.end();
  }

  /** Hashes a large task piece by piece. */
  async #hashLarge(task: HashTask): Promise<Uint8Array> {
    const reader = this.#begin(task);
    await using bytes = new DoubleBufferedReader(
      reader,
      () => this.#read(reader),
      () => this.#bufferPair ??= makeBufferPair(),
    );
    while (bytes.hasMore) {
      const ahead = this.#readAhead.beginPiece();
      const started = performance.now();
      let count = 0;
      while (count < PIECE_BYTES && bytes.hasMore) {
        const next = await bytes.next(ahead);
        if (next.length === 0) break;
        this.#hasher.update(next);
        this.#context.onBytes(next.length);
        count += next.length;
      }
      this.#readAhead.endPiece(performance.now() - started, count);
      await this.#context.pause?.();
    }
    reader.finish();
    return this.#hasher.end();
  }

  /** Reads the next bytes, blocking the thread. */
  #read(reader: TaskReader): Uint8Array {
    const started = performance.now();
    const count = reader.read(this.#buffer);
    this.#readAhead.note(performance.now() - started, count);
    return this.#buffer.subarray(0, count);
  }

  /** Opens the file, unless it is open, and begins the message with the task's prefix. */
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
