import { closest, distance } from "fastest-levenshtein";

/**
 * The known word that was probably meant.
 *
 * @param word What was written.
 * @param known The words there are.
 * @returns The nearest of them, or `undefined` if none is near.
 */
export function nearest(word: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined;
  const found = closest(word, known);
  return distance(word, found) <= Math.max(2, Math.floor(word.length / 3)) ? found : undefined;
}
