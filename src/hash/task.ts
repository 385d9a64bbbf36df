/** One piece of hashing work: a byte range of a file. */
import { UnavailableError } from "../errors.ts";
import { type OpenFile, openPlanned, type PlannedFile } from "../io/planned_file.ts";
import { ioError } from "../io/io_error.ts";
import { quote } from "../text/quote.ts";

/** Hash `prefix` and then the bytes from `start` up to, not including, `end`. */
export interface HashTask {
  readonly file: PlannedFile;
  readonly start: number;
  readonly end: number;
  /**
   * Whether to hash up to the true end of the file. Its size is then only an estimate: procfs reports 0, sysfs a whole
   * page. Otherwise a size that is wrong is an error.
   */
  readonly toEnd?: boolean;
  /** Text that is hashed before the bytes, as `h1` and `h2` have it. */
  readonly prefix?: string;
  /** If this is a part of a message that BLAKE3 hashes in parts: the number of its first chunk in the message. */
  readonly part?: number;
}

/** Tasks by index. A list is one; so is what makes a million tasks only when they are asked for. */
export interface Tasks {
  readonly length: number;
  /** The task at an index, `undefined` beyond the last. */
  at(index: number): HashTask | undefined;
}

/** Hashes a whole file, whatever its size turns out to be. */
export function wholeFile(file: PlannedFile): HashTask {
  return { file, start: 0, end: file.size, toEnd: true };
}

/** How many bytes a task reads, if the file has the size that the file system reports. */
export function taskBytes({ start, end }: HashTask): number {
  return end - start;
}

/**
 * Reads the ranges of tasks, from one open handle as long as they are of one file. The open handle must be the file that
 * was planned, unchanged before the first byte is read and after the last, so a digest never mixes two states of a file.
 */
export class TaskReader implements Disposable {
  #task: HashTask;
  /** Bytes of the task that were not read yet, if the file system reports the true size. */
  #left: number;
  /** Whether the file is known to end where the task does. */
  #atEnd = false;
  readonly #file: OpenFile;

  /**
   * Opens the file.
   *
   * @throws {UnavailableError} If it cannot be read, is not the planned file (`FILE_CHANGED`), or does not have the size
   * that the file system reports (`FILE_SIZE`); so do the other methods.
   */
  constructor(task: HashTask) {
    this.#task = task;
    this.#left = taskBytes(task);
    this.#file = naming(task, () => open(task));
  }

  /** What is hashed before the bytes. */
  get prefix(): Uint8Array | undefined {
    return this.#task.prefix === undefined ? undefined : new TextEncoder().encode(this.#task.prefix);
  }

  /** Whether there may be more bytes. A task that ends where its file does is over only when a read finds nothing more. */
  get hasMore(): boolean {
    return this.#readsToEnd ? !this.#atEnd : this.#left > 0;
  }

  /** Whether it has the file of another task open. */
  reads({ file }: HashTask): boolean {
    return file === this.#task.file;
  }

  /** Goes on with another task of the file. */
  moveTo(task: HashTask): void {
    const isHere = this.#left === 0 && task.start === this.#task.end;
    this.#task = task;
    this.#left = taskBytes(task);
    this.#atEnd = false;
    if (!isHere) naming(task, () => this.#file.seek(task.start));
  }

  /** Reads the next bytes; 0 at the end of the file. Not to be called when there are no more. */
  read(buffer: Uint8Array): number {
    const room = this.#room(buffer);
    return naming(this.#task, () => this.#count(this.#file.read(room), room.length));
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
    // At the end of the file, room for one byte more than expected saves the read that would find nothing.
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
  #checkSize(really: "more" | "fewer"): void {
    this.finish();
    if (this.#task.toEnd) return;
    throw new UnavailableError(
      "FILE_SIZE",
      `Cannot hash ${
        quote(this.#task.file.path)
      }: the file system reports ${this.#task.file.size} bytes, but the file ` +
        `holds ${really}; copy it to an ordinary file`,
    );
  }

  /** Checks that the file is still what it was. */
  finish(): void {
    naming(this.#task, () => this.#file.checkUnchanged());
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    this.#file[Symbol.dispose]();
  }
}

/** Lets an error of the system name the file. */
function naming<T>({ file }: HashTask, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw ioError("read", file.path, error);
  }
}

/** Opens the file where the range begins. */
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
