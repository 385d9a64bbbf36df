/** Estimates the size of a model before it is walked. */

/** Maximum number of entries to look at. */
const MOST_ENTRIES = 256;

/** A directory larger than this is not read: it may hold a hundred thousand entries. */
const MOST_DIRECTORY_BYTES = 64 * 1024;

/**
 * Whether a model probably holds a number of bytes. Takes a millisecond or two. Unreadable entries count as empty, and
 * symlinks are not followed. Ignored paths are not known yet, so their files count as well.
 *
 * @param path The model, a file or a directory.
 * @param bytes The number of bytes.
 * @returns Whether the first entries hold at least that many.
 */
export function isProbablyAtLeast(path: string, bytes: number): boolean {
  const waiting = [path];
  let left = bytes;
  for (let seen = 0; seen < MOST_ENTRIES && waiting.length > 0 && left > 0; seen++) {
    const next = waiting.shift()!;
    try {
      const { isFile, isDirectory, size } = seen === 0 ? Deno.statSync(next) : Deno.lstatSync(next);
      if (isFile) left -= size;
      if (!isDirectory || size > MOST_DIRECTORY_BYTES || waiting.length > MOST_ENTRIES) continue;
      for (const { name } of Deno.readDirSync(next)) waiting.push(`${next}/${name}`);
    } catch {
      // The walk will report it.
    }
  }
  return left <= 0;
}
