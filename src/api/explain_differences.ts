/** Why a model may differ from what was signed: the usual accidents, which a list of names does not show. */
import { DIGEST_BYTES } from "../hash/engines/engine.ts";
import {
  type Compared,
  type Differences,
  findLookAlikes,
  type LfsPointerFile,
  type LookAlike,
} from "../manifest/diff.ts";
import { type ResourceManifest, shardName } from "../manifest/manifest.ts";
import type { ModelFiles } from "../model/file_list.ts";
import { type LfsPointer, readLfsPointer } from "../model/disk/lfs_pointer.ts";
import { compareCodePoints } from "../model/names.ts";
import { option } from "../text/option.ts";
import { escapeNonAscii, quote } from "../text/quote.ts";
import { bytesEqual } from "../text/bytes_equal.ts";

/** What differs. */
interface Verified {
  /** Path of the model. */
  readonly path: string;
  readonly files: ModelFiles;
  readonly manifest: ResourceManifest;
  readonly compared: Compared;
}

/**
 * Looks for explanations of differences, and adds to them what it finds.
 *
 * @param differences The differences.
 * @param verified What was compared.
 * @returns Phrases for a message.
 */
export function explainDifferences(differences: Differences, verified: Verified): string[] {
  const pointers = findPointers(differences.changed, verified);
  if (pointers.length > 0) differences.lfsPointers = pointers;
  const lookAlikes = findLookAlikes(differences);
  if (lookAlikes.length > 0) differences.lookAlikes = lookAlikes;
  const behindLink = verified.manifest.serialization.allowSymlinks
    ? findBehindLink(verified.path, differences.extra)
    : undefined;
  return [...explainPointers(pointers), ...explainLookAlikes(lookAlikes), ...explainLink(behindLink)];
}

/** So many changed files are looked at. */
const MOST_POINTERS = 2_000;

function findPointers(changed: readonly string[], verified: Verified): LfsPointerFile[] {
  const names = new Set(changed);
  const pointers = new Map<string, LfsPointer>();
  const candidates = Iterator.from(verified.files).filter(({ name }) => names.has(name)).take(MOST_POINTERS);
  for (const file of candidates) {
    const pointer = readLfsPointer(file);
    if (pointer !== undefined) pointers.set(file.name, pointer);
  }
  if (pointers.size === 0) return [];
  const signed = signedContents(pointers, verified);
  return Array.from(pointers, ([name, { sha256 }]) => {
    const content = signed.get(name);
    return { name, pointsToSigned: content === undefined ? null : bytesEqual(content, sha256) };
  }).sort((a, b) => compareCodePoints(a.name, b.name));
}

/** SHA-256 of the content that was signed in place of each pointer, where the signature has it. */
function signedContents(
  pointers: ReadonlyMap<string, LfsPointer>,
  { manifest: { serialization, resources }, compared }: Verified,
): Map<string, Uint8Array> {
  const contents = new Map<string, Uint8Array>();
  if (serialization.hashAlgorithm !== "sha256") return contents;
  const { sha256: size } = DIGEST_BYTES;
  // A file that is one shard has the digest of its content there.
  const nameOf = (file: string, pointer: LfsPointer): string =>
    serialization.method === "files" ? file : shardName({ file, start: 0, end: pointer.size });
  const fileOf = new Map(Array.from(pointers, ([file, pointer]) => [nameOf(file, pointer), file]));
  let index = 0;
  for (const name of compared.signed) {
    const file = fileOf.get(name);
    // The names of the resources may have been freed, so that they do not know the size of a digest any more.
    if (file !== undefined) contents.set(file, resources.digests.subarray(index * size, (index + 1) * size));
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
function findBehindLink(modelPath: string, extra: readonly string[]): string | undefined {
  const known = new Map<string, boolean>([["", false]]);
  const isBehindLink = (directory: string): boolean => {
    let is = known.get(directory);
    if (is === undefined) {
      is = isBehindLink(parentOf(directory)) || isSymlink(`${modelPath}/${directory}`);
      known.set(directory, is);
    }
    return is;
  };
  return extra.find((name) => isBehindLink(parentOf(name)));
}

function parentOf(name: string): string {
  return name.slice(0, Math.max(0, name.lastIndexOf("/")));
}

function isSymlink(path: string): boolean {
  try {
    return Deno.lstatSync(path).isSymlink;
  } catch {
    return false;
  }
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
