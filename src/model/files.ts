/** The files of a model: their names, and how the digest of each is obtained. */
import type { HashAlgorithm } from "../hash/engines/engine.ts";
import type { PlannedFile } from "../io/planned_file.ts";
import type { IndexedList } from "../lists/indexed_list.ts";
import { LazyList } from "../lists/lazy_list.ts";
import { compareCodePoints } from "./names.ts";

/** One regular file of a model, as its source lists it. */
export interface ModelFile {
  /** Name relative to the model, with `/`. A model that is one file has its base name. */
  readonly name: string;
  /** Size in bytes, or `undefined` if the source does not know it. */
  readonly size: number | undefined;
  /** How its digest is obtained. */
  readonly content: FileContent;
}

/**
 * How the digest of a file is obtained. `src/manifest/digests.ts` acts on the kind: a new kind is one more case there, and
 * hashing and the manifest stay as they are.
 */
export type FileContent = PathContent | RemoteContent | DigestContent;

/** A file on disk: it is hashed, and must not change while that happens. */
export interface PathContent extends PlannedFile {
  readonly kind: "path";
}

/** A file on a server. */
export interface RemoteContent {
  readonly kind: "remote";
  readonly url: URL;
}

/** The digest is known, for example from a list of checksums: there is nothing to hash. */
export interface DigestContent {
  readonly kind: "digest";
  readonly algorithm: HashAlgorithm;
  readonly digest: Uint8Array;
}

/** A read-only, indexed list of files. An array is one. Packed implementations create each file on demand. */
export interface ModelFiles extends IndexedList<ModelFile> {
  /** Sorts the indices by name. Packed lists have this: it is faster than sorting strings, and needs less memory. */
  order?(how: { behind?: string }): Uint32Array;
  /** Whether the content of every file is of kind `path`, so that nobody has to look for other kinds. */
  readonly areOnDisk?: boolean;
}

/**
 * Sorts files by name, in code point order (OMS v1.0 §6.4).
 *
 * @param files The files, in any order.
 * @param behind An ASCII character that is compared as if it followed each name.
 * @returns The sorted files. A packed list stays packed.
 */
export function sortByName(files: ModelFiles, behind = ""): ModelFiles {
  const order = files.order?.({ behind });
  if (order === undefined) {
    return [...files].sort((a, b) => compareCodePoints(a.name + behind, b.name + behind));
  }
  return new LazyList(files.length, (index) => files.at(order[index]!)!);
}

/**
 * The size of a file, where the work cannot do without.
 *
 * @param file The file.
 * @returns Its size in bytes.
 * @throws {TypeError} If the source does not know it. No source lists such files yet.
 */
export function knownSize({ name, size }: ModelFile): number {
  if (size !== undefined) return size;
  throw new TypeError(`Cannot cut ${JSON.stringify(name)} into shards: its size is not known`);
}
