/** Hash tasks: each is a byte range of a file, and becomes one digest. */
import type { PlannedFile } from "../../io/planned_file.ts";

/** Hash `prefix`, and then the bytes of the file from `start` up to, but not including, `end`. */
export interface HashTask {
  readonly file: PlannedFile;
  readonly start: number;
  readonly end: number;
  /**
   * Whether to hash up to the actual end of the file. Its size is then only an estimate: procfs reports 0, sysfs a whole
   * page. Otherwise a file of another size is an error.
   */
  readonly toEnd?: boolean;
  /** Text that is hashed before the bytes, as `h1` and `h2` need it. */
  readonly prefix?: string;
  /** For one part of a message that BLAKE3 hashes in parts: the number of its first chunk in the message. */
  readonly part?: number;
}

/** How many bytes a task reads, if the file has the size that the file system reports. */
export function taskBytes({ start, end }: HashTask): number {
  return end - start;
}
