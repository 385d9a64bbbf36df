/**
 * Writes out a value for people, the same for equal values: keys sorted, nothing cut short.
 *
 * @param value The value.
 * @returns Its text, on several lines if it has parts.
 */
export function inspect(value: unknown): string {
  return Deno.inspect(value, {
    compact: false,
    depth: Infinity,
    getters: true,
    iterableLimit: Infinity,
    sorted: true,
    strAbbreviateSize: Infinity,
    trailingComma: true,
  });
}
