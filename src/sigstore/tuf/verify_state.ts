/** The TUF client workflow (specification 1.0.34, §5.3 to §5.7): the one verifier of new and cached metadata. */
import type { Root, TargetFile } from "@tufjs/models";
import {
  type Bytes,
  checkExpiry,
  identityOf,
  knownDigests,
  readMetadata,
  TufError,
  type TufMetadata,
  type TufRole,
  verifyFile,
  verifySignatures,
} from "./metadata.ts";
import { quote } from "../../text/quote.ts";
import { TRUST_LIMITS } from "../documents/limits.ts";
import { TARGETS } from "./target_names.ts";

export { type Bytes, TufError } from "./metadata.ts";

/** The root to start from is not one: the user or this program has it, and no repository. */
export class StartRootError extends TufError {}

/** The metadata below the root, as far as there is any. */
export interface Metadatas {
  readonly timestamp?: Bytes | undefined;
  readonly snapshot?: Bytes | undefined;
  readonly targets?: Bytes | undefined;
}

/** Everything that a repository said at one time. */
export interface TufState {
  readonly timestamp: Bytes;
  readonly snapshot: Bytes;
  readonly targets: Bytes;
  /** The target files, by name. */
  readonly files: Readonly<Record<string, Bytes>>;
  /** When it was fetched. */
  readonly fetchedAt: Date;
}

/** What a verified state says. */
export interface VerifiedState {
  readonly files: Readonly<Record<string, Bytes>>;
  /** When the first of root, timestamp, snapshot and targets expires. */
  readonly expires: Date;
  readonly rootVersion: number;
  readonly timestampVersion: number;
}

/** Metadata that was trusted before. It is a lower bound for versions until newer metadata replaces it. */
interface Seen {
  readonly timestamp?: TufMetadata<"timestamp"> | undefined;
  readonly snapshot?: TufMetadata<"snapshot"> | undefined;
  readonly targets?: TufMetadata<"targets"> | undefined;
}

/**
 * Trusted metadata in the course of one update. Every method verifies before it trusts anything; what was trusted before
 * stays trusted if it throws.
 */
export class TrustedMetadata {
  readonly #at: Date;
  readonly #startVersion: number;
  readonly #newerRoots: Bytes[] = [];
  #root: TufMetadata<"root">;
  /** The present root, and those before it since a key of timestamp or snapshot was last withdrawn. */
  #lastingRoots: TufMetadata<"root">[];
  #seen: Seen = {};
  #timestamp: TufMetadata<"timestamp"> | undefined;
  #snapshot: TufMetadata<"snapshot"> | undefined;
  #targets: TufMetadata<"targets"> | undefined;

  /**
   * Starts an update (§5.1, §5.2).
   *
   * @param start The root to start from, which the user or this program trusts. It may have expired.
   * @param at The time of the update: expiry is judged by it.
   * @throws {StartRootError} If the root is malformed or not signed by its own keys.
   */
  constructor(start: Bytes, at: Date) {
    this.#at = at;
    this.#root = readStartRoot(start);
    this.#startVersion = this.#root.signed.version;
    this.#lastingRoots = [this.#root];
  }

  /** The newest root. */
  get root(): Root {
    return this.#root.signed;
  }

  /** The roots that follow the starting one, oldest first. */
  get newerRoots(): readonly Bytes[] {
    return [...this.#newerRoots];
  }

  /** The newest metadata of each role that was ever trusted: the lower bound for the next update. */
  get newest(): Metadatas {
    return {
      timestamp: (this.#timestamp ?? this.#seen.timestamp)?.bytes,
      snapshot: (this.#snapshot ?? this.#seen.snapshot)?.bytes,
      targets: (this.#targets ?? this.#seen.targets)?.bytes,
    };
  }

  /**
   * Trusts the next root (§5.3.4 to §5.3.8). An expired one is trusted too, as a newer one may follow.
   *
   * @param bytes The root.
   * @throws {TufError} If it is not the next version, or not signed by the keys of the present root and its own.
   */
  updateRoot(bytes: Bytes): void {
    const next = readMetadata("root", bytes);
    const [{ version }, { version: current }] = [next.signed, this.#root.signed];
    if (version !== current + 1) throw new TufError(`its root ${version} does not follow root ${current}`);
    verifySignatures(this.#root, next);
    verifySignatures(next, next);
    const withdrawn = isWithdrawn(this.#root, next, "timestamp") || isWithdrawn(this.#root, next, "snapshot");
    this.#root = next;
    this.#newerRoots.push(bytes);
    this.#lastingRoots.push(next);
    if (!withdrawn) return;
    this.#lastingRoots = [next];
    this.#seen = {};
  }

  /**
   * Follows a chain of cached roots as far as it holds.
   *
   * @param roots The roots, oldest first.
   * @param above Roots up to this version are skipped; by default those that the starting root has overtaken.
   * @returns Why it ended early, or `undefined` if the whole chain holds.
   */
  followRoots(roots: readonly Bytes[], above: number = this.#startVersion): TufError | undefined {
    try {
      for (const root of roots) {
        if (readMetadata("root", root).signed.version > above) this.updateRoot(root);
      }
      return undefined;
    } catch (error) {
      if (error instanceof TufError) return error;
      throw error;
    }
  }

  /**
   * Takes metadata that was trusted before as the lower bound for versions. It must be signed as the present root or one
   * before it demands, and is dropped otherwise. A root that withdraws a key of timestamp or snapshot drops all of it:
   * this is the recovery from a fast-forward attack (§5.3.11).
   *
   * @param metadata The metadata.
   */
  rememberSeen({ timestamp, snapshot, targets }: Metadatas): void {
    this.#seen = {
      timestamp: this.#readSeen("timestamp", timestamp),
      snapshot: this.#readSeen("snapshot", snapshot),
      targets: this.#readSeen("targets", targets),
    };
  }

  #readSeen<Role extends TufRole>(role: Role, bytes: Bytes | undefined): TufMetadata<Role> | undefined {
    if (bytes === undefined) return undefined;
    try {
      const metadata = readMetadata(role, bytes);
      return this.#lastingRoots.some((root) => isSigned(root, metadata)) ? metadata : undefined;
    } catch (error) {
      if (error instanceof TufError) return undefined;
      throw error;
    }
  }

  /**
   * Ends the update of the root (§5.3.10).
   *
   * @throws {TufError} If the newest root has expired.
   */
  finishRoots(): void {
    checkExpiry(this.#root, this.#at);
  }

  /**
   * Trusts a timestamp (§5.4). If one of the same version was seen before, that one is used.
   *
   * @param bytes The timestamp.
   * @throws {TufError} If it is refused.
   */
  updateTimestamp(bytes: Bytes): void {
    const next = readMetadata("timestamp", bytes);
    verifySignatures(this.#root, next);
    const seen = this.#seen.timestamp;
    if (seen !== undefined) {
      checkRollback("timestamp", next.signed.version, seen.signed.version);
      checkRollback("snapshot", next.signed.snapshotMeta.version, seen.signed.snapshotMeta.version);
    }
    const isEqual = next.signed.version === seen?.signed.version;
    // The threshold may have risen since.
    const current = isEqual && isSigned(this.#root, seen) ? seen : next;
    checkExpiry(current, this.#at);
    this.#timestamp = current;
  }

  /** What the timestamp says of the snapshot. */
  get snapshotMeta(): TufMetadata<"timestamp">["signed"]["snapshotMeta"] {
    return required("timestamp", this.#timestamp).signed.snapshotMeta;
  }

  /**
   * Trusts a snapshot (§5.5).
   *
   * @param bytes The snapshot.
   * @throws {TufError} If it is refused.
   */
  updateSnapshot(bytes: Bytes): void {
    const meta = this.snapshotMeta;
    verifyFile("snapshot metadata", bytes, meta);
    const next = readMetadata("snapshot", bytes);
    verifySignatures(this.#root, next);
    checkSame("snapshot", next.signed.version, meta.version);
    for (const [name, { version }] of Object.entries(this.#seen.snapshot?.signed.meta ?? {})) {
      const now = Object.hasOwn(next.signed.meta, name) ? next.signed.meta[name] : undefined;
      if (now === undefined) throw new TufError(`its snapshot metadata no longer lists ${quote(name)}`);
      checkRollback(name, now.version, version);
    }
    checkExpiry(next, this.#at);
    this.#snapshot = next;
  }

  /** What the snapshot says of the targets. */
  get targetsMeta(): TufMetadata<"snapshot">["signed"]["meta"][string] {
    const { meta } = required("snapshot", this.#snapshot).signed;
    const targets = Object.hasOwn(meta, "targets.json") ? meta["targets.json"] : undefined;
    if (targets === undefined) throw new TufError("its snapshot metadata lists no targets");
    return targets;
  }

  /**
   * Trusts the top-level targets (§5.6).
   *
   * @param bytes The targets.
   * @throws {TufError} If they are refused.
   */
  updateTargets(bytes: Bytes): void {
    const meta = this.targetsMeta;
    verifyFile("targets metadata", bytes, meta);
    const next = readMetadata("targets", bytes);
    verifySignatures(this.#root, next);
    checkSame("targets", next.signed.version, meta.version);
    checkExpiry(next, this.#at);
    this.#targets = next;
  }

  /**
   * What the targets say of a file (§5.7.1). Delegations are not followed: only the holders of the top-level keys may
   * name a trusted root.
   *
   * @param name The file.
   * @returns Its length and digests, or `undefined` if it is not listed.
   * @throws {TufError} If it is too large, or no digest proves it.
   */
  findTarget(name: string): TargetFile | undefined {
    const { targets } = required("targets", this.#targets).signed;
    const target = Object.hasOwn(targets, name) ? targets[name] : undefined;
    if (target === undefined) return undefined;
    knownDigests(name, target.hashes);
    if (target.length <= TRUST_LIMITS.documentBytes) return target;
    throw new TufError(`its ${name} is too large: ${target.length} bytes`);
  }

  /**
   * Verifies target files (§5.7.2).
   *
   * @param files The files, by name.
   * @returns The state that they belong to.
   * @throws {TufError} If one of them is not listed or differs, or one is missing that this program uses.
   */
  verifyFiles(files: Readonly<Record<string, Bytes>>): VerifiedState {
    for (const [name, bytes] of Object.entries(files)) {
      const target = this.findTarget(name);
      if (target === undefined) throw new TufError(`its targets do not list ${quote(name)}`);
      verifyFile(name, bytes, target);
    }
    const missing = TARGETS.find((name) => files[name] === undefined && this.findTarget(name) !== undefined);
    if (missing !== undefined) throw new TufError(`its ${missing} is missing`);
    const timestamp = required("timestamp", this.#timestamp);
    const all = [this.#root, timestamp, required("snapshot", this.#snapshot), required("targets", this.#targets)];
    return {
      files,
      expires: new Date(Math.min(...all.map(({ signed }) => Date.parse(signed.expires)))),
      rootVersion: this.#root.signed.version,
      timestampVersion: timestamp.signed.version,
    };
  }
}

function readStartRoot(bytes: Bytes): TufMetadata<"root"> {
  try {
    const root = readMetadata("root", bytes);
    verifySignatures(root, root);
    return root;
  } catch (error) {
    if (error instanceof TufError) throw new StartRootError(error.message, { cause: error });
    throw error;
  }
}

/**
 * Verifies a whole cached state.
 *
 * @param start The root to start from.
 * @param roots The roots that follow it.
 * @param state The state.
 * @param at The time at which nothing of it may have expired.
 * @returns What the state says.
 * @throws {TufError} If anything of it is refused.
 */
export function verifyState(start: Bytes, roots: readonly Bytes[], state: TufState, at: Date): VerifiedState {
  const trusted = new TrustedMetadata(start, at);
  const broken = trusted.followRoots(roots);
  if (broken !== undefined) throw broken;
  trusted.finishRoots();
  trusted.updateTimestamp(state.timestamp);
  trusted.updateSnapshot(state.snapshot);
  trusted.updateTargets(state.targets);
  return trusted.verifyFiles(state.files);
}

function isSigned(root: TufMetadata<"root">, metadata: TufMetadata<TufRole>): boolean {
  try {
    verifySignatures(root, metadata);
    return true;
  } catch (error) {
    if (error instanceof TufError) return false;
    throw error;
  }
}

/** Whether the newer root no longer lists a key of a role that the older root lists. */
function isWithdrawn(older: TufMetadata<"root">, newer: TufMetadata<"root">, role: TufRole): boolean {
  const remaining = keysOf(newer, role);
  return [...keysOf(older, role)].some((key) => !remaining.has(key));
}

function keysOf({ signed }: TufMetadata<"root">, role: TufRole): Set<string> {
  return new Set(signed.roles[role]!.keyIDs.map((id) => identityOf(signed, id)));
}

function required<T>(role: TufRole, metadata: T | undefined): T {
  if (metadata === undefined) throw new TypeError(`no trusted ${role} metadata yet`);
  return metadata;
}

function checkRollback(name: string, version: number, seen: number): void {
  if (version >= seen) return;
  throw new TufError(`version ${version} of its ${quote(name)} is less than current version ${seen}`);
}

function checkSame(role: TufRole, version: number, expected: number): void {
  if (version !== expected) throw new TufError(`its ${role} metadata has version ${version}, not ${expected}`);
}
