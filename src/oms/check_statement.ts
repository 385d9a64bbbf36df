/** Checks what a statement says for itself, before any file is opened (OMS v1.0 §5.2, §6.1.2, §6.2.1, §6.5.1). */
import { VerificationError } from "../errors.ts";
import { type Names, parseShardName, type Serialization } from "../manifest/manifest.ts";
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
 * @throws {VerificationError} If a check fails (`MANIFEST_EMPTY`, `MANIFEST_ROOT`, `MANIFEST_DUPLICATE`,
 * `MANIFEST_NAME`, `MANIFEST_SHARDS`, `MANIFEST_IGNORE_PATHS`).
 */
export function checkStatement(statement: Statement): void {
  const { resources, serialization } = statement.manifest;
  if (resources.length === 0) throw fault("MANIFEST_EMPTY", "it lists no file");
  checkRootDigest(statement);
  checkDuplicates(resources.names);
  const isFiles = serialization.method === "files";
  checkNames(isFiles ? resources.names : checkShards(resources.names, serialization.shardSize!));
  checkIgnorePaths(serialization);
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

function checkDuplicates(names: Names): void {
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) throw fault("MANIFEST_DUPLICATE", `it lists ${quote(name)} more than once`);
    seen.add(name);
  }
}

/** Shards of a file must tile it: from 0 on, without gap or overlap, all but the last of full size (§6.3.2). */
function checkShards(names: Names, shardSize: number): string[] {
  const ends = new Map<string, Map<number, number>>();
  for (const name of names) {
    const range = parseShardName(name);
    if (range === undefined) throw fault("MANIFEST_SHARDS", `${quote(name)} is not the name of a shard`);
    const { file, start, end } = range;
    const faulty = start % shardSize !== 0 || end <= start || end - start > shardSize || !Number.isSafeInteger(end);
    if (faulty) {
      throw fault("MANIFEST_SHARDS", `${quote(name)} is not a shard of size ${shardSize}`);
    }
    if (!ends.has(file)) ends.set(file, new Map());
    if (ends.get(file)!.has(start)) {
      throw fault("MANIFEST_SHARDS", `it has more than one shard of ${quote(file)} that begins at ${start}`);
    }
    ends.get(file)!.set(start, end);
  }
  for (const [file, shards] of ends) checkTiling(file, shards, shardSize);
  return [...ends.keys()];
}

/** All starts are multiples of the size and differ, so they tile if the count fits and only the last is short. */
function checkTiling(file: string, shards: ReadonlyMap<number, number>, shardSize: number): void {
  const last = (shards.size - 1) * shardSize;
  for (const [start, end] of shards) {
    if (start > last || (start < last && end !== start + shardSize)) {
      throw fault("MANIFEST_SHARDS", `the shards of ${quote(file)} do not tile the file`);
    }
  }
}

function checkNames(names: Names): void {
  if (names.length === 1 && names.at(0) === SINGLE_FILE_NAME) return;
  for (const name of names) {
    const wrong = nameFault(name);
    if (wrong !== undefined) throw fault("MANIFEST_NAME", `the name ${quote(name)} ${wrong}`);
  }
  // A file cannot lie in another file; a manifest that says so was not made from a model.
  const files = new Set(names);
  for (const name of names) {
    for (let at = name.indexOf("/"); at !== -1; at = name.indexOf("/", at + 1)) {
      if (files.has(name.slice(0, at))) {
        throw fault("MANIFEST_NAME", `the name ${quote(name)} is below ${quote(name.slice(0, at))}, which is a file`);
      }
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
