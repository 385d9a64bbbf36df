/** File stamps: detect that a file or directory was replaced or changed since it was last examined. */

/** The state of a file or directory, as far as the operating system reports it. */
export interface FileStamp {
  /** Size in bytes. */
  readonly size: number;
  /** Modification time in milliseconds since 1970, or `null` if the file system has none. Anyone can set it. */
  readonly modified: number | null;
  /** Status change time (ctime), which cannot be set. Deno rounds it down to whole seconds. */
  readonly changed: number | null;
  /** Device number of the file system. */
  readonly device: number | null;
  /** Inode number, or `null` where there is none, as on Windows. */
  readonly inode: number | null;
}

/** The stamp of a file. */
export function stampOf(info: Deno.FileInfo): FileStamp {
  return {
    size: info.size,
    modified: info.mtime?.getTime() ?? null,
    changed: info.ctime?.getTime() ?? null,
    device: info.dev ?? null,
    inode: info.ino,
  };
}

/**
 * Compares two stamps of a file.
 *
 * @param before The earlier stamp.
 * @param now The current stamp.
 * @returns What changed, to follow "it changes while it is read:", or `undefined` if nothing did.
 */
export function describeChange(before: FileStamp, now: FileStamp): string | undefined {
  if (now.size !== before.size) return `its size was ${before.size} and is ${now.size}`;
  if (now.modified !== before.modified) return "it was written to";
  if (now.inode !== before.inode || now.device !== before.device) return "something else took its place";
  if (now.changed !== before.changed) return "its content or metadata was changed";
  return undefined;
}

/** A second change within this many milliseconds may leave ctime unchanged, which Deno reports in whole seconds. */
const RECENT_MS = 2_000;

/**
 * Whether something changed so recently that a further change might not be detected.
 *
 * @param stamp The current stamp.
 * @param now The current time in milliseconds since 1970.
 */
export function isRecent({ changed }: FileStamp, now: number): boolean {
  return changed === null || now - changed < RECENT_MS;
}

/** Numbers that a packed stamp takes. One object per file would take three times the memory. */
export const STAMP_NUMBERS = 5;

/** Packs a stamp. `null` becomes `NaN`. */
export function packStamp({ size, modified, changed, device, inode }: FileStamp, into: Float64Array, at: number): void {
  into[at] = size;
  into[at + 1] = modified ?? NaN;
  into[at + 2] = changed ?? NaN;
  into[at + 3] = device ?? NaN;
  into[at + 4] = inode ?? NaN;
}

/** Unpacks a stamp. */
export function unpackStamp(from: Float64Array, at: number): FileStamp {
  return {
    size: from[at]!,
    modified: orNull(from[at + 1]!),
    changed: orNull(from[at + 2]!),
    device: orNull(from[at + 3]!),
    inode: orNull(from[at + 4]!),
  };
}

function orNull(number: number): number | null {
  return Number.isNaN(number) ? null : number;
}
