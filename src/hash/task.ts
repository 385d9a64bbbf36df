/** One piece of hashing work: a byte range of a file. */
import { UnavailableError } from "../errors.ts";
import { ioError } from "../io_error.ts";
import { quote } from "../quote.ts";
import type { Hasher } from "./engine.ts";

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

/** 256 KiB: the size at which reading from the page cache was fastest. */
export const BUFFER_BYTES = 256 * 1024;

/**
 * Runs one task: reads the range from one open handle and hashes it. The file's size and time are compared before and
 * after with what they were when the work was planned, so a digest never mixes two states of a file.
 *
 * @param task What to hash.
 * @param hasher What hashes.
 * @param buffer Memory to read into; overwritten.
 * @param onBytes Called with the number of bytes just hashed.
 * @returns The digest.
 * @throws {UnavailableError} If the file cannot be read, or is not what it was (`FILE_CHANGED`).
 */
export function runTask(
  task: HashTask,
  hasher: Hasher,
  buffer: Uint8Array,
  onBytes: (count: number) => void,
): Uint8Array {
  using reader = new TaskReader(task);
  hasher.begin();
  if (reader.prefix !== undefined) hasher.update(reader.prefix);
  while (reader.left > 0) {
    const count = reader.read(buffer);
    hasher.update(buffer.subarray(0, count));
    onBytes(count);
  }
  reader.finish();
  return hasher.end();
}

/** Reads the range of one task. */
export class TaskReader implements Disposable {
  /** Bytes that are still to be read. */
  left: number;
  readonly #task: HashTask;
  readonly #file: Deno.FsFile;

  /** Opens the file. */
  constructor(task: HashTask) {
    this.#task = task;
    this.left = task.end - task.start;
    try {
      this.#file = open(task);
    } catch (error) {
      throw ioError("read", task.file.path, error);
    }
  }

  /** What is hashed before the bytes. */
  get prefix(): Uint8Array | undefined {
    return this.#task.prefix === undefined ? undefined : new TextEncoder().encode(this.#task.prefix);
  }

  /** Reads the next bytes and tells how many they are, at least one. Not to be called when none are left. */
  read(buffer: Uint8Array): number {
    try {
      const count = this.#file.readSync(this.left < buffer.length ? buffer.subarray(0, this.left) : buffer);
      if (count === null) throw changedError(this.#task.file.path, "it ended early");
      this.left -= count;
      return count;
    } catch (error) {
      throw ioError("read", this.#task.file.path, error);
    }
  }

  /** Checks that the file is still what it was. */
  finish(): void {
    try {
      checkUnchanged(this.#task.file, this.#file.statSync());
    } catch (error) {
      throw ioError("read", this.#task.file.path, error);
    }
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    this.#file.close();
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
