/**
 * Git LFS pointers: the small text files that git stores in place of large ones. A working tree holds them when the
 * content was not downloaded (https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md).
 */
import { openPlanned } from "../../io/planned_file.ts";
import type { ModelFile, ModelFiles } from "../files.ts";

/** The content that a pointer stands for. */
export interface LfsPointer {
  /** SHA-256 of the content. */
  readonly sha256: Uint8Array;
  /** Size of the content in bytes. */
  readonly size: number;
}

/** A pointer is smaller than this, by its specification. */
const POINTER_BYTES = 1024;

/** The shortest pointer: version, object ID and a size of one digit, without extensions. */
const LEAST_BYTES = 120;

/** Upper bound for pointers without extensions. Extensions are very rare. */
const USUAL_BYTES = 160;

const VERSION = /^version https:\/\/(?:git-lfs\.github\.com|hawser\.github\.com)\/spec\/v1\r?\n/;
const OBJECT_ID = /^oid sha256:([0-9a-f]{64})\r?$/m;
const SIZE = /^size (\d{1,15})\r?$/m;

/**
 * Reads a Git LFS pointer.
 *
 * @param text The content of a file.
 * @returns The pointer, or `undefined` if it is not one.
 */
export function parseLfsPointer(text: string): LfsPointer | undefined {
  if (text.length >= POINTER_BYTES || !VERSION.test(text)) return undefined;
  const [oid, size] = [OBJECT_ID.exec(text), SIZE.exec(text)];
  if (oid === null || size === null) return undefined;
  return { sha256: Uint8Array.fromHex(oid[1]!), size: Number(size[1]) };
}

/** Whether the size of a file is that of a pointer. */
function mayBePointer({ size }: ModelFile, most = POINTER_BYTES - 1): boolean {
  return size !== undefined && size >= LEAST_BYTES && size <= most;
}

/**
 * Reads a file of a model as a Git LFS pointer.
 *
 * @param file The file.
 * @returns The pointer, or `undefined` if it is not one, is not on disk, or cannot be read: hashing will report that.
 */
export function readLfsPointer(file: ModelFile): LfsPointer | undefined {
  const { content } = file;
  if (content.kind !== "path" || !mayBePointer(file)) return undefined;
  try {
    using open = openPlanned(content);
    const bytes = new Uint8Array(POINTER_BYTES);
    const text = new TextDecoder().decode(bytes.subarray(0, open.read(bytes)));
    open.checkUnchanged();
    return parseLfsPointer(text);
  } catch {
    return undefined;
  }
}

/** Opening a file takes about 20 µs, so this bounds the search to 40 ms. */
const MOST_OPENED = 2_000;

/**
 * Finds the Git LFS pointers in a model. In a model with thousands of files of that size only the most likely are read.
 *
 * @param files The files.
 * @returns Names of the pointers.
 */
export function findLfsPointers(files: ModelFiles): string[] {
  const small = Iterator.from(files).filter((file) => mayBePointer(file)).take(MOST_OPENED + 1).toArray();
  const candidates = small.length <= MOST_OPENED
    ? small
    : Iterator.from(files).filter((file) => mayBePointer(file, USUAL_BYTES)).take(MOST_OPENED);
  return [...candidates].filter((file) => readLfsPointer(file) !== undefined).map(({ name }) => name);
}
