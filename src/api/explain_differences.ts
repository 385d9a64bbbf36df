/** Explains differences between a model and its signature by common accidents that a list of names does not show. */
import {
  type Compared,
  type Differences,
  findLookAlikes,
  type LfsPointerFile,
  type LookAlike,
} from "../manifest/diff.ts";
import type { ResourceManifest } from "../manifest/manifest.ts";
import { shardName } from "../manifest/shards.ts";
import { type LfsPointer, readLfsPointer } from "../model/disk/lfs_pointer.ts";
import { compareCodePoints } from "../model/names.ts";
import type { Listing } from "../model/source.ts";
import { option } from "../text/option.ts";
import { escapeNonAscii, quote } from "../text/quote.ts";
import { bytesEqual } from "../text/bytes_equal.ts";

/** A model and what it was compared with. */
interface Comparison {
  readonly listing: Listing;
  readonly manifest: ResourceManifest;
  readonly compared: Compared;
}

/**
 * Looks for explanations of differences, and adds what it finds to them.
 *
 * @param differences The differences.
 * @param comparison What was compared.
 * @returns Phrases for a message.
 */
export function explainDifferences(differences: Differences, comparison: Comparison): string[] {
  const pointers = findPointers(differences.changed, comparison);
  if (pointers.length > 0) differences.lfsPointers = pointers;
  const lookAlikes = findLookAlikes(differences);
  if (lookAlikes.length > 0) differences.lookAlikes = lookAlikes;
  const behindLink = findBehindLink(comparison.listing, differences.extra);
  return [...explainPointers(pointers), ...explainLookAlikes(lookAlikes), ...explainLink(behindLink)];
}

/** Maximum number of changed files to look at. */
const MOST_POINTERS = 2_000;

function findPointers(changed: readonly string[], comparison: Comparison): LfsPointerFile[] {
  const names = new Set(changed);
  const pointers = new Map<string, LfsPointer>();
  const candidates = Iterator.from(comparison.listing.files).filter(({ name }) => names.has(name)).take(MOST_POINTERS);
  for (const file of candidates) {
    const pointer = readLfsPointer(file);
    if (pointer !== undefined) pointers.set(file.name, pointer);
  }
  if (pointers.size === 0) return [];
  const signed = signedContents(pointers, comparison);
  return Array.from(pointers, ([name, { sha256 }]) => {
    const content = signed.get(name);
    return { name, pointsToSigned: content === undefined ? null : bytesEqual(content, sha256) };
  }).sort((a, b) => compareCodePoints(a.name, b.name));
}

/** The SHA-256 of the signed content for each pointer, where the signature has it. */
function signedContents(
  pointers: ReadonlyMap<string, LfsPointer>,
  { manifest: { serialization, resources }, compared }: Comparison,
): Map<string, Uint8Array> {
  const contents = new Map<string, Uint8Array>();
  if (serialization.hashAlgorithm !== "sha256") return contents;
  // The digest of a file with a single shard is the digest of its content.
  const nameOf = (file: string, pointer: LfsPointer): string =>
    serialization.method === "files" ? file : shardName({ file, start: 0, end: pointer.size });
  const fileOf = new Map(Array.from(pointers, ([file, pointer]) => [nameOf(file, pointer), file]));
  let index = 0;
  for (const name of compared.signed) {
    const file = fileOf.get(name);
    if (file !== undefined) contents.set(file, resources.digest(index));
    index++;
  }
  return contents;
}

function explainPointers(pointers: readonly LfsPointerFile[]): string[] {
  const [first] = pointers;
  if (first === undefined) return [];
  const what = pointers.length === 1
    ? `${quote(first.name)} is a Git LFS pointer`
    : `${pointers.length} files are Git LFS pointers, such as ${quote(first.name)}`;
  const target = pointers.every(({ pointsToSigned }) => pointsToSigned === true) ? " to the signed content" : "";
  return [`${what}${target}: run \`git lfs pull\` to get the content`];
}

function explainLookAlikes(lookAlikes: readonly LookAlike[]): string[] {
  const [first] = lookAlikes;
  if (first === undefined) return [];
  return [
    `"${escapeNonAscii(first.missing)}" is missing and "${
      escapeNonAscii(first.extra)
    }" is extra: the names look alike but differ in ` +
    "Unicode normalization, which an archive or a file system may have changed; rename the file" +
    (lookAlikes.length === 1 ? "" : ` (and ${lookAlikes.length - 1} more)`),
  ];
}

/** The first extra file that is reached through a symlink to a directory. */
function findBehindLink({ linkedDirectories }: Listing, extra: readonly string[]): string | undefined {
  const linked = new Set(linkedDirectories);
  return linked.size === 0 ? undefined : extra.find((name) => parentsOf(name).some((parent) => linked.has(parent)));
}

/** The directories that a file is in, from the outermost on. */
function parentsOf(name: string): string[] {
  const parts = name.split("/");
  return parts.slice(1).map((_, i) => parts.slice(0, i + 1).join("/"));
}

function explainLink(name: string | undefined): string[] {
  if (name === undefined) return [];
  return [
    `${
      quote(name)
    } lies behind a symlink to a directory, which other tools do not follow, so their signatures do not ` +
    `list it; ${option("ignoreUnsignedFiles")} accepts such files as not covered`,
  ];
}
