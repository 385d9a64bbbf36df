/** Where the bytes of a signature come from. */
import { Buffer } from "node:buffer";
import { GrowingBytes } from "../lists/growing_bytes.ts";

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

/**
 * Counts the bytes of a source.
 *
 * @param source The source, which is read for it unless it is in memory.
 * @returns How many there are.
 */
export function lengthOf(source: Source): number {
  return Iterator.from(chunksOf(source)).reduce((sum, chunk) => sum + chunk.length, 0);
}

/**
 * Writes a source in base64.
 *
 * @param source The source.
 * @returns The text in pieces.
 */
export function* base64Pieces(source: Source): Generator<string> {
  let rest = new Uint8Array(0);
  for (const chunk of chunksOf(source)) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    // Three bytes are four characters: what is left over waits for the next chunk.
    const whole = bytes.length - bytes.length % 3;
    if (whole > 0) yield bytes.subarray(0, whole).toBase64();
    rest = new Uint8Array(bytes.subarray(whole)); // a copy, which `slice` of a Buffer would not be
  }
  if (rest.length > 0) yield rest.toBase64();
}
