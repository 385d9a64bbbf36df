/** A strict parser of X.509 certificates (RFC 5280 §4). It rejects whatever another program could read differently. */
import { createHash } from "node:crypto";
import { VerificationError } from "../errors.ts";
import { bytesEqual } from "../text/bytes_equal.ts";
import { canonicalName, formatName } from "./distinguished_name.ts";
import {
  type BasicConstraints,
  type Extension,
  EXTENSIONS,
  readAlternativeNames,
  readBasicConstraints,
  readExtendedKeyUsage,
  readExtensions,
  readKeyIdentifiers,
  readKeyUsage,
  valueOf,
} from "./extensions.ts";
import { formatGeneralName, type GeneralName } from "./general_names.ts";
import { checkDer, DerReader, type Element, FormatError, TAG } from "../asn1/der.ts";
import { formatOid } from "../asn1/object_identifier.ts";

/** A parsed certificate. Nothing in it is verified. */
export interface Certificate {
  /** The certificate in DER. */
  readonly der: Uint8Array;
  /** The subject in the form of RFC 4514, such as `CN=leaf,O=Acme`. For display; compare `canonicalSubject`. */
  readonly subject: string;
  /** The issuer in the form of RFC 4514. For display; compare `canonicalIssuer`. */
  readonly issuer: string;
  /** The subject's name in DER. */
  readonly subjectDer: Uint8Array;
  /** The issuer's name in DER. */
  readonly issuerDer: Uint8Array;
  /** Canonical form of the subject: equal for two names exactly if they match by RFC 5280 §7.1. */
  readonly canonicalSubject: string;
  /** Canonical form of the issuer. */
  readonly canonicalIssuer: string;
  /** Serial number in lowercase hex. */
  readonly serialNumber: string;
  /** First moment of its validity. */
  readonly notBefore: Date;
  /** Last moment of its validity, a whole second. */
  readonly notAfter: Date;
  /** The public key as SubjectPublicKeyInfo in DER. */
  readonly publicKey: Uint8Array;
  /** TBSCertificate in DER, which the issuer signed. */
  readonly signedPart: Uint8Array;
  /** The signature algorithm: AlgorithmIdentifier in DER. */
  readonly signatureAlgorithm: Uint8Array;
  /** The issuer's signature. */
  readonly signature: Uint8Array;
  /** SHA-256 of `der` in lowercase hex. */
  readonly fingerprint: string;
  /** E-mail addresses, DNS names, URIs, IP addresses and directory names of the SAN. For display. */
  readonly alternativeNames: string[];
  /** All names of the SAN. */
  readonly generalNames: readonly GeneralName[];
  /** Whether subject and issuer are the same name. Another key can still have signed it. */
  readonly isSelfIssued: boolean;
  /** Whether it is a CA; `undefined`: it has no basicConstraints. */
  readonly basicConstraints: BasicConstraints | undefined;
  /** Allowed uses of its key, such as `digitalSignature`; `undefined`: it has no keyUsage. */
  readonly keyUsage: readonly string[] | undefined;
  /** Allowed purposes of its key as OIDs; `undefined`: it has no extendedKeyUsage. */
  readonly extendedKeyUsage: readonly string[] | undefined;
  /** Subject key identifier in hex, if it has one. */
  readonly subjectKeyId: string | undefined;
  /** Authority key identifier in hex, if it has one. */
  readonly authorityKeyId: string | undefined;
  /** The OIDs of its critical extensions. A verifier that does not process one must reject the certificate. */
  readonly criticalExtensions: readonly string[];
  /** All extensions. Each occurs once. */
  readonly extensions: readonly Extension[];
}

/** Maximum size. Certificates take 1–2 kB, and about 10 kB with a post-quantum signature. */
const MAX_BYTES = 65_536;

/** The algorithms whose signature is DER: ECDSA with SHA-1, SHA-256, SHA-384 and SHA-512. */
const ECDSA_ALGORITHMS = [
  "1.2.840.10045.4.1",
  "1.2.840.10045.4.3.2",
  "1.2.840.10045.4.3.3",
  "1.2.840.10045.4.3.4",
];

const RSA_KEYS = ["1.2.840.113549.1.1.1", "1.2.840.113549.1.1.10"];

/**
 * Parses a certificate. The whole input must be one certificate in DER (X.690 §10) without trailing bytes. Both signature
 * algorithms must be equal, and no extension may occur twice.
 *
 * @param der The bytes.
 * @param what What the certificate is called, for messages.
 * @returns The certificate. Nothing in it is verified.
 * @throws {VerificationError} If it is not such a certificate (`CERTIFICATE_INVALID`).
 */
export function parseCertificate(der: Uint8Array, what: string): Certificate {
  try {
    return readCertificate(new Uint8Array(der)); // A copy that the caller cannot change.
  } catch (cause) {
    const reason = cause instanceof FormatError ? cause.message : "it is not a certificate in DER form";
    throw new VerificationError("CERTIFICATE_INVALID", `Cannot read ${what}: ${reason}`, { cause });
  }
}

/**
 * The value of an extension.
 *
 * @param certificate The certificate.
 * @param oid The extension, such as `2.5.29.17`.
 * @returns The DER that the extension holds, or `undefined` if the certificate does not have it.
 */
export function extensionValue(certificate: Certificate, oid: string): Uint8Array | undefined {
  return valueOf(certificate.extensions, oid);
}

function readCertificate(der: Uint8Array): Certificate {
  if (der.length > MAX_BYTES) throw new FormatError(`it is ${der.length} bytes long, at most ${MAX_BYTES} are allowed`);
  const fields = readFields(der);
  checkDer(der);
  checkSignatureAndKey(fields);
  const { extensions, subject, issuer } = fields;
  const generalNames = readAlternativeNames(valueOf(extensions, EXTENSIONS.subjectAltName));
  const canonicalSubject = canonicalName(subject);
  const canonicalIssuer = canonicalName(issuer);
  return {
    der,
    subject: formatName(subject),
    issuer: formatName(issuer),
    subjectDer: subject,
    issuerDer: issuer,
    canonicalSubject,
    canonicalIssuer,
    serialNumber: formatSerial(fields.serialNumber),
    notBefore: fields.notBefore,
    notAfter: fields.notAfter,
    publicKey: fields.publicKey,
    signedPart: fields.signedPart,
    signatureAlgorithm: fields.signatureAlgorithm,
    signature: fields.signature,
    fingerprint: createHash("sha256").update(der).digest("hex"),
    alternativeNames: generalNames.map(formatGeneralName).filter((name) => name !== undefined),
    generalNames,
    isSelfIssued: canonicalSubject === canonicalIssuer,
    basicConstraints: readBasicConstraints(valueOf(extensions, EXTENSIONS.basicConstraints)),
    keyUsage: readKeyUsage(valueOf(extensions, EXTENSIONS.keyUsage)),
    extendedKeyUsage: readExtendedKeyUsage(valueOf(extensions, EXTENSIONS.extendedKeyUsage)),
    ...readKeyIdentifiers(extensions),
    criticalExtensions: extensions.filter(({ isCritical }) => isCritical).map(({ oid }) => oid),
    extensions,
  };
}

/** The fields of a certificate. */
interface Fields {
  readonly serialNumber: Uint8Array;
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly publicKey: Uint8Array;
  readonly signedPart: Uint8Array;
  readonly signatureAlgorithm: Uint8Array;
  readonly signature: Uint8Array;
  readonly extensions: readonly Extension[];
}

/** Certificate and TBSCertificate, field by field (RFC 5280 §4.1). */
function readFields(der: Uint8Array): Fields {
  const input = new DerReader(der);
  const certificate = new DerReader(input.take(TAG.sequence).content);
  input.finish("after the certificate");
  const signedPart = certificate.take(TAG.sequence);
  const tbs = new DerReader(signedPart.content);
  const algorithm = certificate.take(TAG.sequence);
  const signature = wholeBytes(certificate.take(TAG.bitString));
  certificate.finish("after its signature");

  checkAlgorithm(algorithm);
  const version = readVersion(tbs.takeOptional(TAG.version));
  const serialNumber = tbs.take(TAG.integer).content;
  checkSameAlgorithm(tbs.take(TAG.sequence), algorithm);
  const issuer = tbs.take(TAG.sequence).bytes;
  const validity = new DerReader(tbs.take(TAG.sequence).content);
  const notBefore = readTime(validity.next());
  const notAfter = readTime(validity.next());
  validity.finish("after its validity");
  const subject = tbs.take(TAG.sequence).bytes;
  const publicKey = tbs.take(TAG.sequence);
  checkPublicKey(publicKey);
  tbs.takeOptional(TAG.issuerUniqueId);
  tbs.takeOptional(TAG.subjectUniqueId);
  const extensions = tbs.takeOptional(TAG.extensions);
  tbs.finish("after its last field");
  return {
    serialNumber,
    issuer,
    subject,
    notBefore,
    notAfter,
    publicKey: publicKey.bytes,
    signedPart: signedPart.bytes,
    signatureAlgorithm: algorithm.bytes,
    signature,
    extensions: extensions === undefined ? [] : readExtensions(extensions.content, version),
  };
}

function readVersion(field: Element | undefined): number {
  if (field === undefined) return 1;
  const reader = new DerReader(field.content);
  const [version] = reader.take(TAG.integer).content;
  reader.finish("after its version");
  if (version !== 1 && version !== 2) throw new FormatError("its version is neither 1, 2 nor 3");
  return version + 1;
}

/** The outer field is not signed and must equal the inner one (RFC 5280 §4.1.1.2). */
function checkSameAlgorithm(inner: Element, outer: Element): void {
  if (!bytesEqual(inner.bytes, outer.bytes)) throw new FormatError("it names two different signature algorithms");
}

/** AlgorithmIdentifier (RFC 5280 §4.1.1.2). */
function checkAlgorithm(algorithm: Element): void {
  const reader = new DerReader(algorithm.content);
  reader.take(TAG.objectIdentifier);
  if (!reader.isEmpty) reader.next();
  reader.finish("after the parameters of an algorithm");
}

/** SubjectPublicKeyInfo (RFC 5280 §4.1). */
function checkPublicKey(publicKey: Element): void {
  const reader = new DerReader(publicKey.content);
  checkAlgorithm(reader.take(TAG.sequence));
  reader.take(TAG.bitString);
  reader.finish("after its public key");
}

function readTime(element: Element): Date {
  const text = new TextDecoder("latin1").decode(element.content);
  const digits = element.tag === TAG.utcTime ? fullYear(text) : element.tag === TAG.generalizedTime ? text : "";
  const match = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(digits);
  const iso = match === null ? "" : `${match[1]}-${match[2]}-${match[3]}T${match[4]}:${match[5]}:${match[6]}.000Z`;
  const date = new Date(iso);
  // `Date` can accept 30 February as a day in March, and formats it as that.
  if (Number.isNaN(date.getTime()) || date.toISOString() !== iso) throw new FormatError("its validity is not a date");
  return date;
}

/** Two-digit years are 1950 to 2049 (RFC 5280 §4.1.2.5.1). */
function fullYear(utcTime: string): string {
  return `${utcTime < "50" ? "20" : "19"}${utcTime}`;
}

/** A bit string without unused bits. */
function wholeBytes({ content }: Element): Uint8Array {
  if (content[0] !== 0) throw new FormatError("its signature or its key does not fill whole bytes");
  return content.subarray(1);
}

function checkSignatureAndKey({ signatureAlgorithm, signature, publicKey }: Fields): void {
  if (ECDSA_ALGORITHMS.includes(algorithmOf(signatureAlgorithm))) checkTwoNumbers(signature);
  const key = new DerReader(new DerReader(publicKey).take(TAG.sequence).content);
  const algorithm = algorithmOf(key.take(TAG.sequence).bytes);
  const bits = wholeBytes(key.take(TAG.bitString));
  if (RSA_KEYS.includes(algorithm)) checkTwoNumbers(bits);
}

function algorithmOf(der: Uint8Array): string {
  return formatOid(
    new DerReader(new DerReader(der).take(TAG.sequence).content).take(TAG.objectIdentifier).content,
  );
}

/** An ECDSA signature (RFC 3279 §2.2.3) or an RSA key (§2.3.1). */
function checkTwoNumbers(value: Uint8Array): void {
  checkDer(value);
  const reader = new DerReader(new DerReader(value).take(TAG.sequence).content);
  reader.take(TAG.integer);
  reader.take(TAG.integer);
  reader.finish("after a pair of numbers");
}

/** Serial numbers are positive (RFC 5280 §4.1.2.2): a leading zero byte only keeps the sign bit clear. */
function formatSerial(content: Uint8Array): string {
  return (content.length > 1 && content[0] === 0 ? content.subarray(1) : content).toHex();
}
