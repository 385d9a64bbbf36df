/** Recognises a file or directory that was replaced or changed since it was last looked at. */

/** One state of a file or directory, as far as the operating system shows it. */
export interface FileStamp {
  /** Size in bytes. */
  readonly size: number;
  /** Time of the last write in milliseconds since 1970, or `null` where the file system has none. Anyone can set it. */
  readonly modified: number | null;
  /** Time of the last change of content or metadata, which nobody can set; Deno rounds it down to whole seconds. */
  readonly changed: number | null;
  /** The file system. */
  readonly device: number | null;
  /** Number of the file in its file system, or `null` where there is none, as on Windows. */
  readonly inode: number | null;
}

/** The state that the operating system reports. */
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
 * Compares a file with how it looked before.
 *
 * @param before How it looked.
 * @param now How it looks now.
 * @returns What happened to it, to follow "it changes while it is read:", or `undefined` if it is as it was.
 */
export function describeChange(before: FileStamp, now: FileStamp): string | undefined {
  if (now.size !== before.size) return `its size was ${before.size} and is ${now.size}`;
  if (now.modified !== before.modified) return "it was written to";
  if (now.inode !== before.inode || now.device !== before.device) return "something else took its place";
  if (now.changed !== before.changed) return "its content or metadata was changed";
  return undefined;
}

/** Within this many milliseconds a second change may leave the same time of change, which Deno gives in whole seconds. */
const RECENT_MS = 2_000;

/**
 * Whether something changed so recently that a further change might not show.
 *
 * @param stamp How it looks.
 * @param now The present time in milliseconds since 1970.
 */
export function isRecent({ changed }: FileStamp, now: number): boolean {
  return changed === null || now - changed < RECENT_MS;
}

/** How many numbers a stamp is packed into: an object per file would cost three times the memory. */
export const STAMP_NUMBERS = 5;

/** Packs a stamp. What there is none of becomes `NaN`. */
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
