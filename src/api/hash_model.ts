/** Hashes a model that is to be signed. */
import { RefusedError } from "../errors.ts";
import type { EngineName } from "../hash/engines/engine.ts";
import { buildResources } from "../manifest/build.ts";
import type { ResourceManifest } from "../manifest/manifest.ts";
import { rootDigest } from "../manifest/resources.ts";
import { downloadCacheWarning, hasDownloadCache } from "../model/disk/hugging_face_cache.ts";
import type { ModelFiles } from "../model/files.ts";
import { findLfsPointers } from "../model/disk/lfs_pointer.ts";
import { compareCodePoints } from "../model/names.ts";
import type { ModelSource } from "../model/source.ts";
import { quote } from "../text/quote.ts";
import { listModel } from "./list_model.ts";
import type { ModelLocation } from "./locate_model.ts";
import { pathsToIgnore, pathsToReport } from "./ignored_paths.ts";
import type { ChosenSerialization, WorkOptions } from "./options.ts";

/** A hashed model. */
export interface HashedModel {
  /** What is signed with `files` and `shards`. With `h1` and `h2` there is only a digest. */
  readonly manifest: ResourceManifest | undefined;
  /** The root digest of the manifest, or the `h1` or `h2` digest: 32 bytes. */
  readonly digest: Uint8Array;
  /** Number of files. */
  readonly files: number;
  /** Bytes hashed. */
  readonly bytes: number;
  /** The engine that hashed. */
  readonly engine: EngineName;
  /** Why this engine was chosen. */
  readonly engineReason: string;
}

/**
 * Finds and hashes what belongs to a model.
 *
 * @param location The model.
 * @param serialization How it becomes digests.
 * @param options How the work is done.
 * @param onLeftOver Called with the path of each file that a killed run left behind.
 * @returns The hashed model.
 * @throws {RefusedError} If it may not be signed, or holds nothing to list (`EMPTY_MODEL`; OMS v1.0 §5.2.1, §6.1).
 */
export async function hashModel(
  location: ModelLocation,
  serialization: ChosenSerialization,
  options: WorkOptions,
  onLeftOver?: (path: string) => void,
): Promise<HashedModel> {
  const { method, hashAlgorithm, shardSize, allowSymlinks } = serialization;
  const ignored = pathsToIgnore(location, method);
  const ignorePaths = pathsToReport(location, ignored);
  const { listing } = await listModel(
    location,
    { skip: (name) => ignored.has(name), allowSymlinks, ...(onLeftOver === undefined ? {} : { onLeftOver }) },
    options,
  );
  if (hasDownloadCache(listing)) options.onWarning?.(downloadCacheWarning(method === "h1" || method === "h2"));
  const files = listing.files.length;
  warnAboutPointers(listing.files, options);
  if (method === "h1" || method === "h2") {
    // Loaded only if it is used.
    const { buildDigest } = await import("../manifest/legacy/build_digest.ts");
    const built = await buildDigest(listing, method, options);
    await listing.checkUnchanged();
    return { manifest: undefined, files, ...built };
  }

  const { resources, ...built } = await buildResources(listing, hashAlgorithm, shardSize, options);
  await listing.checkUnchanged();
  if (resources.length === 0) throw emptyError(location.source);
  const manifest: ResourceManifest = {
    serialization: {
      method,
      hashAlgorithm,
      ...(shardSize === undefined ? {} : { shardSize }),
      allowSymlinks,
      ...(ignorePaths.length === 0 ? {} : { ignorePaths }),
    },
    resources,
  };
  return { manifest, digest: rootDigest(resources), files, ...built };
}

/** Maximum number of pointers that one warning names. */
const MOST_NAMED = 5;

/** A model with pointers was most likely cloned without its large files. */
function warnAboutPointers(files: ModelFiles, { onWarning }: WorkOptions): void {
  if (onWarning === undefined) return;
  const pointers = findLfsPointers(files).sort(compareCodePoints);
  if (pointers.length === 0) return;
  const named = pointers.slice(0, MOST_NAMED).map(quote);
  if (pointers.length > MOST_NAMED) named.push(`and ${pointers.length - MOST_NAMED} more`);
  const what = pointers.length === 1 ? "is a Git LFS pointer" : "are Git LFS pointers";
  onWarning(`${named.join(", ")} ${what}, not the content: run \`git lfs pull\` and sign again to sign the content`);
}

/** The error for a model that holds nothing to sign. */
export function emptyError({ location }: ModelSource): RefusedError {
  return new RefusedError(
    "EMPTY_MODEL",
    `Cannot sign ${quote(location)}: it is empty, or nothing but empty files is left`,
  );
}
