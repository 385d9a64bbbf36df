/** Strict base64 decoder for untrusted input. */

/**
 * Decodes standard base64 (RFC 4648 §4) in its canonical form: padded, without white space, with zero pad bits. Bytes
 * with several accepted encodings would make a signature malleable.
 *
 * @param text The base64 text.
 * @returns The bytes, or `undefined` if the text is empty or not canonical.
 */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  // fromBase64 skips white space.
  if (text === "" || /[\t\n\f\r ]/.test(text)) return undefined;
  try {
    return Uint8Array.fromBase64(text, { lastChunkHandling: "strict" });
  } catch {
    return undefined;
  }
}
