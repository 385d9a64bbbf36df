/** The trusted root: the certificate authorities, logs and timestamp authorities of a Sigstore instance, with their keys. */
import { TrustedRoot } from "@sigstore/protobuf-specs";
import { X509Certificate } from "node:crypto";
import {
  asBytes,
  asObject,
  asObjects,
  asOneOf,
  asOptionalText,
  asPeriod,
  isPresent,
  type JsonObject,
  readDocument,
  TrustFormatError,
} from "../documents/read.ts";
import { TRUST_LIMITS } from "../documents/limits.ts";
import { isKnownLog, readLog } from "./trusted_log.ts";

/** The versions there are; those of version 0.1 differ in how they are written only. */
const MEDIA_TYPES = [
  "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
  "application/vnd.dev.sigstore.trustedroot.v0.1+json",
  "application/vnd.dev.sigstore.trustedroot.v0.2+json",
];

/**
 * Reads a trusted root, strictly: what verification relies on must be there. Above all, each log's key must say from
 * when on it is valid, which `@sigstore/verify` would take for "always". A log whose kind of key is not known to this
 * program is left out: nothing that it signed will verify.
 *
 * @param text The JSON.
 * @param name What it is for messages, such as the file in quotes.
 * @returns The trusted root.
 * @throws {VerificationError} With code `TRUST_INVALID` if it is not as it must be.
 */
export function parseTrustedRoot(text: string, name: string): TrustedRoot {
  return readDocument(text, name, readTrustedRoot);
}

/**
 * Reads a trusted root that is a part of a parsed document.
 *
 * @param document The JSON object.
 * @returns The trusted root.
 * @throws {TrustFormatError} If it is not as it must be.
 */
export function readTrustedRoot(document: JsonObject): TrustedRoot {
  const mediaType = asOneOf(document.mediaType, "mediaType", MEDIA_TYPES);
  const certificateAuthorities = readAuthorities(document, "certificateAuthorities");
  if (certificateAuthorities.length === 0) throw new TrustFormatError("it names no certificate authority");
  return TrustedRoot.fromJSON({
    mediaType,
    tlogs: readLogs(document, "tlogs"),
    certificateAuthorities,
    ctlogs: readLogs(document, "ctlogs"),
    timestampAuthorities: readAuthorities(document, "timestampAuthorities"),
  });
}

function readLogs(document: JsonObject, member: "tlogs" | "ctlogs"): JsonObject[] {
  const listed = asObjects(document[member], member);
  const logs = listed
    .map((log, i) => isKnownLog(log) ? readLog(log, `${member}[${i}]`, member) : undefined)
    .filter((log) => log !== undefined);
  // Else an instance whose logs are not known would pass for one that has none.
  if (listed.length > 0 && logs.length === 0) {
    throw new TrustFormatError(
      `${member} has no log that this version can verify: it needs SHA2_256 trees and keys on P-256, P-384, P-521, ` +
        "Ed25519 or RSA (PKCS #1 v1.5)",
    );
  }
  const ids = new Set<unknown>();
  for (const { logId } of logs) {
    const { keyId } = logId as JsonObject;
    // Two keys under one id: which of them counts would be a matter of chance.
    if (ids.has(keyId)) throw new TrustFormatError(`${member} has two logs with the id ${keyId}`);
    ids.add(keyId);
  }
  return logs;
}

function readAuthorities(document: JsonObject, member: string): JsonObject[] {
  return asObjects(document[member], member).map((authority, i) => {
    const place = `${member}[${i}]`;
    checkChain(authority, place);
    return {
      subject: readSubject(authority.subject, `${place}.subject`),
      uri: asOptionalText(authority.uri, `${place}.uri`),
      operator: asOptionalText(authority.operator, `${place}.operator`),
      certChain: authority.certChain,
      validFor: readValidity(authority.validFor, `${place}.validFor`),
    };
  });
}

function readSubject(value: unknown, place: string): JsonObject | undefined {
  if (!isPresent(value)) return undefined;
  const { organization, commonName } = asObject(value, place);
  return {
    organization: asOptionalText(organization, `${place}.organization`),
    commonName: asOptionalText(commonName, `${place}.commonName`),
  };
}

/** Its certificates limit its validity already, so that a start is not demanded as it is for a log's key. */
function readValidity(value: unknown, place: string): JsonObject | undefined {
  if (!isPresent(value)) return undefined;
  const { start, end } = asPeriod(value, place);
  return { start: start?.toISOString(), end: end?.toISOString() };
}

function checkChain(authority: JsonObject, place: string): void {
  const chainPlace = `${place}.certChain.certificates`;
  const chain = asObjects(
    asObject(authority.certChain, `${place}.certChain`).certificates,
    chainPlace,
    TRUST_LIMITS.chain,
  )
    .map(({ rawBytes }, i) =>
      readCertificate(asBytes(rawBytes, `${chainPlace}[${i}].rawBytes`), `${chainPlace}[${i}]`)
    );
  if (chain.length === 0) throw new TrustFormatError(`${chainPlace} is empty`);
  chain.slice(1).forEach((issuer, i) => {
    if (chain[i]!.issuer !== issuer.subject) {
      throw new TrustFormatError(`${chainPlace}[${i + 1}] is not the issuer of the certificate before it`);
    }
  });
}

/** Reads the members that are used later: `X509Certificate` decodes each when it is asked for, and may then throw. */
function readCertificate(
  der: Uint8Array<ArrayBuffer>,
  place: string,
): Pick<X509Certificate, "subject" | "issuer"> {
  if (derSize(der) !== der.length) throw new TrustFormatError(`${place} is not a certificate alone`);
  try {
    const { subject, issuer, validTo } = new X509Certificate(der);
    if (Number.isNaN(Date.parse(validTo))) throw new RangeError("no time");
    return { subject, issuer };
  } catch {
    throw new TrustFormatError(`${place} is not a certificate`);
  }
}

/** The size of the DER sequence that bytes begin with: readers of certificates pass over what follows. */
function derSize([tag, first = 0, ...digits]: Uint8Array): number | undefined {
  if (tag !== 0x30) return undefined;
  if (first < 0x80) return 2 + first;
  const count = first & 0x7f;
  return digits.slice(0, count).reduce((sum, digit) => sum * 256 + digit, 0) + 2 + count;
}
