/** A Sigstore bundle of the method `sigstore`, versions 0.1 to 0.3, read strictly before any library sees it. */
import { VerificationError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { GrowingBytes } from "../lists/growing_bytes.ts";
import { MEDIA_TYPE, type MessageSignature, parseMessage, readBundleJson } from "./bundle.ts";
import { type Envelope, parseEnvelopeHead } from "./envelope.ts";
import {
  asBytes,
  asList,
  asNumeral,
  asObject,
  asOneOf,
  asText,
  isPresent,
  jsonError,
  type JsonObject,
  type Place,
} from "../json/read.ts";
import type { Source } from "../io/byte_source.ts";

/** Up to version 0.2 a bundle holds a chain of certificates, since then one. */
const CHAIN_MEDIA_TYPES = [
  "application/vnd.dev.sigstore.bundle+json;version=0.1",
  "application/vnd.dev.sigstore.bundle+json;version=0.2",
];
const SINGLE_MEDIA_TYPES = ["application/vnd.dev.sigstore.bundle+json;version=0.3", MEDIA_TYPE];

/** An entry of a transparency log, as the bundle claims it. */
export interface LogEntry {
  /** Position among all entries of the log, as text: it may be beyond what a number holds exactly. */
  readonly logIndex: string;
  readonly logId: Uint8Array;
  readonly kind: string;
  readonly version: string;
  /** Seconds since 1970; 0 where the log does not say. Only a promise vouches for it. */
  readonly integratedTime: number;
  readonly hasInclusionPromise: boolean;
  readonly proof: { readonly logIndex: string; readonly treeSize: string; readonly rootHash: Uint8Array };
  /** The signed note. */
  readonly checkpoint: string;
  /** The entry as the log has it. */
  readonly body: Uint8Array;
}

/** A bundle of the method `sigstore`; nothing in it is verified. */
export interface SigstoreBundle {
  /** The signing certificate, in DER. */
  readonly certificate: Uint8Array;
  /** The other certificates of an old bundle. */
  readonly chain: readonly Uint8Array[];
  readonly content: ({ readonly kind: "envelope" } & Envelope) | MessageSignature;
  readonly entries: readonly LogEntry[];
  /** Responses of timestamp authorities, in DER. */
  readonly timestamps: readonly Uint8Array[];
  /** The JSON, for the library. The payload of an envelope, which may be large, is empty in it. */
  readonly json: JsonObject;
}

/**
 * Reads a bundle of the method `sigstore`.
 *
 * @param source The signature file.
 * @returns The bundle; nothing in it is verified.
 * @throws {VerificationError} If it is not one (`SIGNATURE_INVALID`), or of another method (`OTHER_METHOD`).
 */
export function parseSigstoreBundle(source: Source): SigstoreBundle {
  const payload = new GrowingBytes();
  const json = asObject(readBundleJson(source, (bytes) => payload.append(bytes)), "it", [
    "mediaType",
    "verificationMaterial",
    "dsseEnvelope",
    "messageSignature",
  ]);
  const mediaType = asOneOf(json.mediaType, "mediaType", [...CHAIN_MEDIA_TYPES, ...SINGLE_MEDIA_TYPES]);
  const material = asObject(json.verificationMaterial, MATERIAL, [
    "publicKey",
    "x509CertificateChain",
    "certificate",
    "tlogEntries",
    "timestampVerificationData",
  ]);
  const [certificate, ...chain] = parseCertificates(material, CHAIN_MEDIA_TYPES.includes(mediaType));
  return {
    certificate: certificate!,
    chain,
    content: parseContent(json, payload.bytes),
    entries: parseEntries(material.tlogEntries),
    timestamps: parseTimestamps(material.timestampVerificationData),
    json,
  };
}

const MATERIAL = "verificationMaterial";

function parseContent(bundle: JsonObject, payload: Uint8Array): SigstoreBundle["content"] {
  if (isPresent(bundle.dsseEnvelope) === isPresent(bundle.messageSignature)) {
    throw jsonError("it", "must hold either a dsseEnvelope or a messageSignature");
  }
  if (isPresent(bundle.messageSignature)) return parseMessage(bundle.messageSignature);
  const envelope = parseEnvelopeHead(bundle.dsseEnvelope, "dsseEnvelope");
  if (envelope.payload !== "") asText(envelope.payload, "dsseEnvelope.payload");
  return { kind: "envelope", ...envelope, payload };
}

function parseCertificates(material: JsonObject, isOld: boolean): Uint8Array[] {
  if (isPresent(material.publicKey)) throw otherMethod("a key; use method key");
  if (isOld) {
    if (isPresent(material.certificate)) throw jsonError(`${MATERIAL}.certificate`, "is not of this version");
    return parseChain(material.x509CertificateChain);
  }
  if (isPresent(material.x509CertificateChain)) throw otherMethod("a certificate; use method certificate");
  const certificate = asObject(material.certificate, `${MATERIAL}.certificate`, ["rawBytes"]);
  return [asBytes(certificate.rawBytes, `${MATERIAL}.certificate.rawBytes`)];
}

function parseChain(value: unknown): Uint8Array[] {
  const place = `${MATERIAL}.x509CertificateChain`;
  const chain = asObject(value, place, ["certificates"]);
  const certificates = asList(chain.certificates, `${place}.certificates`, LIMITS.certificates);
  if (certificates.length === 0) throw jsonError(`${place}.certificates`, "is empty");
  return certificates.map((item, i) => {
    const certificate = asObject(item, `${place}.certificates[${i}]`, ["rawBytes"]);
    return asBytes(certificate.rawBytes, `${place}.certificates[${i}].rawBytes`);
  });
}

function otherMethod(what: string): VerificationError {
  return new VerificationError(
    "OTHER_METHOD",
    `Cannot verify with method sigstore: the signature was made with ${what}`,
  );
}

function parseEntries(value: unknown): LogEntry[] {
  const place = `${MATERIAL}.tlogEntries`;
  const entries = asList(value, place, LIMITS.logEntries);
  return entries.map((entry, i) => parseEntry(entry, `${place}[${i}]`));
}

function parseEntry(value: unknown, place: Place): LogEntry {
  const entry = asObject(value, place, [
    "logIndex",
    "logId",
    "kindVersion",
    "integratedTime",
    "inclusionPromise",
    "inclusionProof",
    "canonicalizedBody",
  ]);
  const kind = asObject(entry.kindVersion, `${place}.kindVersion`, ["kind", "version"]);
  if (isPresent(entry.inclusionPromise)) parsePromise(entry.inclusionPromise, `${place}.inclusionPromise`);
  const { checkpoint, ...proof } = parseProof(entry.inclusionProof, `${place}.inclusionProof`);
  return {
    logIndex: asIndex(entry.logIndex, `${place}.logIndex`),
    logId: asBytes(asObject(entry.logId, `${place}.logId`, ["keyId"]).keyId, `${place}.logId.keyId`),
    kind: asText(kind.kind, `${place}.kindVersion.kind`),
    version: asText(kind.version, `${place}.kindVersion.version`),
    integratedTime: parseTime(entry.integratedTime, `${place}.integratedTime`),
    hasInclusionPromise: isPresent(entry.inclusionPromise),
    proof,
    checkpoint,
    body: asBytes(entry.canonicalizedBody, `${place}.canonicalizedBody`),
  };
}

function parsePromise(value: unknown, place: Place): void {
  const promise = asObject(value, place, ["signedEntryTimestamp"]);
  asBytes(promise.signedEntryTimestamp, `${place}.signedEntryTimestamp`);
}

function parseProof(value: unknown, place: Place): LogEntry["proof"] & { checkpoint: string } {
  const proof = asObject(value, place, ["logIndex", "rootHash", "treeSize", "hashes", "checkpoint"]);
  const checkpoint = asObject(proof.checkpoint, `${place}.checkpoint`, ["envelope"]);
  if (isPresent(proof.hashes)) {
    asList(proof.hashes, `${place}.hashes`, MOST_HASHES).forEach((hash, i) => asBytes(hash, `${place}.hashes[${i}]`));
  }
  return {
    logIndex: asIndex(proof.logIndex, `${place}.logIndex`),
    treeSize: asIndex(proof.treeSize, `${place}.treeSize`),
    rootHash: asBytes(proof.rootHash, `${place}.rootHash`),
    checkpoint: asText(checkpoint.envelope, `${place}.checkpoint.envelope`),
  };
}

/** A proof holds a hash a level of the tree, and no tree has more levels than a 64-bit index has bits. */
const MOST_HASHES = 64;

/** The protobuf mapping leaves out zero. */
function asIndex(value: unknown, place: Place): string {
  if (!isPresent(value)) return "0";
  const text = asNumeral(value, place);
  if (!/^(0|[1-9]\d{0,18})$/.test(text)) throw jsonError(place, "is not a number of 64 bits");
  return text;
}

/** The last second of the year 9999, after which dates are written in other ways. */
const LAST_TIME = 253_402_300_799;

function parseTime(value: unknown, place: Place): number {
  const seconds = Number(asIndex(value, place));
  if (seconds > LAST_TIME) throw jsonError(place, "is not a time");
  return seconds;
}

function parseTimestamps(value: unknown): Uint8Array[] {
  if (!isPresent(value)) return [];
  const place = `${MATERIAL}.timestampVerificationData`;
  const { rfc3161Timestamps } = asObject(value, place, ["rfc3161Timestamps"]);
  if (!isPresent(rfc3161Timestamps)) return [];
  return asList(rfc3161Timestamps, `${place}.rfc3161Timestamps`, LIMITS.timestamps).map((item, i) => {
    const timestamp = asObject(item, `${place}.rfc3161Timestamps[${i}]`, ["signedTimestamp"]);
    return parseTimestamp(timestamp.signedTimestamp, `${place}.rfc3161Timestamps[${i}].signedTimestamp`);
  });
}

function parseTimestamp(value: unknown, place: Place): Uint8Array {
  const der = asBytes(value, place);
  if (der.length <= LIMITS.timestampBytes) return der;
  throw jsonError(place, `has ${der.length} bytes: at most ${LIMITS.timestampBytes} are allowed`);
}
