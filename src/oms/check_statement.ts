/** Checks the consistency of a statement before any file is opened (OMS v1.0 §5.2, §6.1.2, §6.2.1, §6.5.1). */
import type { Serialization } from "../manifest/manifest.ts";
import { rootDigest, type SortedResources, sortResources } from "../manifest/resources.ts";
import { invalidNameReason } from "../model/names.ts";
import type { PackedNames } from "../lists/packed_names.ts";
import { quote } from "../text/quote.ts";
import { filesOfShards } from "./check_shards.ts";
import { manifestError } from "./manifest_error.ts";
import type { Statement } from "./statement.ts";

/** The name that the Python tool gives to the file of a single-file model. */
export const SINGLE_FILE_NAME = ".";

/** The resources and files of a consistent statement. */
export interface SignedListing {
  /** Its resources. */
  readonly resources: SortedResources;
  /** The files that it lists, or lists shards of, ascending by code point. */
  readonly files: PackedNames;
}

/**
 * Refuses a statement that contradicts itself or names anything outside the model.
 *
 * @param statement A statement whose signature was verified. Its resources are consumed: use the result instead.
 * @returns Its resources and files in the order of OMS v1.0 §6.4, however the statement orders them.
 * @throws {VerificationError} If a check fails (`MANIFEST_EMPTY`, `MANIFEST_ROOT`, `MANIFEST_DUPLICATE`,
 * `MANIFEST_NAME`, `MANIFEST_SHARDS`, `MANIFEST_IGNORE_PATHS`).
 */
export function checkStatement(statement: Statement): SignedListing {
  const { manifest } = statement;
  const { serialization } = manifest;
  if (manifest.resources.length === 0) throw manifestError("MANIFEST_EMPTY", "it lists no file");
  checkRootDigest(statement);
  const resources = sortResources(manifest.resources);
  refuseDuplicates(resources.names);
  const files = serialization.method === "files"
    ? resources.names
    : filesOfShards(resources.names, serialization.shardSize!);
  checkNames(files);
  checkIgnorePaths(serialization);
  return { resources, files };
}

/** Computed over the resources as listed: the Python tool orders them differently from the specification. */
function checkRootDigest(statement: Statement): void {
  if (statement.rootDigest === undefined) return;
  const claimed = statement.rootDigest.toHex();
  const actual = rootDigest(statement.manifest.resources).toHex();
  if (claimed !== actual) {
    throw manifestError("MANIFEST_ROOT", `its root digest is ${claimed}, but its resources give ${actual}`);
  }
}

/** The names are sorted, so duplicates are adjacent. */
function refuseDuplicates(names: PackedNames): void {
  if (names.isAscending) return;
  let last: string | undefined;
  for (const name of names) {
    if (name === last) throw manifestError("MANIFEST_DUPLICATE", `it lists ${quote(name)} more than once`);
    last = name;
  }
}

function checkNames(names: PackedNames): void {
  if (names.length === 1 && names.at(0) === SINGLE_FILE_NAME) return;
  for (const name of names) {
    const reason = invalidNameReason(name);
    if (reason !== undefined) throw manifestError("MANIFEST_NAME", `the name ${quote(name)} ${reason}`);
  }
  // A file cannot contain another file, so such a manifest was not made from a model.
  let lastDirectory = "";
  for (const name of names) {
    // Nearly always a file is in the directory of the previous one.
    const directory = name.slice(0, name.lastIndexOf("/") + 1);
    if (directory !== lastDirectory) checkDirectories(name, names);
    lastDirectory = directory;
  }
}

function checkDirectories(name: string, files: PackedNames): void {
  for (let at = name.indexOf("/"); at !== -1; at = name.indexOf("/", at + 1)) {
    if (files.has(name.slice(0, at))) {
      throw manifestError(
        "MANIFEST_NAME",
        `the name ${quote(name)} is below ${quote(name.slice(0, at))}, which is a file`,
      );
    }
  }
}

function checkIgnorePaths({ ignorePaths }: Serialization): void {
  for (const path of ignorePaths ?? []) {
    const canonical = canonicalPath(path);
    const reason = canonical === "" ? "would hide the whole model" : invalidNameReason(canonical);
    if (reason !== undefined) throw manifestError("MANIFEST_IGNORE_PATHS", `the ignored path ${quote(path)} ${reason}`);
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
