/** Lists the differences between a model and what was signed (OMS v1.0 §8.4). */
import { compareCodePoints } from "../model/names.ts";
import type { IndexedList } from "../lists/indexed_list.ts";
import { type FileRange, parseShardName } from "./shards.ts";
import type { SerializationMethod } from "./manifest.ts";
import { isAllMatched, type NameMatch, UNSIGNED } from "./match.ts";

/** How a model differs from what was signed. Names are relative to the model, sorted by code point. */
export interface Differences {
  /** Files whose bytes differ. */
  changed: string[];
  /** Files that were signed but are not in the model. */
  missing: string[];
  /** Files that are in the model but were not signed. */
  extra: string[];
  /** With `shards`: the byte ranges that differ in the changed files. */
  changedRanges?: FileRange[];
  /** Changed files that are Git LFS pointers: `git lfs pull` replaces them with their content. */
  lfsPointers?: LfsPointerFile[];
  /** Pairs of a missing and an extra file whose names look the same: they differ only in Unicode normalization. */
  lookAlikes?: LookAlike[];
}

/** A changed file that is a Git LFS pointer. */
export interface LfsPointerFile {
  /** Its name. */
  name: string;
  /** Whether it points to exactly the content that was signed, or `null` if the signature does not say. */
  pointsToSigned: boolean | null;
}

/** Two names that are the same text in different Unicode normalization forms. */
export interface LookAlike {
  /** The name that was signed. */
  missing: string;
  /** The name in the model. */
  extra: string;
}

/**
 * Pairs missing and extra names that are equal after normalization (NFC), such as a composed and a decomposed "é".
 * Archives and file systems convert one into the other.
 *
 * @param differences The names.
 * @returns The pairs, in the order of the missing names.
 */
export function findLookAlikes({ missing, extra }: Pick<Differences, "missing" | "extra">): LookAlike[] {
  const extraByForm = new Map(extra.map((name) => [name.normalize(), name]));
  return missing.flatMap((name) => {
    const other = extraByForm.get(name.normalize());
    return other === undefined ? [] : [{ missing: name, extra: other }];
  });
}

/** No differences. */
export function noDifferences(): Differences {
  return { changed: [], missing: [], extra: [] };
}

/** Whether the model is what was signed. */
export function hasNoDifferences(differences: Differences): boolean {
  return differences.changed.length + differences.missing.length + differences.extra.length === 0;
}

/** The result of comparing the resources of a model with those of a signature. */
export interface Compared {
  /** Names of the signature. */
  readonly signed: IndexedList<string>;
  /** Names of the model. */
  readonly found: IndexedList<string>;
  /** Which names of the model are in the signature. */
  readonly match: NameMatch;
  /** Indices of names of the model that are in the signature with another digest. */
  readonly differing: readonly number[];
}

/** Whether the model and the signature have the same resources with the same digests. */
export function isIdentical({ signed, found, match, differing }: Compared): boolean {
  return isAllMatched(match, found, signed) && differing.length === 0;
}

/**
 * Lists every difference between a model and what was signed.
 *
 * @param compared The resources of both.
 * @param method The serialization.
 * @param signedFiles Names of the files that were signed.
 * @param present Names of everything in the model, including what has no resource, such as an empty file with `shards`.
 * @returns The differences.
 */
export function listDifferences(
  compared: Compared,
  method: SerializationMethod,
  signedFiles: ReadonlySet<string>,
  present: ReadonlySet<string>,
): Differences {
  const toRange = (name: string): FileRange => parseShardName(name)!;
  const toFile = (name: string): string => method === "shards" ? toRange(name).file : name;
  const inBoth = (file: string): boolean => signedFiles.has(file) && present.has(file);

  const changed = differingNames(compared).filter((name) => inBoth(toFile(name)));
  const differences: Differences = {
    changed: [...new Set(changed.map(toFile))].sort(compareCodePoints),
    missing: [...signedFiles.difference(present)].sort(compareCodePoints),
    extra: [...present.difference(signedFiles)].sort(compareCodePoints),
  };
  if (method !== "shards" || changed.length === 0) return differences;
  return { ...differences, changedRanges: mergeRanges(changed.map(toRange)) };
}

/** Names that are in only one of the two, or in both with different digests. */
function differingNames({ signed, found, match, differing }: Compared): string[] {
  const names = differing.map((index) => found.at(index)!);
  const isFound = new Uint8Array(signed.length);
  match.signedAt.forEach((signedAt, index) => {
    if (signedAt === UNSIGNED) names.push(found.at(index)!);
    else isFound[signedAt] = 1;
  });
  isFound.forEach((is, index) => {
    if (is === 0) names.push(signed.at(index)!);
  });
  return names;
}

/** If the size of a file changed, its last shard has another end: the longer of the two ranges is what changed. */
function mergeRanges(ranges: FileRange[]): FileRange[] {
  const merged: FileRange[] = [];
  ranges.sort((a, b) => compareCodePoints(a.file, b.file) || a.start - b.start || a.end - b.end);
  for (const range of ranges) {
    const last = merged.at(-1);
    if (last?.file === range.file && last.start === range.start) merged.pop();
    merged.push(range);
  }
  return merged;
}
