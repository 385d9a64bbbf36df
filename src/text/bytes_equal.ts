/**
 * Whether two byte strings are equal. Not for secrets: it ends at the first difference.
 *
 * @param a One byte string.
 * @param b Another.
 * @returns Whether they have the same bytes.
 */
export function bytesEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
