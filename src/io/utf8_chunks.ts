/** Encodes a stream of text in UTF-8, in chunks of one reused buffer. */

/** Maximum size of a chunk. */
const CHUNK_BYTES = 65_536;

/**
 * Encodes text in UTF-8.
 *
 * @param pieces The text in pieces. No piece may split a surrogate pair.
 * @returns The bytes in chunks, each valid until the next is requested.
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
