/** Double buffering: the system fills one buffer while the other is hashed. */
import type { TaskReader } from "./task_reader.ts";

/** Size of each buffer: larger ones were not faster. */
const BUFFER_BYTES = 1024 * 1024;

/** The two buffers. */
export type BufferPair = [Uint8Array, Uint8Array];

/** Allocates the buffers, once for many tasks. */
export function makeBufferPair(): BufferPair {
  return [new Uint8Array(BUFFER_BYTES), new Uint8Array(BUFFER_BYTES)];
}

/** Reads one large task, ahead or on demand. */
export class DoubleBufferedReader implements AsyncDisposable {
  readonly #reader: TaskReader;
  readonly #readNow: () => Uint8Array;
  readonly #buffers: () => BufferPair;
  #pending: Promise<Uint8Array> | undefined;
  #filling: 0 | 1 = 0;

  /**
   * Starts to read a task.
   *
   * @param reader Reads the task.
   * @param readNow Reads the next bytes, blocking the thread.
   * @param buffers Returns the buffers. Called only when something is read ahead.
   */
  constructor(reader: TaskReader, readNow: () => Uint8Array, buffers: () => BufferPair) {
    this.#reader = reader;
    this.#readNow = readNow;
    this.#buffers = buffers;
  }

  /** Whether there are more bytes. */
  get hasMore(): boolean {
    return this.#pending !== undefined || this.#reader.hasMore;
  }

  /**
   * Returns the next bytes, valid until the next call. Empty at the end of the file.
   *
   * @param ahead Whether the system shall read the bytes after them meanwhile.
   */
  async next(ahead: boolean): Promise<Uint8Array> {
    const bytes = await (this.#pending ?? this.#readNow());
    this.#pending = ahead && this.#reader.hasMore ? this.#readAhead() : undefined;
    return bytes;
  }

  async #readAhead(): Promise<Uint8Array> {
    const buffer = this.#buffers()[this.#filling];
    this.#filling = this.#filling === 0 ? 1 : 0;
    return buffer.subarray(0, await this.#reader.readMeanwhile(buffer));
  }

  /** Waits for a pending read. Its error does not matter: whatever ended the work is reported. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pending?.catch(() => {});
  }
}
