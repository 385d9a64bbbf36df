/** Checks what a statement says for itself, before any file is opened (OMS v1.0 §5.2, §6.1.2, §6.2.1, §6.5.1). */
import { VerificationError } from "../errors.ts";
import { type FileRange, type Names, parseShardName, type Serialization } from "../manifest/manifest.ts";
import { findDuplicate, lookUpIn } from "../manifest/name_lookup.ts";
import { rootDigest } from "../manifest/root_digest.ts";
import { nameFault } from "../model/names.ts";
import { quote } from "../quote.ts";
import type { Statement } from "./statement.ts";

/** What the Python tool calls the file of a model that is one file. */
export const SINGLE_FILE_NAME = ".";

/**
 * Refuses a statement that contradicts itself or names anything outside the model.
 *
 * @param statement A statement whose signature was verified.
 * @returns The names of the files that it lists, or lists shards of.
 * @throws {VerificationError} If a check fails (`MANIFEST_EMPTY`, `MANIFEST_ROOT`, `MANIFEST_DUPLICATE`,
 * `MANIFEST_NAME`, `MANIFEST_SHARDS`, `MANIFEST_IGNORE_PATHS`).
 */
export function checkStatement(statement: Statement): Names {
  const { resources, serialization } = statement.manifest;
  if (resources.length === 0) throw fault("MANIFEST_EMPTY", "it lists no file");
  checkRootDigest(statement);
  const { names } = resources;
  const files = serialization.method === "files" ? withoutDuplicates(names) : filesOf(names, serialization.shardSize!);
  checkNames(files);
  checkIgnorePaths(serialization);
  return files;
}

/** Over the resources as they stand: the Python tool orders them in another way than the specification. */
function checkRootDigest(statement: Statement): void {
  if (statement.rootDigest === undefined) return;
  const claimed = statement.rootDigest.toHex();
  const actual = rootDigest(statement.manifest.resources).toHex();
  if (claimed !== actual) {
    throw fault("MANIFEST_ROOT", `its root digest is ${claimed}, but its resources give ${actual}`);
  }
}

function withoutDuplicates(names: Names): Names {
  const duplicate = findDuplicate(names);
  if (duplicate !== undefined) throw twice(duplicate);
  return names;
}

function twice(name: string): VerificationError {
  return fault("MANIFEST_DUPLICATE", `it lists ${quote(name)} more than once`);
}

/** The files whose shards these are, which must tile them: from 0 on, without gap or overlap (§6.3.2). */
function filesOf(names: Names, shardSize: number): string[] {
  const counts = new Map<string, number>();
  for (const name of names) {
    const { file } = readShard(name, shardSize);
    counts.set(file, (counts.get(file) ?? 0) + 1);
  }
  checkTiling(names, counts, shardSize);
  return [...counts.keys()];
}

function readShard(name: string, shardSize: number): FileRange {
  const range = parseShardName(name);
  if (range === undefined) throw fault("MANIFEST_SHARDS", `${quote(name)} is not the name of a shard`);
  const { start, end } = range;
  const faulty = start % shardSize !== 0 || end <= start || end - start > shardSize || !Number.isSafeInteger(end);
  if (faulty) throw fault("MANIFEST_SHARDS", `${quote(name)} is not a shard of size ${shardSize}`);
  return range;
}

/** All starts are multiples of the size, so they tile if none is there twice or beyond, and only the last is short. */
function checkTiling(names: Names, counts: ReadonlyMap<string, number>, shardSize: number): void {
  // A byte for each shard, those of one file behind each other: a million shards need no more.
  const isThere = new Uint8Array(names.length);
  const offsets = new Map<string, number>();
  let offset = 0;
  for (const [file, count] of counts) {
    offsets.set(file, offset);
    offset += count;
  }
  for (const name of names) {
    const { file, start, end } = parseShardName(name)!;
    const [index, last] = [start / shardSize, counts.get(file)! - 1];
    if (index > last || (index < last && end !== start + shardSize)) {
      throw fault("MANIFEST_SHARDS", `the shards of ${quote(file)} do not tile the file`);
    }
    const at = offsets.get(file)! + index;
    if (isThere[at] === 1) throw sameStart(names, name, file, start);
    isThere[at] = 1;
  }
}

function sameStart(names: Names, name: string, file: string, start: number): VerificationError {
  if (Iterator.from(names).filter((other) => other === name).drop(1).some(() => true)) return twice(name);
  return fault("MANIFEST_SHARDS", `it has more than one shard of ${quote(file)} that begins at ${start}`);
}

function checkNames(names: Names): void {
  if (names.length === 1 && names.at(0) === SINGLE_FILE_NAME) return;
  for (const name of names) {
    const wrong = nameFault(name);
    if (wrong !== undefined) throw fault("MANIFEST_NAME", `the name ${quote(name)} ${wrong}`);
  }
  // A file cannot lie in another file; a manifest that says so was not made from a model.
  const isFile = lookUpIn(names);
  let lastFolder = "";
  for (const name of names) {
    // Nearly always it lies in the folder of the one before.
    const folder = name.slice(0, name.lastIndexOf("/") + 1);
    if (folder !== lastFolder) checkFolders(name, isFile);
    lastFolder = folder;
  }
}

function checkFolders(name: string, isFile: (name: string) => boolean): void {
  for (let at = name.indexOf("/"); at !== -1; at = name.indexOf("/", at + 1)) {
    if (isFile(name.slice(0, at))) {
      throw fault("MANIFEST_NAME", `the name ${quote(name)} is below ${quote(name.slice(0, at))}, which is a file`);
    }
  }
}

function checkIgnorePaths({ ignorePaths }: Serialization): void {
  for (const path of ignorePaths ?? []) {
    const canonical = canonicalPath(path);
    const wrong = canonical === "" ? "would hide the whole model" : nameFault(canonical);
    if (wrong !== undefined) throw fault("MANIFEST_IGNORE_PATHS", `the ignored path ${quote(path)} ${wrong}`);
  }
}

/**
 * The canonical form of a path to leave out, as recorded in a signature (OMS v1.0 §6.1.2).
 *
 * @param path Such as `./a//b/`.
 * @returns Such as `a/b`; "" for the model itself.
 */
export function canonicalPath(path: string): string {
  const parts = path.split("/").filter((part, i) => part !== "." && (part !== "" || i === 0));
  return parts.length === 1 && parts[0] === "" && path.startsWith("/") ? "/" : parts.join("/");
}

function fault(code: string, what: string): VerificationError {
  return new VerificationError(code, `Cannot believe the signed manifest: ${what}`);
}
