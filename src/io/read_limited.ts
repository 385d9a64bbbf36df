/** Size-limited readers. A file that is too large is rejected before it takes memory. */
import { UnavailableError, VerificationError } from "../errors.ts";
import { ioError } from "./io_error.ts";
import { quote } from "../text/quote.ts";

/**
 * Reads a file of limited size.
 *
 * @param path The file. Pipes and devices are supported.
 * @param limit Maximum size in bytes.
 * @param what Kind of file, for messages, such as "the signature".
 * @returns Its bytes.
 * @throws {VerificationError} If the file exceeds the limit (`TOO_LARGE`).
 * @throws {UnavailableError} If it cannot be read.
 */
export function readLimited(path: string, limit: number, what: string): Uint8Array<ArrayBuffer> {
  try {
    using file = Deno.openSync(path, { read: true });
    const info = statLimited(file, path, limit, what);
    return readToEnd(file, info.isFile ? info.size : 0, limit) ?? failTooLarge(path, limit, what);
  } catch (error) {
    throw ioError(`read ${what}`, path, error);
  }
}

/** Bytes of a file that are read at once. */
const CHUNK_BYTES = 65_536;

/** A file of limited size, which can be read more than once without holding it in memory. */
export class LimitedFile implements Disposable {
  readonly #path: string;
  readonly #limit: number;
  readonly #what: string;
  readonly #file: Deno.FsFile;

  /**
   * Opens a file.
   *
   * @param path The file. Pipes and devices are not supported.
   * @param limit Maximum size in bytes.
   * @param what Kind of file, for messages, such as "the signature".
   * @throws {VerificationError} If the file exceeds the limit (`TOO_LARGE`).
   * @throws {UnavailableError} If it cannot be read.
   */
  constructor(path: string, limit: number, what: string) {
    [this.#path, this.#limit, this.#what] = [path, limit, what];
    try {
      this.#file = Deno.openSync(path, { read: true });
    } catch (error) {
      throw ioError(`read ${what}`, path, error);
    }
    try {
      statLimited(this.#file, path, limit, what);
    } catch (error) {
      this.#file.close();
      throw ioError(`read ${what}`, path, error);
    }
  }

  /**
   * Reads the file from its beginning.
   *
   * @returns Its bytes in chunks, each valid until the next is requested.
   * @throws {VerificationError} If it has grown beyond the limit (`TOO_LARGE`).
   * @throws {UnavailableError} If it cannot be read.
   */
  *chunks(): Generator<Uint8Array> {
    const buffer = new Uint8Array(CHUNK_BYTES);
    let length = 0;
    this.#reading(() => this.#file.seekSync(0, Deno.SeekMode.Start));
    for (;;) {
      const count = this.#reading(() => this.#file.readSync(buffer));
      if (count === null) return;
      length += count;
      if (length > this.#limit) throw tooLarge(this.#path, this.#limit, this.#what);
      yield buffer.subarray(0, count);
    }
  }

  [Symbol.dispose](): void {
    this.#file.close();
  }

  #reading<T>(action: () => T): T {
    try {
      return action();
    } catch (error) {
      throw ioError(`read ${this.#what}`, this.#path, error);
    }
  }
}

function statLimited(file: Deno.FsFile, path: string, limit: number, what: string): Deno.FileInfo {
  const info = file.statSync();
  if (info.isDirectory) throw new UnavailableError("IO", `Cannot read ${what} ${quote(path)}: it is a directory`);
  if (info.size > limit) throw tooLarge(path, limit, what);
  return info;
}

/** All bytes to the end, or `undefined` if there are more than the limit. */
function readToEnd(file: Deno.FsFile, size: number, limit: number): Uint8Array<ArrayBuffer> | undefined {
  // One byte more than expected: detects the end of the file without growing the buffer.
  let buffer = new Uint8Array(Math.max(size, 4096) + 1);
  let length = 0;
  for (let count = file.readSync(buffer); count !== null; count = file.readSync(buffer.subarray(length))) {
    length += count;
    if (length > limit) return undefined;
    if (length === buffer.length) {
      const larger = new Uint8Array(2 * buffer.length);
      larger.set(buffer);
      buffer = larger;
    }
  }
  return buffer.subarray(0, length);
}

function failTooLarge(path: string, limit: number, what: string): never {
  throw tooLarge(path, limit, what);
}

function tooLarge(path: string, limit: number, what: string): VerificationError {
  return new VerificationError(
    "TOO_LARGE",
    `Cannot read ${what} ${quote(path)}: it exceeds the limit of ${limit} bytes`,
  );
}
