/** Object identifiers (X.690 §8.19). */

/**
 * Formats an object identifier in dotted-decimal form.
 *
 * @param content The content octets of a well-formed element.
 * @returns The text, such as `1.2.840.113549.1.5.13`.
 */
export function formatOid(content: Uint8Array): string {
  const numbers: bigint[] = [];
  let number = 0n;
  for (const byte of content) {
    number = number << 7n | BigInt(byte & 0x7f);
    if (byte >= 0x80) continue;
    numbers.push(number);
    number = 0n;
  }
  const [first = 0n, ...rest] = numbers;
  const top = first < 80n ? first / 40n : 2n;
  return [top, first - top * 40n, ...rest].join(".");
}
