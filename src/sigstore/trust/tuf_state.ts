/** What a TUF repository said, as it is kept, and verified again at each use. */
import "../mend.ts";
import { Metadata, MetadataKind, type Root, type TargetFile, type Targets } from "@tufjs/models";
import { getPublicKey } from "@tufjs/models/dist/utils/key.js";
import { Buffer } from "node:buffer";
import type { KeyObject } from "node:crypto";
import { quote } from "../../quote.ts";
import { TRUST_LIMITS } from "./limits.ts";

/** Bytes of a file. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** The metadata below the root, as far as there are any. */
export interface Metadatas {
  readonly timestamp?: Bytes | undefined;
  readonly snapshot?: Bytes | undefined;
  readonly targets?: Bytes | undefined;
}

/** All that a repository said at one time. */
export interface TufState {
  readonly timestamp: Bytes;
  readonly snapshot: Bytes;
  readonly targets: Bytes;
  /** The target files, by name. */
  readonly files: Readonly<Record<string, Bytes>>;
  /** When it was fetched. */
  readonly fetchedAt: Date;
}

/** What a verified state tells. */
export interface VerifiedState {
  readonly files: Readonly<Record<string, Bytes>>;
  /** When the first of root, timestamp, snapshot and targets expires. */
  readonly expires: Date;
  readonly rootVersion: number;
  readonly timestampVersion: number;
}

/** Why something of a TUF repository is not to be trusted, in plain words. */
export class TufError extends Error {}

/**
 * Verifies a chain of roots: each by the one before and by itself, with rising versions (TUF §5.3). That one of them has
 * expired is no fault as long as a newer one follows.
 *
 * @param start The root to start from, which the user or this program trusts.
 * @param newer What followed it; those that `start` has overtaken are passed over.
 * @returns The newest root.
 * @throws {TufError} If a root is not fit.
 */
export function verifyRoots(start: Bytes, newer: readonly Bytes[]): Metadata<Root> {
  let trusted = readRoot(start);
  verifyBy(trusted, "root", trusted);
  const startVersion = trusted.signed.version;
  for (const next of newer.map(readRoot).filter(({ signed }) => signed.version > startVersion)) {
    if (next.signed.version !== trusted.signed.version + 1) {
      throw new TufError(`root ${next.signed.version} does not follow root ${trusted.signed.version}`);
    }
    verifyBy(trusted, "root", next);
    verifyBy(next, "root", next);
    trusted = next;
  }
  return trusted;
}

/**
 * Verifies all of a state (TUF §5.3 to §5.7): root by root, and each signature, version, digest and length below.
 *
 * @param start The root to start from.
 * @param roots What followed it.
 * @param state The state.
 * @param at The time at which nothing of it may have expired.
 * @returns What the state tells.
 * @throws {TufError} If anything of it is not fit.
 */
export async function verifyState(
  start: Bytes,
  roots: readonly Bytes[],
  state: TufState,
  at: Date,
): Promise<VerifiedState> {
  const root = verifyRoots(start, roots);
  const timestamp = check(
    "timestamp",
    () => Metadata.fromJSON(MetadataKind.Timestamp, parse(state.timestamp)),
  );
  verifyBy(root, "timestamp", timestamp);
  const { snapshotMeta } = timestamp.signed;
  check("snapshot", () => snapshotMeta.verify(Buffer.from(state.snapshot)));
  const snapshot = check("snapshot", () => Metadata.fromJSON(MetadataKind.Snapshot, parse(state.snapshot)));
  verifyBy(root, "snapshot", snapshot);
  checkVersion("snapshot", snapshot.signed.version, snapshotMeta.version);
  const targetsMeta = snapshot.signed.meta["targets.json"];
  if (targetsMeta === undefined) throw new TufError("its snapshot lists no targets");
  check("targets", () => targetsMeta.verify(Buffer.from(state.targets)));
  const targets = readTargets(state.targets);
  verifyBy(root, "targets", targets);
  checkVersion("targets", targets.signed.version, targetsMeta.version);
  const all = { root, timestamp, snapshot, targets };
  for (const [role, { signed }] of Object.entries(all)) {
    if (signed.isExpired(at)) throw new TufError(`its ${role} metadata expired on ${signed.expires}`);
  }
  for (const [name, bytes] of Object.entries(state.files)) await verifyFile(name, bytes, targetOf(targets, name));
  return {
    files: state.files,
    expires: new Date(Math.min(...Object.values(all).map(({ signed }) => Date.parse(signed.expires)))),
    rootVersion: root.signed.version,
    timestampVersion: timestamp.signed.version,
  };
}

/**
 * What the top-level targets say of a file. Delegations are not followed: whoever may name a trusted root is the holder of
 * the top-level keys alone.
 *
 * @param targets The targets metadata; they must be verified already.
 * @param name The file.
 * @returns Its length and digests, or `undefined` if it is not listed.
 * @throws {TufError} If there is no digest that proves anything.
 */
export function findTarget(targets: Bytes, name: string): TargetFile | undefined {
  return targetOf(readTargets(targets), name);
}

function targetOf({ signed: { targets } }: Metadata<Targets>, name: string): TargetFile | undefined {
  const target = Object.hasOwn(targets, name) ? targets[name] : undefined;
  if (target !== undefined) checkTarget(name, target);
  return target;
}

function checkTarget(name: string, { length, hashes }: TargetFile): void {
  if (!(length <= TRUST_LIMITS.documentBytes)) throw new TufError(`its ${name} is too large: ${length} bytes`);
  const digests = Object.entries(hashes);
  const isFit = digests.some(([algorithm]) => algorithm === "sha256" || algorithm === "sha512") &&
    digests.every(([, digest]) => /^[0-9a-f]+$/.test(digest));
  if (!isFit) throw new TufError(`its ${name} has no digest in SHA-256 or SHA-512`);
}

/**
 * Verifies the bytes of a target file (TUF §5.7.2).
 *
 * @param name The file.
 * @param bytes What it holds.
 * @param target What the targets metadata say of it.
 * @throws {TufError} If it is not that file.
 */
export async function verifyFile(name: string, bytes: Bytes, target: TargetFile | undefined): Promise<void> {
  if (target === undefined) throw new TufError(`its targets do not list ${quote(name)}`);
  try {
    // The library takes a stream; it only iterates.
    await target.verify([bytes] as unknown as Parameters<TargetFile["verify"]>[0]);
  } catch (error) {
    throw refused(name, error);
  }
}

/** The version that a metadata file says it has; nothing of it is verified. */
export function versionOf(bytes: Bytes): number {
  return Number(parse(bytes).signed?.version);
}

/**
 * Reads a root; who signed it is not verified. A threshold below 1 and a key that signs twice are errors already here.
 *
 * @param bytes The root.
 * @returns The root.
 * @throws {TufError} If it is not as it must be, or a role has one key under two ids.
 */
export function readRoot(bytes: Bytes): Metadata<Root> {
  const root = check("root", () => Metadata.fromJSON(MetadataKind.Root, parse(bytes)));
  checkKeys(root.signed);
  return root;
}

function readTargets(bytes: Bytes): Metadata<Targets> {
  return check("targets", () => Metadata.fromJSON(MetadataKind.Targets, parse(bytes)));
}

// deno-lint-ignore no-explicit-any -- whatever it is, the library checks it
function parse(bytes: Bytes): any {
  return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
}

/** One key under two ids would sign as two (TUF §4.3: a threshold counts unique keys). */
function checkKeys({ keys, roles }: Root): void {
  for (const [name, { keyIDs }] of Object.entries(roles)) {
    const known = keyIDs.map((id) => keys[id]).filter((key) => key !== undefined).map(publicKeyOf)
      .filter((key) => key !== undefined);
    if (new Set(known).size < known.length) throw new TufError(`its role ${name} has one key under two ids`);
  }
}

/** The key itself, however it is written; a key that cannot be read signs nothing. */
function publicKeyOf({ keyType, scheme, keyVal }: Root["keys"][string]): string | undefined {
  try {
    const { key } = getPublicKey({ keyType, scheme, keyVal: keyVal.public! });
    return (key as KeyObject).export({ type: "spki", format: "der" }).toString("base64");
  } catch {
    return undefined;
  }
}

function verifyBy(root: Metadata<Root>, role: string, metadata: Parameters<Metadata<Root>["verifyDelegate"]>[1]): void {
  check(role, () => root.verifyDelegate(role, metadata));
}

function checkVersion(role: string, version: number, expected: number): void {
  if (version !== expected) throw new TufError(`its ${role} metadata have version ${version}, not ${expected}`);
}

function check<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw refused(what, error);
  }
}

/** What the library says may quote what came from the repository. */
function refused(what: string, error: unknown): TufError {
  if (error instanceof TufError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new TufError(`its ${what} is not as it must be: ${quote(reason.slice(0, 200))}`, { cause: error });
}
