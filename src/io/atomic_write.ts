/**
 * Writes files whole or not at all. Every file that this program writes goes through here.
 *
 * The content goes to a temporary file in the same directory: created exclusively (`O_EXCL`), so that nothing is overwritten
 * and no symlink is followed, under a random name, so that two writers never meet. It is flushed, then renamed. Its
 * writer keeps it locked until then: an unlocked temporary file belongs to a process that was killed, and anyone may
 * remove it.
 */
import { randomBytes } from "node:crypto";
import { basename, dirname, join } from "node:path";
import { mayUse } from "./permissions.ts";

/** How to write a file. */
export interface WriteOptions {
  /** Permission bits before the umask, by default 0o666. */
  readonly mode?: number;
  /** Whether the file must survive a power failure; by default it must. */
  readonly flush?: boolean;
  /** Called when the content is complete, just before it replaces the file. If it throws, the file stays as it was. */
  readonly beforeReplace?: () => void;
}

/** Permission bits of a file that only its owner may read. */
export const PRIVATE_MODE = 0o600;

/**
 * Writes a file, or replaces it. If this fails, an existing file is as it was. A symlink at the path is itself replaced,
 * never followed.
 *
 * @param path The file.
 * @param content Its content in chunks, each of which may be overwritten once the next is asked for.
 * @param options How to write it.
 * @throws {Error} The system's error, or what the content or `beforeReplace` throws.
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
      // Until it is locked, others take it for abandoned and may remove it.
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
      // An NFS server that loses its answer renames once, and is asked to do it again.
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

/** Makes the new name survive a power failure. The content is safe already. */
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
 * Removes a temporary file unless its writer is still at work. Does nothing if that cannot be told, if Deno has not been
 * given the permissions, or if the file cannot be removed.
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
    // It is gone, or belongs to another user, or the file system has no locks. It is in nobody's way.
  }
}

/**
 * Removes the temporary files that killed processes left in a directory.
 *
 * @param directory The directory.
 * @param isOurs Which files to remove; by default all that have the name of one.
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
    // Whatever is wrong with the directory, writing there says it.
  }
}

/** Whether it is now locked. A file system without locks has no writer that tells abandoned files apart. */
function lock(file: Deno.FsFile): boolean {
  try {
    return file.tryLockSync(true);
  } catch {
    return true;
  }
}

/** Whether an open file is still what is at a path. */
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
    // The disk is gone, or another process has removed it: the first error is the one to report.
  }
}
