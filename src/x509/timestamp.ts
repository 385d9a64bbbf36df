/** Verifies timestamps (RFC 3161): signed statements that data existed at a time. */
import { createHash } from "node:crypto";
import { VerificationError } from "../errors.ts";
import type { Certificate } from "./certificate.ts";
import { bytesEqual } from "../text/bytes_equal.ts";
import { TIME_STAMPING } from "./path_rules.ts";
import { keyOf } from "./certificate_signature.ts";
import { verifyPath } from "./path.ts";
import { anchorsOf, type Authority, isTrustedAt } from "./authority.ts";
import { canonicalName } from "./distinguished_name.ts";
import type { GeneralName } from "./general_names.ts";
import {
  type CertificateId,
  readTimestamp,
  type SignerId,
  TimestampError,
  type TimestampToken,
} from "./timestamp_token.ts";
import { hashLabel, weakHash } from "./signature_scheme.ts";
import { verifySignature } from "./verify_signature.ts";

/** A verified timestamp. */
export interface ProvenTimestamp {
  /** The time when the signature existed. */
  readonly time: Date;
  /** The certification path of the timestamp's signer, up to the trust anchor. */
  readonly path: readonly Certificate[];
}

/**
 * Verifies a timestamp over the signature of any method.
 *
 * The signer's certificate must be for time stamping only (RFC 3161 §2.3), must have a path to a trusted authority, and
 * must have been valid at the stated time.
 *
 * @param der The response of the timestamp authority.
 * @param signed The bytes that were timestamped: a signature, not its digest.
 * @param authorities The trusted timestamp authorities.
 * @returns The proven time.
 * @throws {VerificationError} If a step fails (`TIMESTAMP_INVALID`). The message names the step.
 */
export async function verifyTimestamp(
  der: Uint8Array,
  signed: Uint8Array,
  authorities: readonly Authority[],
): Promise<ProvenTimestamp> {
  try {
    const token = readTimestamp(der);
    checkImprint(token, signed);
    return { time: token.time, path: await verifySigner(token, authorities) };
  } catch (cause) {
    if (!(cause instanceof TimestampError)) throw cause;
    throw new VerificationError("TIMESTAMP_INVALID", `Cannot verify a timestamp: ${cause.message}`, { cause });
  }
}

function checkImprint({ imprint }: TimestampToken, signed: Uint8Array): void {
  const digest = new Uint8Array(createHash(imprint.hash).update(signed).digest());
  if (!bytesEqual(digest, imprint.digest)) throw new TimestampError("it is about something else than this signature");
}

/** Tries each authority, as two can have certificates with the same issuer and serial number. */
async function verifySigner(token: TimestampToken, authorities: readonly Authority[]): Promise<Certificate[]> {
  let reason: TimestampError | undefined;
  for (const authority of authorities) {
    const signer = findSigner(token, authority);
    if (signer === undefined) continue;
    try {
      return await verifyWith(signer, token, authority);
    } catch (error) {
      if (!(error instanceof TimestampError)) throw error;
      reason ??= error;
    }
  }
  throw reason ?? new TimestampError(
    "the certificate that signed it is neither in it nor of a trusted timestamp authority",
  );
}

/** The signer's certificate is in the token or in the authority's chain. */
function findSigner(
  { signer, certificateIds, certificates }: TimestampToken,
  authority: Authority,
): Certificate | undefined {
  const named = [...authority.certificates, ...certificates].filter((certificate) => isNamed(certificate, signer));
  return named.find((certificate) => certificateIds.every((id) => isIdentified(certificate, id))) ?? named[0];
}

async function verifyWith(signer: Certificate, token: TimestampToken, authority: Authority): Promise<Certificate[]> {
  if (!token.certificateIds.every((id) => isIdentified(signer, id))) {
    throw new TimestampError("it was signed with another certificate than the one that it names");
  }
  if (token.authority !== undefined && !isNameOf(token.authority, signer)) {
    throw new TimestampError("it names another authority than its certificate");
  }
  await checkSignature(signer, token);
  if (!isTrustedAt(authority, token.time)) {
    throw new TimestampError(`its authority was not trusted at ${token.time.toISOString()}`);
  }
  const anchors = await anchorsOf(authority);
  const source = { leaf: signer, offered: token.certificates, known: authority.certificates, anchors };
  try {
    return await verifyPath(source, { at: token.time, purpose: TIME_STAMPING });
  } catch (cause) {
    if (!(cause instanceof VerificationError)) throw cause;
    throw new TimestampError(cause.message.replace(/^Cannot (\w+) (the |)(signing )?/, "cannot $1 $2"), { cause });
  }
}

async function checkSignature(signer: Certificate, { scheme, signedPart, signature }: TimestampToken): Promise<void> {
  const weak = weakHash(scheme);
  if (weak !== undefined) throw new TimestampError(`it is signed with ${weak}, which can be forged`);
  const key = keyOf(signer);
  if (typeof key === "string") throw new TimestampError(`its authority has a key of ${key}, which is not supported`);
  if (await verifySignature(scheme, key, signedPart, signature)) return;
  const how = "hash" in scheme ? ` with ${hashLabel(scheme.hash)}` : "";
  throw new TimestampError(`its signature${how} is not by the certificate that it names, or it was changed since`);
}

function isNamed(certificate: Certificate, id: SignerId): boolean {
  if ("subjectKeyId" in id) return certificate.subjectKeyId === id.subjectKeyId;
  return certificate.canonicalIssuer === id.issuer && certificate.serialNumber === id.serialNumber;
}

function isIdentified(certificate: Certificate, { hash, digest, issuer }: CertificateId): boolean {
  const actual = new Uint8Array(createHash(hash).update(certificate.der).digest());
  if (!bytesEqual(actual, digest)) return false;
  return issuer === undefined ||
    (issuer.name === certificate.canonicalIssuer && issuer.serialNumber === certificate.serialNumber);
}

/** The field tsa must be one of the names of the certificate (RFC 3161 §2.4.2). */
function isNameOf(name: GeneralName, certificate: Certificate): boolean {
  const names: readonly GeneralName[] = [
    { form: "directory", der: certificate.subjectDer },
    ...certificate.generalNames,
  ];
  return names.some((other) => comparable(other) === comparable(name));
}

function comparable(name: GeneralName): string {
  if (name.form === "directory") return `directory ${canonicalName(name.der)}`;
  if ("text" in name) return `${name.form} ${name.text}`;
  return `${name.form} ${("bytes" in name ? name.bytes : name.der).toHex()}`;
}
