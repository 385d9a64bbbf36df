/** Reads the bytes of a large task, the next of them while those before are hashed. */
import type { TaskReader } from "../task.ts";

/** Bytes that the system reads meanwhile: from 1 MiB on no size was faster. */
const AHEAD_BYTES = 1024 * 1024;

/** Two buffers, of which the system fills one while the other is hashed. */
export type AheadBuffers = [Uint8Array, Uint8Array];

/** Makes the buffers, once for many tasks. */
export function makeAheadBuffers(): AheadBuffers {
  return [new Uint8Array(AHEAD_BYTES), new Uint8Array(AHEAD_BYTES)];
}

/** Reads one large task, at each step in the way that it is told. */
export class LargeReader implements AsyncDisposable {
  readonly #reader: TaskReader;
  readonly #readNow: () => Uint8Array;
  readonly #buffers: () => AheadBuffers;
  #reading: Promise<Uint8Array> | undefined;
  #filling: 0 | 1 = 0;

  /**
   * Begins with a task.
   *
   * @param reader Reads the task.
   * @param readNow Reads its next bytes at once.
   * @param buffers Gives the buffers for reading ahead; called only if they are needed.
   */
  constructor(reader: TaskReader, readNow: () => Uint8Array, buffers: () => AheadBuffers) {
    this.#reader = reader;
    this.#readNow = readNow;
    this.#buffers = buffers;
  }

  /** Whether there are more bytes. */
  get hasMore(): boolean {
    return this.#reading !== undefined || this.#reader.hasMore;
  }

  /**
   * Gives the next bytes, which are good until the next call; none at the end of the file.
   *
   * @param ahead Whether the system is to read those after them meanwhile.
   */
  async next(ahead: boolean): Promise<Uint8Array> {
    const bytes = await (this.#reading ?? this.#readNow());
    this.#reading = ahead && this.#reader.hasMore ? this.#readAhead() : undefined;
    return bytes;
  }

  async #readAhead(): Promise<Uint8Array> {
    const buffer = this.#buffers()[this.#filling];
    this.#filling = this.#filling === 0 ? 1 : 0;
    return buffer.subarray(0, await this.#reader.readMeanwhile(buffer));
  }

  /** Waits for what is still being read; whatever ended the work is what counts. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reading?.catch(() => {});
  }
}
