/** Reads the byte ranges of tasks and checks that files do not change meanwhile. */
import { UnavailableError } from "../../errors.ts";
import { ioError } from "../../io/io_error.ts";
import { type OpenFile, openPlanned } from "../../io/planned_file.ts";
import { quote } from "../../text/quote.ts";
import { type HashTask, taskBytes } from "../tasks/hash_task.ts";

/**
 * Reads the byte ranges of tasks; consecutive tasks of one file share its open handle. The handle must be the planned
 * file, unchanged before the first byte is read and after the last, so a digest never mixes two states of a file.
 */
export class TaskReader implements Disposable {
  #task: HashTask;
  /** Unread bytes of the task, if the file system reports the actual size. */
  #left: number;
  /** Whether the file is known to end where the task ends. */
  #atEnd = false;
  readonly #file: OpenFile;

  /**
   * Opens the file.
   *
   * @throws {UnavailableError} If it cannot be read, is not the planned file (`FILE_CHANGED`), or does not have the size
   * that the file system reports (`FILE_SIZE`). The other methods throw the same errors.
   */
  constructor(task: HashTask) {
    this.#task = task;
    this.#left = taskBytes(task);
    this.#file = withPath(task, () => open(task));
  }

  /** The bytes to hash before those of the file. */
  get prefix(): Uint8Array | undefined {
    return this.#task.prefix === undefined ? undefined : new TextEncoder().encode(this.#task.prefix);
  }

  /** Whether there may be more bytes. A task that ends where its file ends is complete when a read returns nothing. */
  get hasMore(): boolean {
    return this.#readsToEnd ? !this.#atEnd : this.#left > 0;
  }

  /** Whether the file of another task is the open one. */
  reads({ file }: HashTask): boolean {
    return file.id === this.#task.file.id;
  }

  /** Continues with another task of the same file. */
  moveTo(task: HashTask): void {
    const isConsecutive = this.#left === 0 && task.start === this.#task.end;
    this.#task = task;
    this.#left = taskBytes(task);
    this.#atEnd = false;
    if (!isConsecutive) withPath(task, () => this.#file.seek(task.start));
  }

  /** Reads the next bytes and returns their number, 0 at the end of the file. Only valid while `hasMore` is true. */
  read(buffer: Uint8Array): number {
    const room = this.#room(buffer);
    return withPath(this.#task, () => this.#count(this.#file.read(room), room.length));
  }

  /** Like {@linkcode read}, without blocking the thread. */
  async readMeanwhile(buffer: Uint8Array): Promise<number> {
    const room = this.#room(buffer);
    try {
      return this.#count(await this.#file.readMeanwhile(room), room.length);
    } catch (error) {
      throw ioError("read", this.#task.file.path, error);
    }
  }

  get #readsToEnd(): boolean {
    return this.#task.end === this.#task.file.size;
  }

  #room(buffer: Uint8Array): Uint8Array {
    // At the end of the file, room for one byte more than expected saves the read that would return nothing.
    return !this.#readsToEnd && this.#left < buffer.length ? buffer.subarray(0, this.#left) : buffer;
  }

  #count(count: number, asked: number): number {
    const excess = count - this.#left;
    this.#left = Math.max(0, -excess);
    this.#atEnd = count === 0 || (excess === 0 && count < asked);
    if (excess > 0) this.#checkSize("more");
    else if (count === 0 && excess < 0) this.#checkSize("fewer");
    return count;
  }

  /** A file that does not end where it should has changed, or the file system does not know its size. */
  #checkSize(actually: "more" | "fewer"): void {
    this.finish();
    const { toEnd, file } = this.#task;
    if (toEnd) return;
    throw new UnavailableError(
      "FILE_SIZE",
      `Cannot hash ${quote(file.path)}: the file system reports ${file.size} bytes, but the file holds ${actually}; ` +
        "copy it to an ordinary file",
    );
  }

  /** Checks that the file has not changed. */
  finish(): void {
    withPath(this.#task, () => this.#file.checkUnchanged());
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    this.#file[Symbol.dispose]();
  }
}

/** Adds the path of the file to errors of the operating system. */
function withPath<T>({ file }: HashTask, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw ioError("read", file.path, error);
  }
}

/** Opens the file at the start of the range. */
function open({ file: planned, start }: HashTask): OpenFile {
  const file = openPlanned(planned);
  try {
    if (start > 0) file.seek(start);
    return file;
  } catch (error) {
    file[Symbol.dispose]();
    throw error;
  }
}
