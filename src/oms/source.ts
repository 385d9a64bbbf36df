/** Where the bytes of a signature come from. */
import { GrowingBytes } from "../growing_bytes.ts";

/** Bytes in memory, or what can be read more than once from its beginning, as a file can. */
export type Source = Uint8Array | { chunks(): Iterable<Uint8Array> };

/**
 * Reads a source from its beginning.
 *
 * @param source The source.
 * @returns Its bytes in pieces, each good until the next is asked for.
 */
export function chunksOf(source: Source): Iterable<Uint8Array> {
  return source instanceof Uint8Array ? [source] : source.chunks();
}

/**
 * Reads a source whole.
 *
 * @param source The source.
 * @returns All of its bytes.
 */
export function bytesOf(source: Source): Uint8Array {
  if (source instanceof Uint8Array) return source;
  const bytes = new GrowingBytes();
  for (const chunk of source.chunks()) bytes.append(chunk);
  return bytes.bytes;
}
