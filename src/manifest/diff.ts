/** Compares the manifest of what was signed with the manifest of what is here (OMS v1.0 §8.4). */
import { Buffer } from "node:buffer";
import { compareCodePoints } from "../model/names.ts";
import { isSameBytes } from "../same_bytes.ts";
import { type FileRange, type Names, parseShardName, type Resources, type SerializationMethod } from "./manifest.ts";

/** How a model differs from what was signed. Names are relative to the model, sorted by code point. */
export interface Differences {
  /** Files whose bytes differ. */
  changed: string[];
  /** Files that were signed and are not here. */
  missing: string[];
  /** Files that are here and were not signed. */
  extra: string[];
  /** With `shards`: which bytes of the changed files differ. */
  changedRanges?: FileRange[];
}

/** No differences. */
export function noDifferences(): Differences {
  return { changed: [], missing: [], extra: [] };
}

/** Whether a model is what was signed. */
export function isSame(differences: Differences): boolean {
  return differences.changed.length + differences.missing.length + differences.extra.length === 0;
}

/**
 * Lists every difference between two manifests of one method.
 *
 * @param signed The resources of the signature.
 * @param found The resources of the model.
 * @param method The method of both.
 * @param present Names of all that is in the model: what has no resource, such as an empty file with `shards`, is there
 * all the same.
 * @returns The differences.
 */
export function diffResources(
  signed: Resources,
  found: Resources,
  method: SerializationMethod,
  present: Iterable<string>,
): Differences {
  const toRange = (name: string): FileRange => parseShardName(name)!;
  const toFile = (name: string): string => method === "shards" ? toRange(name).file : name;
  const signedFiles = new Set(method === "shards" ? Iterator.from(signed.names).map(toFile) : signed.names);
  const presentFiles = new Set(present);
  const inBoth = (file: string): boolean => signedFiles.has(file) && presentFiles.has(file);

  const changed = differingNames(signed, found).filter((name) => inBoth(toFile(name)));
  const differences: Differences = {
    changed: [...new Set(changed.map(toFile))].sort(compareCodePoints),
    missing: [...signedFiles.difference(presentFiles)].sort(compareCodePoints),
    extra: [...presentFiles.difference(signedFiles)].sort(compareCodePoints),
  };
  if (method !== "shards" || changed.length === 0) return differences;
  return { ...differences, changedRanges: mergeRanges(changed.map(toRange)) };
}

/** Names that stand in one manifest alone, or in both with different digests. */
function differingNames(signed: Resources, found: Resources): string[] {
  if (isSameNames(signed.names, found.names)) {
    return [...Iterator.from(signed.names).filter((_, i) => !isSameBytes(signed.digest(i), found.digest(i)))];
  }
  const signedDigests = new Map(Iterator.from(signed).map(({ name, digest }) => [name, digest]));
  const names: string[] = [];
  for (const { name, digest } of found) {
    const signedDigest = signedDigests.get(name);
    if (signedDigest === undefined || !isSameBytes(signedDigest, digest)) names.push(name);
    signedDigests.delete(name);
  }
  return [...names, ...signedDigests.keys()];
}

/**
 * Whether two manifests list the same resources in the same order, as nearly always.
 *
 * @param a One manifest.
 * @param b Another.
 * @returns Whether all of their names and digests are the same.
 */
export function isSameResources(a: Resources, b: Resources): boolean {
  return Buffer.from(a.digests.buffer, a.digests.byteOffset, a.digests.byteLength).equals(b.digests) &&
    isSameNames(a.names, b.names);
}

function isSameNames(a: Names, b: Names): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a.at(i) !== b.at(i)) return false;
  return true;
}

/** A shard may differ as it was and as it is, where the file's length changed: the union of both is what changed. */
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
