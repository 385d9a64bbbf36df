/** Evidence in a bundle that a signature existed: RFC 3161 timestamps and transparency log entries. */
import { asBytes, asDecimal, asList, asObject, asText, isPresent, jsonError, type JsonPath } from "../json/read.ts";
import { LIMITS } from "../limits.ts";

/** A transparency log entry, as the bundle claims it (`sigstore_rekor.proto`). */
export interface BundleLogEntry {
  /** Index in the whole log, in decimal digits: it may be beyond what a number holds exactly. */
  readonly logIndex: string;
  readonly logId: Uint8Array;
  readonly kind: string;
  readonly version: string;
  /** Seconds since 1970; 0 if the log states none. Only an inclusion promise (SET) proves it. */
  readonly integratedTime: number;
  readonly hasInclusionPromise: boolean;
  readonly inclusionProof: { readonly logIndex: string; readonly treeSize: string; readonly rootHash: Uint8Array };
  /** The checkpoint, a signed note. */
  readonly checkpoint: string;
  /** The entry as the log has it. */
  readonly body: Uint8Array;
}

/**
 * Reads the log entries of a bundle.
 *
 * @param value The JSON value; absent if there are none.
 * @param path Where it is, for messages.
 * @returns The entries, which nothing has verified.
 * @throws {VerificationError} If one is malformed, or there are too many (`SIGNATURE_INVALID`).
 */
export function parseLogEntries(value: unknown, path: JsonPath): BundleLogEntry[] {
  if (!isPresent(value)) return [];
  return asList(value, path, LIMITS.logEntries).map((entry, i) => parseLogEntry(entry, `${path}[${i}]`));
}

function parseLogEntry(value: unknown, path: JsonPath): BundleLogEntry {
  const entry = asObject(value, path, [
    "logIndex",
    "logId",
    "kindVersion",
    "integratedTime",
    "inclusionPromise",
    "inclusionProof",
    "canonicalizedBody",
  ]);
  const kind = asObject(entry.kindVersion, `${path}.kindVersion`, ["kind", "version"]);
  if (isPresent(entry.inclusionPromise)) checkInclusionPromise(entry.inclusionPromise, `${path}.inclusionPromise`);
  const { checkpoint, ...inclusionProof } = parseInclusionProof(entry.inclusionProof, `${path}.inclusionProof`);
  return {
    logIndex: asIndex(entry.logIndex, `${path}.logIndex`),
    logId: asBytes(asObject(entry.logId, `${path}.logId`, ["keyId"]).keyId, `${path}.logId.keyId`),
    kind: asText(kind.kind, `${path}.kindVersion.kind`),
    version: asText(kind.version, `${path}.kindVersion.version`),
    integratedTime: asTime(entry.integratedTime, `${path}.integratedTime`),
    hasInclusionPromise: isPresent(entry.inclusionPromise),
    inclusionProof,
    checkpoint,
    body: asBytes(entry.canonicalizedBody, `${path}.canonicalizedBody`),
  };
}

function checkInclusionPromise(value: unknown, path: JsonPath): void {
  const promise = asObject(value, path, ["signedEntryTimestamp"]);
  asBytes(promise.signedEntryTimestamp, `${path}.signedEntryTimestamp`);
}

function parseInclusionProof(
  value: unknown,
  path: JsonPath,
): BundleLogEntry["inclusionProof"] & { readonly checkpoint: string } {
  const proof = asObject(value, path, ["logIndex", "rootHash", "treeSize", "hashes", "checkpoint"]);
  const checkpoint = asObject(proof.checkpoint, `${path}.checkpoint`, ["envelope"]);
  if (isPresent(proof.hashes)) {
    asList(proof.hashes, `${path}.hashes`, MAX_HASHES).forEach((hash, i) => asBytes(hash, `${path}.hashes[${i}]`));
  }
  return {
    logIndex: asIndex(proof.logIndex, `${path}.logIndex`),
    treeSize: asIndex(proof.treeSize, `${path}.treeSize`),
    rootHash: asBytes(proof.rootHash, `${path}.rootHash`),
    checkpoint: asText(checkpoint.envelope, `${path}.checkpoint.envelope`),
  };
}

/** A proof has one hash per level of the tree, and a tree has at most one level per bit of a 64-bit index. */
const MAX_HASHES = 64;

/** The protobuf JSON mapping omits zero. */
function asIndex(value: unknown, path: JsonPath): string {
  if (!isPresent(value)) return "0";
  const text = asDecimal(value, path);
  if (!/^(0|[1-9]\d{0,18})$/.test(text)) throw jsonError(path, "is not a number of 64 bits");
  return text;
}

/** The last second of the year 9999; RFC 3339 cannot write later dates. */
const LAST_TIME = 253_402_300_799;

function asTime(value: unknown, path: JsonPath): number {
  const seconds = Number(asIndex(value, path));
  if (seconds > LAST_TIME) throw jsonError(path, "is not a time");
  return seconds;
}

/**
 * Reads the timestamps of a bundle.
 *
 * @param value The JSON value; absent if there are none.
 * @param path Where it is, for messages.
 * @returns The responses of timestamp authorities, which nothing has parsed or verified.
 * @throws {VerificationError} If one is malformed or too large, or there are too many (`SIGNATURE_INVALID`).
 */
export function parseTimestamps(value: unknown, path: JsonPath): Uint8Array[] {
  if (!isPresent(value)) return [];
  const { rfc3161Timestamps } = asObject(value, path, ["rfc3161Timestamps"]);
  if (!isPresent(rfc3161Timestamps)) return [];
  return asList(rfc3161Timestamps, `${path}.rfc3161Timestamps`, LIMITS.timestamps).map((item, i) => {
    const timestamp = asObject(item, `${path}.rfc3161Timestamps[${i}]`, ["signedTimestamp"]);
    return parseTimestamp(timestamp.signedTimestamp, `${path}.rfc3161Timestamps[${i}].signedTimestamp`);
  });
}

function parseTimestamp(value: unknown, path: JsonPath): Uint8Array {
  const der = asBytes(value, path);
  if (der.length <= LIMITS.timestampBytes) return der;
  throw jsonError(path, `has ${der.length} bytes: at most ${LIMITS.timestampBytes} are allowed`);
}
