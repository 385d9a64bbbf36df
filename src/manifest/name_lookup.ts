/** Finds names among many. Nearly always they are sorted: then no set of them is needed, which takes more than they. */
import type { Names } from "./manifest.ts";

/**
 * Looks for a name that is there twice.
 *
 * @param names The names.
 * @returns Such a name, or `undefined` if there is none.
 */
export function findDuplicate(names: Names): string | undefined {
  if (isAscending(names)) return undefined;
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) return name;
    seen.add(name);
  }
  return undefined;
}

/**
 * Makes many names ready to be looked for.
 *
 * @param names The names.
 * @returns Whether a name is one of them.
 */
export function lookUpIn(names: Names): (name: string) => boolean {
  if (isAscending(names)) return (name) => isAmong(names, name);
  const set = new Set(names);
  return (name) => set.has(name);
}

/** Any strict order will do, and by UTF-16 units is the fastest. */
function isAscending(names: Names): boolean {
  let last: string | undefined;
  for (const name of names) {
    if (last !== undefined && !(last < name)) return false;
    last = name;
  }
  return true;
}

function isAmong(names: Names, wanted: string): boolean {
  let [low, high] = [0, names.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (names.at(middle)! < wanted) low = middle + 1;
    else high = middle;
  }
  return names.at(low) === wanted;
}
