/** Counts the files below a path without opening any of them. */
import { otherTurn } from "../../io/yield_to_event_loop.ts";

/** Entries after which the event loop gets a turn. */
const ENTRIES_PER_TURN = 1_000;

/** How many directory entries may still be looked at: several counts can share one budget. */
export interface EntryBudget {
  left: number;
}

/** What lies at a path. */
export interface FileCount {
  /** Everything that is not a directory, or `null` if a directory cannot be read or the budget ran out. */
  readonly files: number | null;
  /** Whether the path itself is a directory. */
  readonly isFolder: boolean;
}

/**
 * Counts the files at and below a path. Symlinks and special files count as one file each; they are not followed.
 *
 * @param path A file or directory.
 * @param budget Reduced by every directory entry that is looked at.
 * @param signal Ends the count.
 * @returns How many there are.
 */
export async function countFiles(path: string, budget: EntryBudget, signal?: AbortSignal): Promise<FileCount> {
  const found = look(path);
  if (found === 0 || found === null) return { files: found, isFolder: false };
  const isFolder = found.isDirectory;
  if (!isFolder) return { files: 1, isFolder };
  let files = 0;
  const folders = [path];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    const entries = list(folder);
    if (entries === undefined) return { files: null, isFolder };
    for (const entry of entries) {
      if (budget.left-- <= 0) return { files: null, isFolder };
      if (budget.left % ENTRIES_PER_TURN === 0) {
        await otherTurn();
        signal?.throwIfAborted();
      }
      if (entry.isDirectory) folders.push(`${folder}/${entry.name}`);
      else files++;
    }
  }
  return { files, isFolder };
}

/** What is at a path; 0 if it has gone, and `null` if it cannot be looked at. */
function look(path: string): Deno.FileInfo | 0 | null {
  try {
    return Deno.lstatSync(path);
  } catch (error) {
    return error instanceof Deno.errors.NotFound ? 0 : null;
  }
}

/** `undefined` if the directory cannot be read: it is then unknown what lies in it. */
function list(folder: string): Iterable<Deno.DirEntry> | undefined {
  try {
    return Deno.readDirSync(folder);
  } catch {
    return undefined;
  }
}
