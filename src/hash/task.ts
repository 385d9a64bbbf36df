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
  const { path } = task.file;
  try {
    // Before opening: that would wait for ever if a FIFO had taken the file's place.
    checkUnchanged(task.file, Deno.statSync(path));
    using file = Deno.openSync(path, { read: true });
    if (task.start > 0) file.seekSync(task.start, Deno.SeekMode.Start);
    hasher.begin();
    if (task.prefix !== undefined) hasher.update(new TextEncoder().encode(task.prefix));
    for (let left = task.end - task.start; left > 0;) {
      const count = file.readSync(left < buffer.length ? buffer.subarray(0, left) : buffer);
      if (count === null) throw changedError(path, "it ended early");
      hasher.update(buffer.subarray(0, count));
      onBytes(count);
      left -= count;
    }
    checkUnchanged(task.file, file.statSync());
    return hasher.end();
  } catch (error) {
    throw ioError("read", path, error);
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
