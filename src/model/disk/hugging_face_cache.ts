/**
 * The cache of `huggingface_hub`: the files of a snapshot are symbolic links to blobs of the same repository.
 *
 *     models--ORG--NAME/blobs/ETAG
 *     models--ORG--NAME/refs/main
 *     models--ORG--NAME/snapshots/COMMIT/onnx/model.onnx -> ../../../blobs/ETAG
 *
 * These symlinks are how the cache stores files, not part of the model, so they count as the files they point to. On
 * systems without symlinks the snapshot holds the files themselves.
 */
import { UsageError } from "../../errors.ts";
import { option } from "../../text/option.ts";
import { quote } from "../../text/quote.ts";
import { basename, dirname, isAbsolute, join, sep } from "node:path";

/** A directory that belongs to one repository, such as `models--ORG--NAME`, `datasets--ORG--NAME`, `models--gpt2`. */
const REPOSITORY = /^(?:models|datasets|spaces)--./;

/** Where `huggingface_hub` stores notes about a download with `--local-dir`: inside the directory of the model. */
export const DOWNLOAD_CACHE = ".cache/huggingface";

/** The path to ignore for these notes. If empty directories are hashed, as in `h1` and `h2`, it is the one around them. */
function pathToIgnore(hashesDirectories: boolean): string {
  return hashesDirectories ? dirname(DOWNLOAD_CACHE) : DOWNLOAD_CACHE;
}

/** The warning before such notes are signed. */
export function downloadCacheWarning(hashesDirectories: boolean): string {
  return `${DOWNLOAD_CACHE} holds notes of huggingface_hub about a download, which will be part of what is signed; leave ` +
    `it out with ${option("ignorePaths")} ${pathToIgnore(hashesDirectories)}`;
}

/** The hint for an error about files that differ, if the model holds such notes. */
export function downloadCacheHint(hashesDirectories: boolean): string {
  return `${DOWNLOAD_CACHE} holds notes of huggingface_hub about a download, leave it out with ${
    option("ignorePaths")
  } ` +
    pathToIgnore(hashesDirectories);
}

/** Whether a name in a model is the name of such a note. */
export function isInDownloadCache(name: string): boolean {
  return name.startsWith(`${DOWNLOAD_CACHE}/`);
}

/** Whether the model holds such notes, which differ with each download. */
export function hasDownloadCache({ directories }: { readonly directories: readonly string[] }): boolean {
  return directories.includes(DOWNLOAD_CACHE);
}

/**
 * Finds the directory of blobs that the symlinks of a snapshot may point to.
 *
 * @param directory A directory.
 * @returns The directory of blobs, if the directory is a snapshot or inside one; `undefined` otherwise.
 */
export function blobsFor(directory: string): string | undefined {
  try {
    return findBlobs(Deno.realPathSync(directory));
  } catch {
    return undefined; // what cannot be looked at is no snapshot: its links are refused like any others
  }
}

function findBlobs(realPath: string): string | undefined {
  for (let path = realPath, above = dirname(path); above !== path; path = above, above = dirname(path)) {
    if (basename(above) !== "snapshots" || !REPOSITORY.test(basename(dirname(above)))) continue;
    const blobs = join(dirname(above), "blobs");
    return isRealDirectory(blobs) ? blobs : undefined;
  }
  return undefined;
}

/**
 * The blob that a symlink points to.
 *
 * @param link The link, whose directory may be reached through other links.
 * @param blobs The directory of blobs.
 * @returns What the blob is, or `undefined` if the link does not lead straight to a regular file in that directory.
 */
export function blobBehind(link: string, blobs: string): Deno.FileInfo | undefined {
  try {
    const target = Deno.readLinkSync(link);
    // Not joined: that would resolve ".." by the text, where the system resolves it by the directories.
    const directory = isAbsolute(target) ? dirname(target) : `${dirname(link)}${sep}${dirname(target)}`;
    if (target.endsWith("/") || Deno.realPathSync(directory) !== blobs) return undefined;
    const info = Deno.lstatSync(join(blobs, basename(target)));
    return info.isFile ? info : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a path in a snapshot is a symlink to a blob of the same repository. */
export function isBlobLink(path: string): boolean {
  const blobs = blobsFor(join(path, ".."));
  return blobs !== undefined && blobBehind(path, blobs) !== undefined;
}

/** Whether a path is a link that may be the model without leave to follow links: to a snapshot, or in one to a blob. */
export function leadsIntoCache(path: string): boolean {
  return isBlobLink(path) || (isDirectory(path) && blobsFor(path) !== undefined);
}

/**
 * Refuses the directories of the cache that are no model: a repository, its blobs, refs and the list of its snapshots.
 *
 * @param path What was given as the model.
 * @throws {UsageError} If it is one of them (`MODEL`).
 */
export function refuseRepository(path: string): void {
  const repository = repositoryAround(path);
  if (repository === undefined) return;
  const snapshots = listSnapshots(repository);
  const hint = snapshots.length === 0 ? "it has no snapshot" : `use a snapshot: ${snapshots.map(quote).join(", ")}`;
  throw new UsageError(
    "MODEL",
    `Cannot use ${quote(path)} as the model: it belongs to the Hugging Face cache and is not a model; ${hint}`,
  );
}

/** The repository, if the path is one, its `blobs`, `refs` or `snapshots`, or inside its `refs`. */
function repositoryAround(path: string): string | undefined {
  let real: string;
  try {
    real = Deno.realPathSync(path);
  } catch {
    return undefined;
  }
  const inner = ["blobs", "snapshots", "refs"].includes(basename(real)) ? dirname(real) : undefined;
  const above = basename(dirname(real)) === "refs" ? dirname(dirname(real)) : undefined;
  return [real, inner, above].find((candidate) => candidate !== undefined && isRepository(candidate));
}

function isRepository(path: string): boolean {
  return REPOSITORY.test(basename(path)) && isRealDirectory(join(path, "snapshots"));
}

function listSnapshots(repository: string): string[] {
  const snapshots = join(repository, "snapshots");
  try {
    return Array.from(Deno.readDirSync(snapshots), ({ name }) => join(snapshots, name)).sort();
  } catch {
    return [];
  }
}

function isDirectory(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

function isRealDirectory(path: string): boolean {
  try {
    return Deno.lstatSync(path).isDirectory;
  } catch {
    return false;
  }
}
