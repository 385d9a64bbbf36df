/** Runs one task after another. */
import type { Digests } from "./digests.ts";
import type { Hasher } from "./engine.ts";
import { put, Queue } from "./queue.ts";
import { ReadAhead } from "./read_ahead.ts";
import type { Runner, RunnerWork } from "./runner.ts";
import { type HashTask, taskBytes, TaskReader } from "./task.ts";
import { warmUp } from "./warm_up.ts";

/** 256 KiB: the size at which reading from the page cache was fastest. */
export const BUFFER_BYTES = 256 * 1024;

/** Buffers that the system fills while another one is hashed: from 1 MiB on none was faster. */
const AHEAD_BYTES = 1024 * 1024;

/** Tasks of so many bytes are large: they are hashed in pieces, some 4 ms each. */
export const PIECE_BYTES = 8 * AHEAD_BYTES;

/** Small tasks in one step. */
const STEP_TASKS = 32;

/** Runs one task after another with one hasher. */
export class SerialRunner implements Runner {
  readonly #queue: Queue;
  readonly #hasher: Hasher;
  readonly #work: RunnerWork;
  readonly #buffer = new Uint8Array(BUFFER_BYTES);
  #largeBuffers: [Uint8Array, Uint8Array] | undefined;
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
    while (reader.left > 0) this.#hash(this.#buffer, this.#read(reader));
    const { next } = this.#queue;
    // Of a file with many small shards it is enough to look once they are all read: before their digests are given away.
    if (next === undefined || !reader.reads(next)) reader.finish();
    return this.#hasher.end();
  }

  /** Hashes a large task; where it pays, the system fills one buffer while the other is hashed. */
  async #runLarge(task: HashTask): Promise<Uint8Array> {
    const reader = this.#begin(task);
    let [filling, spare] = this.#largeBuffers ??= [new Uint8Array(AHEAD_BYTES), new Uint8Array(AHEAD_BYTES)];
    let reading: Promise<number> | undefined;
    try {
      while (reader.left > 0 || reading !== undefined) {
        const readsAhead = this.#readAhead.beginPiece();
        const started = performance.now();
        let bytes = 0;
        while (bytes < PIECE_BYTES && (reader.left > 0 || reading !== undefined)) {
          const count = reading === undefined ? this.#read(reader) : await reading;
          const full = reading === undefined ? this.#buffer : filling;
          if (full === filling) [filling, spare] = [spare, filling];
          reading = reader.left > 0 && readsAhead ? reader.readMeanwhile(filling) : undefined;
          this.#hash(full, count);
          bytes += count;
        }
        this.#readAhead.endPiece(performance.now() - started, bytes);
        await this.#work.turn?.();
      }
    } finally {
      await reading?.catch(() => {}); // whatever ended the work is what counts
    }
    reader.finish();
    return this.#hasher.end();
  }

  /** Fills the small buffer, at once. */
  #read(reader: TaskReader): number {
    const started = performance.now();
    const count = reader.read(this.#buffer);
    this.#readAhead.note(performance.now() - started, count);
    return count;
  }

  #hash(buffer: Uint8Array, count: number): void {
    this.#hasher.update(buffer.subarray(0, count));
    this.#work.onBytes(count);
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
