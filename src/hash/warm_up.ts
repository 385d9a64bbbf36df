/** Has the system read files before they are needed, several at once, as disks are fastest so. */
import type { HashTask } from "./task.ts";

/**
 * Reads the files of small tasks into the page cache. What cannot be read is passed over: whoever needs it will say so.
 *
 * @param tasks Tasks of files that are small.
 */
export async function warmUp(tasks: readonly HashTask[]): Promise<void> {
  await Promise.all(tasks.map(({ file }) => readThrough(file.path, file.size)));
}

async function readThrough(path: string, planned: number): Promise<void> {
  try {
    const { isFile, size } = await Deno.stat(path);
    if (isFile && size === planned && size <= MOST_BYTES) await Deno.readFile(path);
  } catch {
    // It may be gone, or not for us to read.
  }
}

/** What is larger is read on by the system itself. */
const MOST_BYTES = 256 * 1024;
