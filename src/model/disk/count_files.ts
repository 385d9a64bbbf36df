/** Counts the files below a path without opening them. */
import { yieldToEventLoop } from "../../io/yield_to_event_loop.ts";
import type { EntryBudget, FileCount } from "../source.ts";

/** Number of entries between two yields to the event loop. */
const ENTRIES_PER_TURN = 1_000;

/**
 * Counts the files at and below a path. Symlinks and special files count as one file each; they are not followed.
 *
 * @param path A file or directory.
 * @param budget Reduced by every directory entry that is counted.
 * @param signal Ends the count.
 * @returns The number of files.
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

/** What is at a path: 0 if there is nothing, `null` if that cannot be told. */
function look(path: string): Deno.FileInfo | 0 | null {
  try {
    return Deno.lstatSync(path);
  } catch (error) {
    return error instanceof Deno.errors.NotFound ? 0 : null;
  }
}

/** The entries of a directory, or `undefined` if it cannot be read. */
function list(directory: string): Iterable<Deno.DirEntry> | undefined {
  try {
    return Deno.readDirSync(directory);
  } catch {
    return undefined;
  }
}
