/** Has the system read files before they are needed, several at once, as disks are fastest so. */
import { openPlanned, type PlannedFile } from "../io/planned_file.ts";
import type { HashTask } from "./task.ts";

/**
 * Reads the files of small tasks into the page cache. What cannot be read is passed over: whoever needs it will say so.
 *
 * @param tasks Tasks of files that are small.
 */
export async function warmUp(tasks: readonly HashTask[]): Promise<void> {
  await Promise.all(tasks.map(({ file }) => readThrough(file)));
}

async function readThrough(planned: PlannedFile): Promise<void> {
  if (planned.size > MOST_BYTES) return;
  try {
    using file = openPlanned(planned);
    await file.readMeanwhile(new Uint8Array(planned.size));
  } catch {
    // It may be gone, or not for us to read.
  }
}

/** What is larger is read on by the system itself. */
const MOST_BYTES = 256 * 1024;
