/** Guesses the size of a model before it is walked. */

/** So many entries are looked at, and no directory that is larger in itself: it may hold a hundred thousand. */
const MOST_ENTRIES = 256;
const MOST_DIRECTORY_BYTES = 64 * 1024;

/**
 * Whether a model is likely to hold so many bytes. Takes a millisecond or two; what cannot be read counts nothing, and no
 * link is followed. Ignored paths are not known yet, so this says nothing of what belongs to the model.
 *
 * @param path The model, a file or a directory.
 * @param bytes How many.
 * @returns Whether the first entries that were met hold as many.
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
      // Whoever needs it will say so.
    }
  }
  return left <= 0;
}
