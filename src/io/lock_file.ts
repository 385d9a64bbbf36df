/** Advisory lock files. A lock ends with its process. */
import { isAt, PRIVATE_MODE } from "./atomic_write.ts";
import type { Clock } from "./retry.ts";

/**
 * Opens a lock file, and creates it if it does not exist. The caller locks it, and closes it to release the lock. It is
 * never written to and never removed: a process that waits for the removed file and one that creates it again would
 * both hold a lock.
 *
 * @param path The lock file.
 * @returns The open file.
 * @throws {Error} The system's error; or `Deno.errors.InvalidData` if the path is not a regular file. Symlinks are
 * never followed.
 */
export function openLockFile(path: string): Deno.FsFile {
  const file = createIfAbsent(path) ?? Deno.openSync(path, { write: true });
  if (isAt(path, file)) return file;
  file.close();
  throw notAFile();
}

function createIfAbsent(path: string): Deno.FsFile | undefined {
  try {
    return Deno.openSync(path, { write: true, createNew: true, mode: PRIVATE_MODE });
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    // Opening a FIFO would block until there is a reader.
    if (!Deno.lstatSync(path).isFile) throw notAFile();
    return undefined;
  }
}

function notAFile(): Error {
  return new Deno.errors.InvalidData("it is not a regular file; remove it");
}

/** How to wait for a lock. */
export interface LockOptions {
  readonly clock: Clock;
  /** The longest wait, in milliseconds. */
  readonly waitMs: number;
  /** Aborts the wait. */
  readonly signal?: AbortSignal | undefined;
}

/** Another process holds the lock. */
export class LockHeldError extends Error {}

/** Milliseconds between two tries. */
const PAUSE_MS = 20;

/**
 * Locks a lock file. Waits while another process holds it, but not indefinitely: that process may be stopped, or run on
 * a machine that has lost its connection.
 *
 * @param path The lock file.
 * @param options How to wait.
 * @returns The lock, which is released at the end of the block: `using lock = await waitForLock(path, options);`.
 * @throws {LockHeldError} If another process still holds the lock after `waitMs`.
 * @throws {Error} Errors of {@linkcode openLockFile}, the system's error, or the signal's reason.
 */
export async function waitForLock(path: string, { clock, waitMs, signal }: LockOptions): Promise<Disposable> {
  const file = openLockFile(path);
  try {
    for (let waitedMs = 0; !await file.tryLock(true); waitedMs += PAUSE_MS) {
      if (waitedMs >= waitMs) throw new LockHeldError(`another process has held it for ${waitMs / 1000} seconds`);
      await clock.sleep(PAUSE_MS, signal);
    }
    return file;
  } catch (error) {
    file.close();
    throw error;
  }
}
