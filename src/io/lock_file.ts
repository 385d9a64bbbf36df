/** Lock files: one process at a time, for as long as it lives. */
import { isAt, PRIVATE_MODE } from "./atomic_write.ts";

/**
 * Opens a lock file, which is created if it is not there. The caller locks it, and closes it to release the lock. It is
 * never written to, and never removed: a process that waits for the removed file and one that creates it anew would
 * both hold a lock.
 *
 * @param path The lock file.
 * @returns The open file.
 * @throws {Error} The system's error; and `Deno.errors.InvalidData` if something other than a regular file is there,
 * such as a symlink, which is never followed.
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
    // Opening a FIFO would wait for a reader.
    if (!Deno.lstatSync(path).isFile) throw notAFile();
    return undefined;
  }
}

function notAFile(): Error {
  return new Deno.errors.InvalidData("it is not a regular file; remove it");
}
