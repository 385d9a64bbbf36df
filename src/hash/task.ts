/** One piece of hashing work: a byte range of a file. */
import { UnavailableError } from "../errors.ts";
import { ioError } from "../io_error.ts";
import { quote } from "../quote.ts";

/** The file to read from, and how it looked when the work was planned. */
export interface TaskFile {
  /** Where to open it. */
  readonly path: string;
  /** Its size in bytes. */
  readonly size: number;
  /** Time of its last change in milliseconds since 1970, or `null` where the file system has none. */
  readonly modified: number | null;
}

/** Hash `prefix` and then the bytes from `start` up to, not including, `end`. */
export interface HashTask {
  readonly file: TaskFile;
  readonly start: number;
  readonly end: number;
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

/** How many bytes a task reads. */
export function taskBytes({ start, end }: HashTask): number {
  return end - start;
}

/**
 * Reads the ranges of tasks, from one open handle as long as they are of one file. The file's size and time are compared
 * before and after with what they were when the work was planned, so a digest never mixes two states of a file.
 */
export class TaskReader implements Disposable {
  /** Bytes that are still to be read. */
  left: number;
  #task: HashTask;
  readonly #file: Deno.FsFile;

  /**
   * Opens the file.
   *
   * @throws {UnavailableError} If it cannot be read, or is not what it was (`FILE_CHANGED`); so do the other methods.
   */
  constructor(task: HashTask) {
    this.#task = task;
    this.left = taskBytes(task);
    this.#file = naming(task, () => open(task));
  }

  /** What is hashed before the bytes. */
  get prefix(): Uint8Array | undefined {
    return this.#task.prefix === undefined ? undefined : new TextEncoder().encode(this.#task.prefix);
  }

  /** Whether it has the file of another task open. */
  reads({ file }: HashTask): boolean {
    return file === this.#task.file;
  }

  /** Goes on with another task of the file. */
  moveTo(task: HashTask): void {
    const isHere = this.left === 0 && task.start === this.#task.end;
    this.#task = task;
    this.left = taskBytes(task);
    if (!isHere) naming(task, () => this.#file.seekSync(task.start, Deno.SeekMode.Start));
  }

  /** Reads the next bytes and tells how many they are, at least one. Not to be called when none are left. */
  read(buffer: Uint8Array): number {
    return naming(this.#task, () => this.#count(this.#file.readSync(this.#room(buffer))));
  }

  /** The same, while others run. */
  async readMeanwhile(buffer: Uint8Array): Promise<number> {
    try {
      return this.#count(await this.#file.read(this.#room(buffer)));
    } catch (error) {
      throw ioError("read", this.#task.file.path, error);
    }
  }

  #room(buffer: Uint8Array): Uint8Array {
    return this.left < buffer.length ? buffer.subarray(0, this.left) : buffer;
  }

  #count(count: number | null): number {
    if (count === null) throw changedError(this.#task.file.path, "it ended early");
    this.left -= count;
    return count;
  }

  /** Checks that the file is still what it was. */
  finish(): void {
    naming(this.#task, () => checkUnchanged(this.#task.file, this.#file.statSync()));
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    this.#file.close();
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
function open({ file: planned, start }: HashTask): Deno.FsFile {
  // Before opening: that would wait for ever if a FIFO had taken the file's place.
  checkUnchanged(planned, Deno.statSync(planned.path));
  const file = Deno.openSync(planned.path, { read: true });
  try {
    if (start > 0) file.seekSync(start, Deno.SeekMode.Start);
    return file;
  } catch (error) {
    file.close();
    throw error;
  }
}

function checkUnchanged(planned: TaskFile, now: Deno.FileInfo): void {
  if (!now.isFile) throw changedError(planned.path, "it is no longer a file");
  if (now.size !== planned.size) throw changedError(planned.path, `its size was ${planned.size} and is ${now.size}`);
  if ((now.mtime?.getTime() ?? null) !== planned.modified) throw changedError(planned.path, "it was written to");
}

function changedError(path: string, how: string): UnavailableError {
  return new UnavailableError(
    "FILE_CHANGED",
    `Cannot hash ${quote(path)} as it changes while it is read: ${how}; try again when nothing writes to it`,
  );
}
