/** Hashes a model that is to be signed. */
import { RefusedError } from "../errors.ts";
import type { EngineName } from "../hash/engines/engine.ts";
import { buildDigest, buildResources } from "../manifest/build.ts";
import type { ResourceManifest } from "../manifest/manifest.ts";
import { rootDigest } from "../manifest/root_digest.ts";
import { downloadCacheWarning, hasDownloadCache } from "../model/disk/hugging_face_cache.ts";
import type { ModelFiles } from "../model/file_list.ts";
import { findLfsPointers } from "../model/disk/lfs_pointer.ts";
import { compareCodePoints } from "../model/names.ts";
import { quote } from "../text/quote.ts";
import { findFiles, type ModelPlace, pathsToIgnore, pathsToReport } from "./find_model.ts";
import type { ChosenSerialization, WorkOptions } from "./options.ts";

/** A hashed model. */
export interface HashedModel {
  /** What is signed for `files` and `shards`; `h1` and `h2` have the digest alone. */
  readonly manifest: ResourceManifest | undefined;
  /** The root digest of the manifest, or the `h1` or `h2` digest: 32 bytes. */
  readonly digest: Uint8Array;
  /** Number of files. */
  readonly files: number;
  /** Bytes hashed. */
  readonly bytes: number;
  /** The engine that hashed. */
  readonly engine: EngineName;
  /** Why this one. */
  readonly engineReason: string;
}

/**
 * Finds and hashes what belongs to a model.
 *
 * @param place The model's place.
 * @param serialization How it becomes digests.
 * @param options How the work is done.
 * @param onLeftOver Called with the path of each file that a killed run left behind.
 * @returns The hashed model.
 * @throws {RefusedError} If it may not be signed, or holds nothing to list (`EMPTY_MODEL`; OMS v1.0 §5.2.1, §6.1).
 */
export async function hashModel(
  place: ModelPlace,
  serialization: ChosenSerialization,
  options: WorkOptions,
  onLeftOver?: (path: string) => void,
): Promise<HashedModel> {
  const { method, hashAlgorithm, shardSize, allowSymlinks } = serialization;
  const ignored = pathsToIgnore(place, method);
  const ignorePaths = pathsToReport(place, ignored);
  const model = await findFiles(
    place,
    { skip: (name) => ignored.has(name), allowSymlinks, ...(onLeftOver === undefined ? {} : { onLeftOver }) },
    options,
  );
  if (hasDownloadCache(model)) options.onWarning?.(downloadCacheWarning(method === "h1" || method === "h2"));
  const files = model.files.length;
  warnAboutPointers(model.files, options);
  if (method === "h1" || method === "h2") {
    const built = await buildDigest(model, method, options);
    await model.checkUnchanged();
    return { manifest: undefined, files, ...built };
  }

  const { resources, ...built } = await buildResources(model, hashAlgorithm, shardSize, options);
  await model.checkUnchanged();
  if (resources.length === 0) throw emptyError(place.path);
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

/** So many pointers are named in one warning. */
const MOST_NAMED = 5;

/** Whoever signs pointers has most likely cloned the model without its large files. */
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
export function emptyError(path: string): RefusedError {
  return new RefusedError("EMPTY_MODEL", `Cannot sign ${quote(path)}: it is empty, or nothing but empty files is left`);
}
