/** Text in pieces as bytes, without memory for each piece. */

/** Bytes that are given at once at the most. */
const CHUNK_BYTES = 65_536;

/**
 * Encodes text in UTF-8.
 *
 * @param pieces The text in pieces, each a whole number of characters.
 * @returns Its bytes in chunks, each good until the next is asked for.
 */
export function* utf8Chunks(pieces: Iterable<string>): Generator<Uint8Array> {
  const encoder = new TextEncoder();
  const buffer = new Uint8Array(CHUNK_BYTES);
  for (const piece of pieces) {
    for (let rest = piece; rest.length > 0;) {
      const { read, written } = encoder.encodeInto(rest, buffer);
      yield buffer.subarray(0, written);
      rest = rest.slice(read);
    }
  }
}
