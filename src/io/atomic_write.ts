/**
 * Atomic file writes: a file is written completely or not at all. Every file that this program writes goes through
 * here.
 *
 * The content goes to a temporary file in the same directory. It is created exclusively (`O_EXCL`), so that nothing is
 * overwritten and no symlink is followed, under a random name, so that two writers never collide. It is flushed, then
 * renamed. Its writer holds a lock on it until then: an unlocked temporary file belongs to a process that was killed,
 * and may be removed by anyone.
 */
import { randomBytes } from "node:crypto";
import { basename, dirname, join } from "node:path";
import { mayUse } from "./permissions.ts";

/** How to write a file. */
export interface WriteOptions {
  /** Permission bits before the umask, by default 0o666. */
  readonly mode?: number;
  /** Whether the file must survive a power failure. @default {true} */
  readonly flush?: boolean;
  /** Called when the content is complete, just before it replaces the file. If it throws, the file stays unchanged. */
  readonly beforeReplace?: () => void;
}

/** Permission bits of a file that only its owner may read. */
export const PRIVATE_MODE = 0o600;

/**
 * Writes or replaces a file atomically. If this fails, an existing file is unchanged. A symlink at the path is itself
 * replaced, never followed.
 *
 * @param path The file.
 * @param content Its content in chunks, each valid until the next is requested.
 * @param options How to write it.
 * @throws {Error} The system's error, or an error of `content` or `beforeReplace`.
 */
export function writeWhole(path: string, content: Iterable<Uint8Array>, options: WriteOptions = {}): void {
  const { mode = 0o666, flush = true, beforeReplace } = options;
  using temporary = new TemporaryFile(dirname(path), mode);
  temporary.write(content);
  if (flush) temporary.flush();
  beforeReplace?.();
  temporary.replace(path);
  if (flush) flushDirectory(dirname(path));
}

/** A locked temporary file, removed at the end of the block unless it has replaced another. */
class TemporaryFile implements Disposable {
  readonly #path: string;
  readonly #file: Deno.FsFile;
  #isReplacing = false;

  constructor(directory: string, mode: number) {
    for (let tries = 1;; tries++) {
      const path = join(directory, temporaryName());
      const file = Deno.openSync(path, { write: true, createNew: true, mode });
      // Until it is locked, other processes take it for abandoned and may remove it.
      if (lock(file) && isAt(path, file)) {
        [this.#path, this.#file] = [path, file];
        return;
      }
      file.close();
      removeQuietly(path);
      if (tries === MAX_TRIES) throw new Deno.errors.Busy(`another process keeps removing ${path}`);
    }
  }

  write(content: Iterable<Uint8Array>): void {
    for (const chunk of content) {
      for (let left = chunk; left.length > 0;) left = left.subarray(this.#file.writeSync(left));
    }
  }

  flush(): void {
    this.#file.syncSync();
  }

  replace(path: string): void {
    try {
      Deno.renameSync(this.#path, path);
    } catch (error) {
      // If the answer of an NFS server is lost, the rename is sent again after it has succeeded.
      if (!isAt(path, this.#file)) throw error;
    }
    this.#isReplacing = true;
  }

  [Symbol.dispose](): void {
    if (!this.#isReplacing) removeQuietly(this.#path);
    this.#file.close();
  }
}

const MAX_TRIES = 10;

/** Makes the new name survive a power failure. The content is flushed already. */
function flushDirectory(path: string): void {
  try {
    using directory = Deno.openSync(path, { read: true });
    directory.syncSync();
  } catch {
    // Not every system opens directories, and reading this one may not be permitted.
  }
}

const TEMPORARY_NAME = /^\.model-signing-[0-9a-f]{32}\.tmp$/;

function temporaryName(): string {
  return `.model-signing-${randomBytes(16).toString("hex")}.tmp`;
}

/**
 * Whether a file name is one that {@linkcode writeWhole} gives to temporary files. The name alone proves nothing: anyone
 * can choose it for a file of their own.
 *
 * @param name The name, without its directory.
 * @returns Whether it is.
 */
export function isTemporaryName(name: string): boolean {
  return TEMPORARY_NAME.test(name);
}

/**
 * Removes a temporary file unless its writer is still running. Does nothing if that cannot be determined, if Deno lacks
 * the permissions, or if the file cannot be removed.
 *
 * @param path The temporary file.
 */
export function removeAbandoned(path: string): void {
  if (!mayUse({ name: "read", path }) || !mayUse({ name: "write", path })) return;
  try {
    if (!Deno.lstatSync(path).isFile) return;
    // A network file system grants an exclusive lock only on a file that is open for writing.
    using file = Deno.openSync(path, { read: true, write: true });
    if (file.tryLockSync(true) && isAt(path, file)) Deno.removeSync(path);
  } catch {
    // It is gone, belongs to another user, or the file system has no locks. Leaving it does no harm.
  }
}

/**
 * Removes the temporary files that killed processes left in a directory.
 *
 * @param directory The directory.
 * @param isOurs Which files to remove. Default: all with the name of a temporary file.
 */
export function removeAbandonedIn(
  directory: string,
  isOurs: (path: string) => boolean = (path) => isTemporaryName(basename(path)),
): void {
  if (!mayUse({ name: "read", path: directory })) return;
  try {
    for (const { name } of Deno.readDirSync(directory)) {
      const path = join(directory, name);
      if (isOurs(path)) removeAbandoned(path);
    }
  } catch {
    // An error of the directory is reported when writing there.
  }
}

/** Tries to lock the file. On a file system without locks, no writer can tell abandoned files apart. */
function lock(file: Deno.FsFile): boolean {
  try {
    return file.tryLockSync(true);
  } catch {
    return true;
  }
}

/** Whether an open file is still the one at a path. */
export function isAt(path: string, file: Deno.FsFile): boolean {
  try {
    const [there, open] = [Deno.lstatSync(path), file.statSync()];
    return there.isFile && there.dev === open.dev && there.ino === open.ino;
  } catch {
    return false;
  }
}

function removeQuietly(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // The disk is gone, or another process has removed the file. The first error is the one to report.
  }
}
