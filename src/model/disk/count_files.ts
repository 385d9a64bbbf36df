/** Counts the files below a path without opening any of them. */
import { yieldToEventLoop } from "../../io/yield_to_event_loop.ts";

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
  readonly isDirectory: boolean;
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
  if (found === 0 || found === null) return { files: found, isDirectory: false };
  const isDirectory = found.isDirectory;
  if (!isDirectory) return { files: 1, isDirectory };
  let files = 0;
  const directories = [path];
  for (let directory = directories.pop(); directory !== undefined; directory = directories.pop()) {
    const entries = list(directory);
    if (entries === undefined) return { files: null, isDirectory };
    for (const entry of entries) {
      if (budget.left-- <= 0) return { files: null, isDirectory };
      if (budget.left % ENTRIES_PER_TURN === 0) {
        await yieldToEventLoop();
        signal?.throwIfAborted();
      }
      if (entry.isDirectory) directories.push(`${directory}/${entry.name}`);
      else files++;
    }
  }
  return { files, isDirectory };
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
function list(directory: string): Iterable<Deno.DirEntry> | undefined {
  try {
    return Deno.readDirSync(directory);
  } catch {
    return undefined;
  }
}
