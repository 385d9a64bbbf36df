/** Plans tasks as the program does: with the file as it looks now. */
import type { HashTask, TaskFile } from "../../src/hash/task.ts";

/** The file as it looks now. */
export function lookAt(path: string): TaskFile {
  const { size, mtime } = Deno.statSync(path);
  return { path, size, modified: mtime?.getTime() ?? null };
}

/** A task for the whole file as it looks now. */
export function wholeFile(path: string): HashTask {
  const file = lookAt(path);
  return { file, start: 0, end: file.size };
}
