/** One TUF metadata file: its format, its signatures, and the digests by which others refer to it. */
import { canonicalize } from "@tufjs/canonical-json";
import { type MetaFile, Root, Snapshot, type TargetFile, Targets, Timestamp } from "@tufjs/models";
import { createHash } from "node:crypto";
import { parseStrictJson } from "../../json/parse.ts";
import { quote } from "../../text/quote.ts";
import { readTufKey, type TufPublicKey } from "./key.ts";

/** Bytes of a file. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** The top-level roles, and how to read what each of them says. */
const READERS = {
  root: readRoot,
  timestamp: (signed: JsonObject): Timestamp => Timestamp.fromJSON(withMeta(signed)),
  snapshot: (signed: JsonObject): Snapshot => Snapshot.fromJSON(withMeta(signed)),
  // Delegations are not followed: only the holders of the top-level keys may name a trusted root.
  targets: ({ delegations: _, ...signed }: JsonObject): Targets => Targets.fromJSON(signed as JsonObject),
};

/** A top-level role. */
export type TufRole = keyof typeof READERS;

/** Metadata of a role. */
export interface TufMetadata<Role extends TufRole> {
  readonly role: Role;
  /** The file as received. */
  readonly bytes: Bytes;
  readonly signed: ReturnType<typeof READERS[Role]>;
  /** The bytes that are signed: the canonical form of all received members, known or not (TUF §4.2). */
  readonly signedBytes: Uint8Array;
  readonly signatures: readonly TufSignature[];
}

interface TufSignature {
  readonly keyid: string;
  readonly sig: string;
}

// deno-lint-ignore no-explicit-any -- members are checked by the library's readers
type JsonObject = Record<string, any>;

/** Why TUF metadata or a target is refused, in plain words. */
export class TufError extends Error {}

/**
 * Reads a metadata file. Its signatures are not verified yet.
 *
 * @param role The expected role.
 * @param bytes The file.
 * @returns The metadata.
 * @throws {TufError} If the format is wrong.
 */
export function readMetadata<Role extends TufRole>(role: Role, bytes: Bytes): TufMetadata<Role> {
  return refuse(role, () => {
    const { signed, signatures } = parseObject(bytes);
    if (signed?._type !== role) throw new TufError(`expected '${role}', got ${JSON.stringify(signed?._type)}`);
    checkVersion("version", signed.version);
    const read = READERS[role] as (signed: JsonObject) => ReturnType<typeof READERS[Role]>;
    return {
      role,
      bytes,
      signed: read(signed),
      signedBytes: new TextEncoder().encode(canonicalize(signed)),
      signatures: readSignatures(signatures),
    };
  });
}

function parseObject(bytes: Bytes): JsonObject {
  const value = parseStrictJson(bytes) as JsonObject;
  if (typeof value !== "object" || value === null) throw new TufError("not a JSON object");
  return value;
}

/** A key id must not occur twice (TUF §4.2.1). */
function readSignatures(signatures: unknown): TufSignature[] {
  if (!Array.isArray(signatures)) throw new TufError("no list of signatures");
  for (const signature of signatures) {
    if (typeof signature?.keyid !== "string" || typeof signature.sig !== "string") {
      throw new TufError("a signature without keyid or sig");
    }
  }
  const ids = new Set(signatures.map(({ keyid }) => keyid));
  if (ids.size < signatures.length) throw new TufError("multiple signatures found for one key id");
  return signatures;
}

function readRoot(signed: JsonObject): Root {
  // Repositories from before consistent snapshots do not have the member.
  const root = Root.fromJSON({ consistent_snapshot: false, ...signed });
  for (const [name, { keyIDs, threshold }] of Object.entries(root.roles)) {
    const keys = keyIDs.map((id) => identityOf(root, id));
    const distinct = new Set(keys).size;
    // One key under two ids is harmless where the threshold does not count on it twice (TUF §4.3).
    if (distinct < keys.length && distinct < threshold) {
      throw new TufError(`its role ${name} has one key under two ids`);
    }
  }
  return root;
}

/**
 * What tells the keys of a root apart, whatever their ids.
 *
 * @param root The root.
 * @param id An id of a key.
 * @returns The key itself; of an unknown or unreadable one the id.
 */
export function identityOf({ keys }: Root, id: string): string {
  return keyOf(keys, id)?.identity ?? id;
}

function keyOf(keys: Root["keys"], id: string): TufPublicKey | undefined {
  return Object.hasOwn(keys, id) ? readTufKey(keys[id]!) : undefined;
}

/** Without `meta`, the library would assume version 1 of everything. */
function withMeta<T extends JsonObject>(signed: T): T {
  if (typeof signed.meta !== "object" || signed.meta === null) throw new TufError("no meta");
  for (const file of Object.values(signed.meta as JsonObject)) checkVersion("a version in meta", file?.version);
  return signed;
}

function checkVersion(what: string, version: unknown): void {
  if (Number.isSafeInteger(version) && version as number >= 1) return;
  throw new TufError(`${what} is not a whole number of at least 1`);
}

/**
 * Verifies that enough keys of a role have signed metadata.
 *
 * @param root The root that lists the keys of the role.
 * @param metadata The metadata.
 * @throws {TufError} If fewer distinct keys than the role's threshold have signed. One key under several ids counts once.
 */
export function verifySignatures(
  { signed: { keys, roles } }: TufMetadata<"root">,
  metadata: TufMetadata<TufRole>,
): void {
  const { role, signedBytes, signatures } = metadata;
  const { keyIDs, threshold } = roles[role]!;
  const signers = new Set<string>();
  for (const { keyid, sig } of signatures) {
    const key = keyIDs.includes(keyid) ? keyOf(keys, keyid) : undefined;
    if (key?.verify(signedBytes, sig)) signers.add(key.identity);
  }
  if (signers.size >= threshold) return;
  throw new TufError(`its ${role} metadata is signed by ${signers.size}/${threshold} keys`);
}

/**
 * Verifies that metadata has not expired.
 *
 * @param metadata The metadata.
 * @param at The time of the update.
 * @throws {TufError} If it has expired.
 */
export function checkExpiry({ role, signed }: TufMetadata<TufRole>, at: Date): void {
  if (signed.isExpired(at)) throw new TufError(`its ${role} metadata expired on ${quote(signed.expires)}`);
}

/**
 * Verifies a file by the length and the digests that other metadata states for it. Digests are optional for metadata,
 * which is signed itself. Of a target's digests at least one must be known; unknown algorithms are passed over.
 *
 * @param name The name of the file.
 * @param bytes Its content.
 * @param expected What the other metadata states.
 * @throws {TufError} If the file differs.
 */
export function verifyFile(name: string, bytes: Bytes, expected: MetaFile | TargetFile): void {
  const { length, hashes } = expected;
  if (length !== undefined && length !== bytes.length) {
    throw new TufError(`its ${name} has ${bytes.length} bytes, not ${length}`);
  }
  if (hashes === undefined) return;
  for (const [algorithm, digest] of knownDigests(name, hashes)) {
    if (createHash(algorithm).update(bytes).digest("hex") !== digest) {
      throw new TufError(`its ${name} does not have the stated ${algorithm} digest`);
    }
  }
}

/**
 * The digests that prove something.
 *
 * @param name The name of the file that has them.
 * @param hashes All digests of the file, by algorithm.
 * @returns Those in SHA-256 and SHA-512.
 * @throws {TufError} If there is none, or one of them is not a digest.
 */
export function knownDigests(name: string, hashes: Readonly<Record<string, string>>): [string, string][] {
  const known = Object.entries(hashes).filter(([algorithm]) => ["sha256", "sha512"].includes(algorithm));
  if (known.length === 0) throw new TufError(`its ${name} has no digest in SHA-256 or SHA-512`);
  for (const [algorithm, digest] of known) {
    const length = algorithm === "sha256" ? 64 : 128;
    if (digest.length !== length || !/^[0-9a-f]+$/.test(digest)) {
      throw new TufError(`its ${name} has no digest in ${algorithm}, but ${quote(digest)}`);
    }
  }
  return known;
}

/** Turns whatever a reader throws into an error that names the role. Library messages may quote the repository. */
function refuse<T>(role: TufRole, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new TufError(`its ${role} metadata is malformed: ${quote(reason.slice(0, 200))}`, { cause });
  }
}
