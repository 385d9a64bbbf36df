/** Checks what a statement says for itself, before any file is opened (OMS v1.0 §5.2, §6.1.2, §6.2.1, §6.5.1). */
import type { Serialization } from "../manifest/manifest.ts";
import { rootDigest } from "../manifest/root_digest.ts";
import { type SortedResources, sortResources } from "../manifest/sorted_resources.ts";
import { nameFault } from "../model/names.ts";
import type { PackedNames } from "../lists/packed_names.ts";
import { quote } from "../text/quote.ts";
import { filesOfShards } from "./check_shards.ts";
import { manifestFault as fault } from "./manifest_fault.ts";
import type { Statement } from "./statement.ts";

/** What the Python tool calls the file of a model that is one file. */
export const SINGLE_FILE_NAME = ".";

/** What a statement lists. */
export interface Listing {
  /** Its resources. */
  readonly resources: SortedResources;
  /** The files that it lists, or lists shards of, ascending by code point. */
  readonly files: PackedNames;
}

/**
 * Refuses a statement that contradicts itself or names anything outside the model.
 *
 * @param statement A statement whose signature was verified. Its resources are not to be used any more: what is returned
 * takes their place.
 * @returns What it lists, in the order of OMS v1.0 §6.4, in whatever order it lists it.
 * @throws {VerificationError} If a check fails (`MANIFEST_EMPTY`, `MANIFEST_ROOT`, `MANIFEST_DUPLICATE`,
 * `MANIFEST_NAME`, `MANIFEST_SHARDS`, `MANIFEST_IGNORE_PATHS`).
 */
export function checkStatement(statement: Statement): Listing {
  const { manifest } = statement;
  const { serialization } = manifest;
  if (manifest.resources.length === 0) throw fault("MANIFEST_EMPTY", "it lists no file");
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

/** Over the resources as they stand: the Python tool orders them in another way than the specification. */
function checkRootDigest(statement: Statement): void {
  if (statement.rootDigest === undefined) return;
  const claimed = statement.rootDigest.toHex();
  const actual = rootDigest(statement.manifest.resources).toHex();
  if (claimed !== actual) {
    throw fault("MANIFEST_ROOT", `its root digest is ${claimed}, but its resources give ${actual}`);
  }
}

/** Those that are alike stand next to each other. */
function refuseDuplicates(names: PackedNames): void {
  if (names.isAscending) return;
  let last: string | undefined;
  for (const name of names) {
    if (name === last) throw fault("MANIFEST_DUPLICATE", `it lists ${quote(name)} more than once`);
    last = name;
  }
}

function checkNames(names: PackedNames): void {
  if (names.length === 1 && names.at(0) === SINGLE_FILE_NAME) return;
  for (const name of names) {
    const wrong = nameFault(name);
    if (wrong !== undefined) throw fault("MANIFEST_NAME", `the name ${quote(name)} ${wrong}`);
  }
  // A file cannot lie in another file; a manifest that says so was not made from a model.
  let lastDirectory = "";
  for (const name of names) {
    // Nearly always it lies in the directory of the one before.
    const directory = name.slice(0, name.lastIndexOf("/") + 1);
    if (directory !== lastDirectory) checkDirectories(name, names);
    lastDirectory = directory;
  }
}

function checkDirectories(name: string, files: PackedNames): void {
  for (let at = name.indexOf("/"); at !== -1; at = name.indexOf("/", at + 1)) {
    if (files.has(name.slice(0, at))) {
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
