/** Bytes that count modulo 251: a prime, so that swapped, lost or doubled blocks of any usual size show. */
export function countingBytes(length: number, from = 0): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, i) => (from + i) % 251);
}
