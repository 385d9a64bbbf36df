/** The one strict decoder of base64 that comes from outside. */

/**
 * Decodes standard base64 (RFC 4648 §4) in its canonical form: padded, without white space, no bits left over. What has
 * several spellings could be changed without its signature noticing.
 *
 * @param text The base64.
 * @returns The bytes, or `undefined` if it is empty or not canonical.
 */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  // fromBase64 would skip white space.
  if (text === "" || /[\t\n\f\r ]/.test(text)) return undefined;
  try {
    return Uint8Array.fromBase64(text, { lastChunkHandling: "strict" });
  } catch {
    return undefined;
  }
}
