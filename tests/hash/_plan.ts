/** Plans tasks as the program does: with the file as it looks now. */
import { stampOf } from "../../src/io/file_stamp.ts";
import type { PlannedFile } from "../../src/io/planned_file.ts";
import type { HashTask } from "../../src/hash/tasks/hash_task.ts";

/** Each file gets an ID of its own. */
let nextId = 0;

/** The file as it looks now. */
export function lookAt(path: string): PlannedFile {
  return { id: nextId++, path, followsLinks: false, ...stampOf(Deno.lstatSync(path)) };
}

/** A file that nobody opens. */
export function imaginaryFile(path: string, size: number): PlannedFile {
  return { id: nextId++, path, followsLinks: false, size, modified: 0, changed: 0, device: 1, inode: 1 };
}

/** A task for the whole file as it looks now, which must have the size that the file system reports. */
export function wholeFile(path: string): HashTask {
  const file = lookAt(path);
  return { file, start: 0, end: file.size };
}
