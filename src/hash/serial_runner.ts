/** Runs one task after another. */
import type { Digests } from "./digests.ts";
import type { Hasher } from "./engine.ts";
import { otherTurn } from "../turn.ts";
import { DiskWatch } from "./disk_watch.ts";
import { put, Queue } from "./queue.ts";
import type { Runner, RunnerWork } from "./runner.ts";
import { type HashTask, taskBytes, TaskReader } from "./task.ts";
import { warmUp } from "./warm_up.ts";

/** 256 KiB: the size at which reading from the page cache was fastest. */
export const BUFFER_BYTES = 256 * 1024;

/** Buffers that the system fills while another one is hashed: from 1 MiB on none was faster. */
const AHEAD_BYTES = 1024 * 1024;

/** Tasks of so many bytes are large: others get a turn in the midst of them, each time when so much is done, some 4 ms. */
export const BYTES_PER_TURN = 8 * AHEAD_BYTES;

/** Small tasks in one step. */
const STEP_TASKS = 32;

/** Runs one task after another with one hasher. */
export class SerialRunner implements Runner {
  readonly #queue: Queue;
  readonly #hasher: Hasher;
  readonly #onBytes: (count: number) => void;
  readonly #buffer = new Uint8Array(BUFFER_BYTES);
  #largeBuffers: [Uint8Array, Uint8Array] | undefined;
  /** The file that was read last: the next task is often of the same. */
  #reader: TaskReader | undefined;
  readonly #disk = new DiskWatch();
  #expectsDisk = false;
  readonly #isProcessorFree: () => boolean;
  /** Others have no use for its turns: it takes the next task only when it has done the one. */
  readonly idle = false;

  constructor(hasher: Hasher, { algorithm, onBytes, isProcessorFree }: RunnerWork) {
    this.#queue = new Queue(algorithm);
    this.#hasher = hasher;
    this.#onBytes = onBytes;
    this.#isProcessorFree = isProcessorFree;
  }

  add(tasks: readonly HashTask[], done: (digests: Digests) => void): void {
    this.#queue.add(tasks, done);
  }

  async step(): Promise<boolean> {
    if (this.#expectsDisk) await warmUp(this.#queue.ahead(STEP_TASKS));
    for (let count = 0; count < STEP_TASKS; count++) {
      const place = this.#queue.take();
      if (place === undefined) break;
      const isLarge = taskBytes(place.task) >= BYTES_PER_TURN;
      put(place, isLarge ? await this.#runLarge(place.task) : this.#run(place.task));
      if (isLarge) break;
    }
    this.#expectsDisk = this.#disk.expectsDisk();
    return !this.#queue.empty;
  }

  /** Hashes a small task. */
  #run(task: HashTask): Uint8Array {
    const reader = this.#begin(task);
    while (reader.left > 0) this.#hash(this.#buffer, this.#read(reader, this.#buffer));
    reader.finish();
    return this.#hasher.end();
  }

  /** Hashes a large task; where it pays, the system fills one buffer while the other is hashed. */
  async #runLarge(task: HashTask): Promise<Uint8Array> {
    const reader = this.#begin(task);
    let [full, empty] = this.#largeBuffers ??= [new Uint8Array(AHEAD_BYTES), new Uint8Array(AHEAD_BYTES)];
    let reading: Promise<number> | undefined;
    let sinceTurn = 0;
    try {
      while (reader.left > 0 || reading !== undefined) {
        if (reading !== undefined) [full, empty] = [empty, full];
        const count = await reading ?? this.#read(reader, full);
        reading = reader.left > 0 && this.#readsAhead() ? reader.readMeanwhile(empty) : undefined;
        this.#hash(full, count);
        sinceTurn += count;
        if (sinceTurn < BYTES_PER_TURN) continue;
        sinceTurn = 0;
        this.#expectsDisk = this.#disk.expectsDisk();
        await otherTurn(); // to wait for a read is not enough: messages of workers may lie for a second meanwhile
      }
    } finally {
      await reading?.catch(() => {}); // whatever ended the work is what counts
    }
    reader.finish();
    return this.#hasher.end();
  }

  /** The system's reading takes time from a thread that shares its processor, so only where there is something to gain. */
  #readsAhead(): boolean {
    return this.#expectsDisk || this.#isProcessorFree();
  }

  /** Reads at once, not more than fits the processor's own memory. */
  #read(reader: TaskReader, buffer: Uint8Array): number {
    const started = performance.now();
    const count = reader.read(buffer.subarray(0, BUFFER_BYTES));
    this.#disk.note(performance.now() - started, count);
    return count;
  }

  #hash(buffer: Uint8Array, count: number): void {
    this.#hasher.update(buffer.subarray(0, count));
    this.#onBytes(count);
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
