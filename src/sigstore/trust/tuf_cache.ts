/**
 * What is kept of a TUF repository between runs: one file, so that it is replaced at once and several runs do not mix what
 * they fetched. Nothing in it is trusted: whoever reads it verifies it.
 */
import { createHash } from "node:crypto";
import { UnavailableError, VerificationError } from "../../errors.ts";
import { PRIVATE_MODE, removeAbandonedIn, writeWhole } from "../../io/atomic_write.ts";
import { openLockFile } from "../../io/lock_file.ts";
import { ioError } from "../../io_error.ts";
import { readLimited } from "../../read_limited.ts";
import { asBytes, asObject, asObjects, asText, asTime, isPresent, type JsonObject } from "./json.ts";
import { TRUST_LIMITS } from "./limits.ts";
import type { Bytes, Metadatas, TufState } from "./tuf_state.ts";

/** What is kept. */
export interface Kept {
  /** The roots that followed the one to start from, oldest first. */
  readonly roots: readonly Bytes[];
  /** The newest metadata that were seen, each verified when it came: no older ones are taken (TUF §5.4 to §5.6). */
  readonly seen: Metadatas;
  /** The last time that all was fetched. */
  readonly complete: TufState | undefined;
}

/**
 * The folder for what is kept of a repository.
 *
 * @param cacheFolder The program's cache folder.
 * @param mirror Address of the repository.
 * @returns A folder directly below, whatever the address holds: its host, readable, and a digest.
 */
export function repositoryFolder(cacheFolder: string, mirror: URL): string {
  const readable = mirror.host.replaceAll(/[^a-z0-9.-]+/g, "_").slice(0, 60);
  const digest = createHash("sha256").update(mirror.href).digest("hex").slice(0, 16);
  return `${cacheFolder}/tuf/${readable}-${digest}`;
}

const KEPT = "kept.json";

/** The file in that folder. */
export function keptFile(folder: string): string {
  return `${folder}/${KEPT}`;
}

/**
 * Reads what is kept.
 *
 * @param file The file.
 * @returns What is kept, `undefined` if there is nothing, or `"damaged"`.
 * @throws {UnavailableError} If the file cannot be read.
 */
export function readKept(file: string): Kept | undefined | "damaged" {
  let bytes: Bytes;
  try {
    bytes = readLimited(file, TRUST_LIMITS.cacheBytes, "what was fetched before,");
  } catch (error) {
    if (error instanceof UnavailableError && error.code === "NOT_FOUND") return undefined;
    if (error instanceof VerificationError) return "damaged"; // It is larger than anything that was written.
    throw error;
  }
  try {
    return parseKept(asObject(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)), "it"));
  } catch {
    return "damaged";
  }
}

function parseKept(document: JsonObject): Kept {
  const roots = asObjects(document.roots, "roots", TRUST_LIMITS.tufRoots).map(({ bytes }) => asBytes(bytes, "root"));
  const seen = asObject(document.seen, "seen");
  const complete = isPresent(document.complete) ? parseState(asObject(document.complete, "complete")) : undefined;
  return {
    roots,
    seen: { timestamp: optional(seen.timestamp), snapshot: optional(seen.snapshot), targets: optional(seen.targets) },
    complete,
  };
}

function optional(value: unknown): Bytes | undefined {
  return isPresent(value) ? asBytes(value, "it") : undefined;
}

function parseState(state: JsonObject): TufState {
  const fetchedAt = asTime(asText(state.fetchedAt, "fetchedAt"), "fetchedAt")!;
  const files = Object.entries(asObject(state.files, "files")).map(([name, bytes]) => [name, asBytes(bytes, name)]);
  return {
    timestamp: asBytes(state.timestamp, "timestamp"),
    snapshot: asBytes(state.snapshot, "snapshot"),
    targets: asBytes(state.targets, "targets"),
    files: Object.fromEntries(files),
    fetchedAt,
  };
}

/**
 * Replaces what is kept, whole or not at all.
 *
 * @param folder The folder of the repository, which must exist.
 * @param kept What to keep.
 * @param isNewer Whether what another run has kept meanwhile is newer: then that stays.
 * @throws {UnavailableError} If it cannot be written.
 */
export async function writeKept(
  folder: string,
  kept: Kept,
  isNewer: (other: Kept) => Promise<boolean>,
): Promise<void> {
  const file = keptFile(folder);
  try {
    using lock = openLockFile(`${folder}/lock`);
    await lock.lock(true);
    const other = readKept(file);
    if (other !== undefined && other !== "damaged" && await isNewer(other)) return;
    removeAbandonedIn(folder);
    writeWhole(file, [new TextEncoder().encode(JSON.stringify(asDocument(kept)))], { mode: PRIVATE_MODE });
  } catch (error) {
    throw ioError("keep what was fetched in", folder, error);
  }
}

function asDocument({ roots, seen, complete }: Kept): JsonObject {
  const base64 = (bytes: Bytes | undefined): string | undefined => bytes?.toBase64();
  return {
    roots: roots.map((bytes) => ({ bytes: base64(bytes) })),
    seen: { timestamp: base64(seen.timestamp), snapshot: base64(seen.snapshot), targets: base64(seen.targets) },
    complete: complete === undefined ? undefined : {
      timestamp: base64(complete.timestamp),
      snapshot: base64(complete.snapshot),
      targets: base64(complete.targets),
      files: Object.fromEntries(Object.entries(complete.files).map(([name, bytes]) => [name, base64(bytes)])),
      fetchedAt: complete.fetchedAt.toISOString(),
    },
  };
}
