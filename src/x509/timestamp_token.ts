/**
 * A strict parser of timestamps (RFC 3161 §2.4.2, RFC 5652 §5). Unsigned fields must have their only possible value, so
 * that no byte can be changed without notice.
 */
import { createHash } from "node:crypto";
import { type Certificate, parseCertificate } from "./certificate.ts";
import { formatOid } from "../asn1/object_identifier.ts";
import { checkDer, DerReader, type Element, FormatError, TAG } from "../asn1/der.ts";
import { bytesEqual } from "../text/bytes_equal.ts";
import { canonicalName } from "./distinguished_name.ts";
import { type GeneralName, readGeneralName } from "./general_names.ts";
import { hashLabel, type HashName, readHash, readSignatureScheme, type SignatureScheme } from "./signature_scheme.ts";

/** The timestamp is not valid. The message is a clause: "it …". */
export class TimestampError extends Error {}

/** A parsed timestamp. Nothing in it is verified. */
export interface TimestampToken {
  /** The digest of the timestamped data. */
  readonly imprint: { readonly hash: HashName; readonly digest: Uint8Array };
  /** The stated time. */
  readonly time: Date;
  /** The nonce of the request, in hex without leading zero bytes. */
  readonly nonce: string | undefined;
  /** The name of the authority (field tsa). */
  readonly authority: GeneralName | undefined;
  /** The certificates in the token. */
  readonly certificates: readonly Certificate[];
  /** Identifies the signer's certificate; not signed. */
  readonly signer: SignerId;
  /** Identifies the signer's certificate; signed. */
  readonly certificateIds: readonly CertificateId[];
  /** The signed bytes: the attributes, as a SET OF. */
  readonly signedPart: Uint8Array;
  readonly scheme: SignatureScheme;
  readonly signature: Uint8Array;
}

/** SignerIdentifier (RFC 5652 §5.3). */
export type SignerId =
  | { readonly issuer: string; readonly serialNumber: string }
  | { readonly subjectKeyId: string };

/** ESSCertID and ESSCertIDv2 (RFC 5035 §4): a certificate's digest and optionally its issuer and serial number. */
export interface CertificateId {
  readonly hash: HashName;
  readonly digest: Uint8Array;
  readonly issuer: { readonly name: string; readonly serialNumber: string } | undefined;
}

/** The OIDs, as the hex of their bytes. */
const OIDS = {
  signedData: "2a864886f70d010702",
  timestampInfo: "2a864886f70d0109100104",
  contentType: "2a864886f70d010903",
  messageDigest: "2a864886f70d010904",
  signingCertificate: "2a864886f70d010910020c",
  signingCertificateV2: "2a864886f70d010910022f",
} as const;

const EXPLICIT = 0xa0;
const CERTIFICATES = 0xa0;
const REVOCATION_LISTS = 0xa1;
const SIGNED_ATTRIBUTES = 0xa0;
const UNSIGNED_ATTRIBUTES = 0xa1;

/** PKIStatus, by number. */
const STATUSES = [
  "granted",
  "granted with modifications",
  "rejection",
  "waiting",
  "revocation warning",
  "revocation notification",
];

/**
 * Reads a timestamp.
 *
 * @param der TimeStampResp in DER, without trailing bytes.
 * @returns The timestamp. Only the consistency of its parts is verified.
 * @throws {TimestampError} If the authority did not grant it, or it is malformed or of an unsupported form.
 */
export function readTimestamp(der: Uint8Array): TimestampToken {
  try {
    checkDer(der);
    return readResponse(new DerReader(new Uint8Array(der)));
  } catch (cause) {
    if (cause instanceof TimestampError) throw cause;
    if (cause instanceof FormatError) {
      // The reader speaks of certificates, which is all that most of its users read.
      const reason = cause.message.replace("it is not a certificate in DER form", "it is not a timestamp in DER form");
      throw new TimestampError(reason, { cause });
    }
    throw cause;
  }
}

/** TimeStampResp. */
function readResponse(input: DerReader): TimestampToken {
  const response = inside(input);
  checkStatus(inside(response), response.isEmpty);
  const token = inside(response);
  expectOid(token, OIDS.signedData, "it is not signed data");
  const content = new DerReader(token.take(EXPLICIT).content);
  const timestamp = readSignedData(inside(content));
  content.finish("after the signed data");
  token.finish("after the token");
  response.finish("after the token");
  input.finish("after the timestamp");
  return timestamp;
}

/** PKIStatusInfo. */
function checkStatus(status: DerReader, isAlone: boolean): void {
  const number = status.take(TAG.integer).content;
  const texts = status.takeOptional(TAG.sequence);
  status.takeOptional(TAG.bitString);
  status.finish("after the status");
  if (number.length === 1 && number[0]! <= 1 && !isAlone) return;
  const name = STATUSES[number.length === 1 ? number[0]! : -1] ?? "unknown status";
  const text = texts === undefined ? "" : ` (${freeText(texts)})`;
  throw new TimestampError(`the authority did not grant it: ${name}${text}`);
}

function freeText(texts: Element): string {
  const parts: string[] = [];
  for (const list = new DerReader(texts.content); !list.isEmpty;) parts.push(decode(list.take(TAG.utf8String).content));
  return JSON.stringify(parts.join(" ").slice(0, 200));
}

/** SignedData (RFC 5652 §5.1), with one signer. */
function readSignedData(data: DerReader): TimestampToken {
  expectNumber(data, 3, "it has another version of signed data than 3");
  const hashes = new DerReader(data.take(TAG.set).content);
  const hash = takeHash(hashes);
  hashes.finish("after its hash");
  const info = readContent(inside(data));
  const certificates = readCertificates(data.takeOptional(CERTIFICATES));
  if (data.takeOptional(REVOCATION_LISTS) !== undefined) {
    throw new TimestampError("it holds revocation lists, which is not supported");
  }
  const signers = new DerReader(data.take(TAG.set).content);
  const signer = readSignerInfo(inside(signers), hash, info);
  signers.finish("after its signer");
  data.finish("after the signed data");
  return { ...readInfo(info), certificates, ...signer };
}

/** EncapsulatedContentInfo (RFC 5652 §5.2). */
function readContent(content: DerReader): Uint8Array {
  expectOid(content, OIDS.timestampInfo, "what is signed in it is not a timestamp");
  const explicit = new DerReader(content.take(EXPLICIT).content);
  const info = explicit.take(TAG.octetString).content;
  explicit.finish("after the signed content");
  content.finish("after the signed content");
  return info;
}

function readCertificates(field: Element | undefined): Certificate[] {
  if (field === undefined) return [];
  const certificates: Certificate[] = [];
  for (const list = new DerReader(field.content); !list.isEmpty;) certificates.push(readOne(list.next().bytes));
  return certificates;
}

function readOne(der: Uint8Array): Certificate {
  try {
    return parseCertificate(der, "a certificate in it");
  } catch (cause) {
    throw new TimestampError("a certificate in it cannot be read", { cause });
  }
}

type Signer = Pick<TimestampToken, "signer" | "certificateIds" | "signedPart" | "scheme" | "signature">;

/** SignerInfo (RFC 5652 §5.3). The signature is over the attributes, which include the digest of the content. */
function readSignerInfo(info: DerReader, hash: HashName, content: Uint8Array): Signer {
  const version = info.take(TAG.integer).content;
  const signer = readSignerId(info);
  if (version.length !== 1 || version[0] !== ("subjectKeyId" in signer ? 3 : 1)) {
    throw new TimestampError("the version of its signer info is not valid");
  }
  if (takeHash(info) !== hash) throw new TimestampError("it names two hashes");
  const signed = info.takeOptional(SIGNED_ATTRIBUTES);
  if (signed === undefined) throw new TimestampError("it has no signed attributes");
  const algorithm = info.take(TAG.sequence).bytes;
  const signature = info.take(TAG.octetString).content;
  if (info.takeOptional(UNSIGNED_ATTRIBUTES) !== undefined) {
    throw new TimestampError("it has unsigned attributes, which are not supported");
  }
  info.finish("after the signature");
  const scheme = readSignatureScheme(algorithm, hash);
  if (scheme === undefined) {
    throw new TimestampError(`it is signed with ${algorithmName(algorithm)}, which is not supported`);
  }
  const attributes = readAttributes(signed.content);
  checkContentAttributes(attributes, hash, content);
  // The signature is over the attributes with the tag of a SET OF (RFC 5652 §5.4).
  const signedPart = new Uint8Array(signed.bytes);
  signedPart[0] = TAG.set;
  return { signer, certificateIds: readCertificateIds(attributes), signedPart, scheme, signature };
}

function readSignerId(info: DerReader): SignerId {
  const keyId = info.takeOptional(0x80);
  if (keyId !== undefined) return { subjectKeyId: keyId.content.toHex() };
  const id = inside(info);
  const issuer = canonicalName(id.take(TAG.sequence).bytes);
  const serialNumber = serialHex(id.take(TAG.integer).content);
  id.finish("after the id of its signer");
  return { issuer, serialNumber };
}

/** Attributes by OID. Each occurs once and has one value. */
function readAttributes(content: Uint8Array): Map<string, Element> {
  const attributes = new Map<string, Element>();
  for (const list = new DerReader(content); !list.isEmpty;) {
    const attribute = inside(list);
    const type = attribute.take(TAG.objectIdentifier).content.toHex();
    const values = new DerReader(attribute.take(TAG.set).content);
    if (attributes.has(type)) {
      throw new TimestampError(`it has the signed attribute ${formatOid(Uint8Array.fromHex(type))} twice`);
    }
    attributes.set(type, values.next());
    values.finish("after the value of an attribute");
    attribute.finish("after an attribute");
  }
  return attributes;
}

function checkContentAttributes(attributes: Map<string, Element>, hash: HashName, content: Uint8Array): void {
  const type = attributes.get(OIDS.contentType);
  if (type?.tag !== TAG.objectIdentifier || type.content.toHex() !== OIDS.timestampInfo) {
    throw new TimestampError("its signed attributes are not those of a timestamp");
  }
  const digest = attributes.get(OIDS.messageDigest);
  const actual = new Uint8Array(createHash(hash).update(content).digest());
  if (digest?.tag !== TAG.octetString || !bytesEqual(digest.content, actual)) {
    throw new TimestampError("its content is not what its authority signed: the digest differs");
  }
}

/** SigningCertificate and SigningCertificateV2 (RFC 5816 §2.2): the first of each list is the signer's certificate. */
function readCertificateIds(attributes: Map<string, Element>): CertificateId[] {
  const ids: CertificateId[] = [];
  const first = (attribute: Element): DerReader => {
    const list = new DerReader(new DerReader(attribute.content).take(TAG.sequence).content);
    return inside(list);
  };
  const old = attributes.get(OIDS.signingCertificate);
  if (old !== undefined) ids.push(readCertificateId(first(old), "sha1"));
  const current = attributes.get(OIDS.signingCertificateV2);
  if (current !== undefined) {
    const id = first(current);
    ids.push(readCertificateId(id, id.isNext(TAG.sequence) ? takeHash(id) : "sha256"));
  }
  if (ids.length === 0) throw new TimestampError("it does not say, signed, which certificate signed it");
  return ids;
}

function readCertificateId(id: DerReader, hash: HashName): CertificateId {
  const digest = id.take(TAG.octetString).content;
  const issuerSerial = id.takeOptional(TAG.sequence);
  id.finish("after the id of a certificate");
  return { hash, digest, issuer: issuerSerial && readIssuerSerial(new DerReader(issuerSerial.content)) };
}

/** IssuerSerial (RFC 5035 §5): one directory name and the serial number. */
function readIssuerSerial(fields: DerReader): NonNullable<CertificateId["issuer"]> {
  const names = new DerReader(fields.take(TAG.sequence).content);
  const name = readGeneralName(names.next());
  names.finish("after the issuer of a certificate");
  const serialNumber = serialHex(fields.take(TAG.integer).content);
  fields.finish("after the number of a certificate");
  if (name.form !== "directory") throw new TimestampError("it names the issuer of its certificate in an unknown form");
  return { name: canonicalName(name.der), serialNumber };
}

/** TSTInfo (RFC 3161 §2.4.2). */
function readInfo(der: Uint8Array): Pick<TimestampToken, "imprint" | "time" | "nonce" | "authority"> {
  checkDer(der);
  const input = new DerReader(der);
  const info = inside(input);
  input.finish("after the signed content");
  expectNumber(info, 1, "it has another version than 1");
  info.take(TAG.objectIdentifier); // policy
  const imprint = inside(info);
  const hash = takeHash(imprint);
  const digest = imprint.take(TAG.octetString).content;
  imprint.finish("after the digest of what was stamped");
  info.take(TAG.integer); // serialNumber
  const time = readTime(info.take(TAG.generalizedTime));
  info.takeOptional(TAG.sequence); // accuracy
  info.takeOptional(TAG.boolean); // ordering
  const nonce = info.takeOptional(TAG.integer)?.content;
  const authority = info.takeOptional(0xa0)?.content;
  const extensions = info.takeOptional(0xa1)?.content;
  info.finish("after the signed content");
  if (extensions !== undefined) checkExtensions(extensions);
  return {
    imprint: { hash, digest },
    time,
    nonce: nonce && serialHex(nonce),
    authority: authority && readGeneralName(new DerReader(authority).next()),
  };
}

function checkExtensions(content: Uint8Array): void {
  for (const list = new DerReader(content); !list.isEmpty;) {
    const extension = inside(list);
    const oid = extension.take(TAG.objectIdentifier).content.toHex();
    if (extension.takeOptional(TAG.boolean)?.content[0] === 0xff) {
      throw new TimestampError(`its critical extension ${formatOid(Uint8Array.fromHex(oid))} is not supported`);
    }
  }
}

/** GeneralizedTime with or without a fraction of a second (RFC 3161 §2.4.2). */
function readTime({ content }: Element): Date {
  const match = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.(\d{1,9}))?Z$/.exec(decode(content));
  const [, year, month, day, hour, minute, second, fraction = ""] = match ?? [];
  const iso = `${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction.slice(0, 3).padEnd(3, "0")}Z`;
  const time = new Date(iso);
  if (match === null || Number.isNaN(time.getTime()) || time.toISOString() !== iso) {
    throw new TimestampError("its time is not one");
  }
  return time;
}

/** Reads the AlgorithmIdentifier of a hash, which must not be weak. */
function takeHash(reader: DerReader): HashName {
  const { bytes } = reader.take(TAG.sequence);
  const hash = readHash(bytes);
  if (hash === undefined) throw new TimestampError(`it uses ${algorithmName(bytes)}, which is not supported`);
  if (hash === "md2" || hash === "md5" || hash === "sha1") {
    throw new TimestampError(`it uses ${hashLabel(hash)}, which can be forged; SHA-256, SHA-384 or SHA-512 is needed`);
  }
  return hash;
}

function algorithmName(der: Uint8Array): string {
  return `the algorithm ${formatOid(inside(new DerReader(der)).take(TAG.objectIdentifier).content)}`;
}

function inside(reader: DerReader): DerReader {
  return new DerReader(reader.take(TAG.sequence).content);
}

function expectOid(reader: DerReader, oid: string, reason: string): void {
  if (reader.take(TAG.objectIdentifier).content.toHex() !== oid) throw new TimestampError(reason);
}

function expectNumber(reader: DerReader, expected: number, reason: string): void {
  const { content } = reader.take(TAG.integer);
  if (content.length !== 1 || content[0] !== expected) throw new TimestampError(reason);
}

/** A positive number without the zero byte that keeps it positive, as in `Certificate.serialNumber`. */
function serialHex(content: Uint8Array): string {
  return (content.length > 1 && content[0] === 0 ? content.subarray(1) : content).toHex();
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
