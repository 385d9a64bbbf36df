/** Byte sources: memory, or a file that can be read more than once. */
import { Buffer } from "node:buffer";
import { GrowingBytes } from "../lists/growing_bytes.ts";

/** Bytes in memory, or a source that can be read more than once from its beginning, such as a file. */
export type Source = Uint8Array | { chunks(): Iterable<Uint8Array> };

/**
 * Reads a source from its beginning.
 *
 * @param source The source.
 * @returns Its bytes in chunks, each valid until the next is requested.
 */
export function chunksOf(source: Source): Iterable<Uint8Array> {
  return source instanceof Uint8Array ? [source] : source.chunks();
}

/**
 * Reads a whole source into memory.
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
 * @param source The source. It is read to count, unless it is in memory.
 * @returns The number of bytes.
 */
export function lengthOf(source: Source): number {
  return Iterator.from(chunksOf(source)).reduce((sum, chunk) => sum + chunk.length, 0);
}

/**
 * Encodes a source in base64.
 *
 * @param source The source.
 * @returns The base64 text in pieces.
 */
export function* base64Pieces(source: Source): Generator<string> {
  let rest = new Uint8Array(0);
  for (const chunk of chunksOf(source)) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    // Three bytes become four characters. Bytes left over wait for the next chunk.
    const whole = bytes.length - bytes.length % 3;
    if (whole > 0) yield bytes.subarray(0, whole).toBase64();
    rest = new Uint8Array(bytes.subarray(whole)); // a copy, which `slice` of a Buffer would not be
  }
  if (rest.length > 0) yield rest.toBase64();
}
