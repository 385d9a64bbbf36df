/**
 * X.509 certificates (RFC 5280), read strictly: what another program could read in another way is refused. The form is
 * checked in `der.ts`, as pkijs accepts more than DER; the meaning is then read by pkijs.
 */
import { createHash } from "node:crypto";
import * as pkijs from "pkijs";
import { VerificationError } from "../errors.ts";
import { isSameBytes } from "../same_bytes.ts";
import { escapeUnprintable, formatAddress, formatName } from "./certificate_names.ts";
import { checkDer, DerReader, type Element, FormatError, TAG } from "./der.ts";

/** A certificate, read but not yet trusted: everything in it is what somebody claims. */
export interface Certificate {
  /** The whole certificate. */
  readonly der: Uint8Array;
  /** Whom it is for, in the form of RFC 4514, such as `CN=leaf,O=Acme`. To display; compare `subjectDer`. */
  readonly subject: string;
  /** Who issued it, in the form of RFC 4514. To display; compare `issuerDer`. */
  readonly issuer: string;
  /** The subject's name as it is encoded: two names are the same if their bytes are. */
  readonly subjectDer: Uint8Array;
  /** The issuer's name as it is encoded. */
  readonly issuerDer: Uint8Array;
  /** Serial number in lowercase hex. */
  readonly serialNumber: string;
  /** First moment of its validity. */
  readonly notBefore: Date;
  /** Last moment of its validity, a whole second. */
  readonly notAfter: Date;
  /** The public key as SubjectPublicKeyInfo in DER. */
  readonly publicKey: Uint8Array;
  /** SHA-256 of `der` in lowercase hex. */
  readonly fingerprint: string;
  /** E-mail addresses, DNS names, URIs, IP addresses and directory names of the subject. To display. */
  readonly alternativeNames: string[];
  /** Whether subject and issuer are the same name. It can still be signed with another key. */
  readonly isSelfIssued: boolean;
  /** Whether it may issue certificates, where it says so. */
  readonly basicConstraints: BasicConstraints | undefined;
  /** What its key may be used for, such as `digitalSignature`; `undefined`: it does not say. */
  readonly keyUsage: readonly string[] | undefined;
  /** The purposes of its key as OIDs; `undefined`: it does not say. */
  readonly extendedKeyUsage: readonly string[] | undefined;
  /** The OIDs of the extensions that a verifier must know, or else refuse the certificate. */
  readonly criticalExtensions: readonly string[];
  /** What pkijs made of it: for `src/verify/chain.ts` alone. */
  readonly parsed: pkijs.Certificate;
}

/** The extension of that name (RFC 5280 §4.2.1.9). */
export interface BasicConstraints {
  readonly isAuthority: boolean;
  /** How many intermediate certificates may follow below; `undefined`: any number. */
  readonly pathLength: number | undefined;
}

/** The extensions that this program knows, by OID (RFC 5280 §4.2.1). */
export const EXTENSIONS = {
  subjectKeyIdentifier: "2.5.29.14",
  keyUsage: "2.5.29.15",
  subjectAltName: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  nameConstraints: "2.5.29.30",
  certificatePolicies: "2.5.29.32",
  authorityKeyIdentifier: "2.5.29.35",
  extendedKeyUsage: "2.5.29.37",
} as const;

/** A certificate takes one or two thousand bytes, with a post-quantum signature some ten thousand. */
const MAX_BYTES = 65_536;

/** The bits of the key usage, in their order (RFC 5280 §4.2.1.3). */
const KEY_USAGES = [
  "digitalSignature",
  "nonRepudiation",
  "keyEncipherment",
  "dataEncipherment",
  "keyAgreement",
  "keyCertSign",
  "cRLSign",
  "encipherOnly",
  "decipherOnly",
];

/** The signature algorithms whose signature is itself DER: ECDSA with SHA-1, SHA-256, SHA-384 and SHA-512. */
const ECDSA_ALGORITHMS = [
  "1.2.840.10045.4.1",
  "1.2.840.10045.4.3.2",
  "1.2.840.10045.4.3.3",
  "1.2.840.10045.4.3.4",
];

const RSA_KEYS = ["1.2.840.113549.1.1.1", "1.2.840.113549.1.1.10"];

/** Bytes of our own, as pkijs wants them: not shared with other threads. */
type Bytes = Uint8Array<ArrayBuffer>;

/**
 * Reads a certificate. The whole input must be one certificate in DER (X.690 §10): no bytes behind it, no second way
 * to write a length or a number, one signature algorithm inside and out, no extension twice.
 *
 * @param der The bytes.
 * @param what What the certificate is called, for messages.
 * @returns The certificate, of which nothing is verified.
 * @throws {VerificationError} If it is not such a certificate (`CERTIFICATE_INVALID`).
 */
export function parseCertificate(der: Uint8Array, what: string): Certificate {
  try {
    return readCertificate(new Uint8Array(der)); // A copy, which the caller cannot change.
  } catch (cause) {
    // Whatever pkijs throws at hostile input is no more than this to the caller.
    const reason = cause instanceof FormatError ? cause.message : "it is not a certificate in DER form";
    throw new VerificationError("CERTIFICATE_INVALID", `Cannot read ${what}: ${reason}`, { cause });
  }
}

/**
 * The value of an extension.
 *
 * @param certificate The certificate.
 * @param oid Which extension, such as `2.5.29.17`.
 * @returns The DER that the extension holds, or `undefined` if the certificate does not have it.
 */
export function extensionValue(certificate: Certificate, oid: string): Uint8Array | undefined {
  return valueOf(certificate.parsed, oid);
}

function readCertificate(der: Bytes): Certificate {
  if (der.length > MAX_BYTES) throw new FormatError(`it is ${der.length} bytes long, at most ${MAX_BYTES} are allowed`);
  const fields = readFields(der);
  checkDer(der);
  const parsed = pkijs.Certificate.fromBER(der);
  checkExtensions(parsed, fields);
  checkSignatureAndKey(parsed);
  return {
    der,
    subject: formatName(parsed.subject),
    issuer: formatName(parsed.issuer),
    subjectDer: fields.subject,
    issuerDer: fields.issuer,
    serialNumber: formatSerial(fields.serialNumber),
    notBefore: fields.notBefore,
    notAfter: fields.notAfter,
    publicKey: fields.publicKey,
    fingerprint: createHash("sha256").update(der).digest("hex"),
    alternativeNames: readAlternativeNames(valueOf(parsed, EXTENSIONS.subjectAltName)),
    isSelfIssued: isSameBytes(fields.subject, fields.issuer),
    basicConstraints: readBasicConstraints(valueOf(parsed, EXTENSIONS.basicConstraints)),
    keyUsage: readKeyUsage(valueOf(parsed, EXTENSIONS.keyUsage)),
    extendedKeyUsage: readExtendedKeyUsage(valueOf(parsed, EXTENSIONS.extendedKeyUsage)),
    criticalExtensions: extensionsOf(parsed).filter((extension) => extension.critical).map(({ extnID }) => extnID),
    parsed,
  };
}

/** The parts of a certificate that pkijs does not keep as they were encoded. */
interface Fields {
  readonly version: number;
  readonly serialNumber: Uint8Array;
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly publicKey: Uint8Array;
  readonly hasExtensions: boolean;
}

/** Certificate and TBSCertificate, field by field (RFC 5280 §4.1). */
function readFields(der: Uint8Array): Fields {
  const input = new DerReader(der);
  const certificate = new DerReader(input.take(TAG.sequence).content);
  input.finish("behind the certificate");
  const tbs = new DerReader(certificate.take(TAG.sequence).content);
  const algorithm = certificate.take(TAG.sequence);
  certificate.take(TAG.bitString);
  certificate.finish("behind its signature");

  checkAlgorithm(algorithm);
  const version = readVersion(tbs.takeOptional(TAG.version));
  const serialNumber = tbs.take(TAG.integer).content;
  checkSameAlgorithm(tbs.take(TAG.sequence), algorithm);
  const issuer = tbs.take(TAG.sequence).bytes;
  const validity = new DerReader(tbs.take(TAG.sequence).content);
  const notBefore = readTime(validity.next());
  const notAfter = readTime(validity.next());
  validity.finish("behind its validity");
  const subject = tbs.take(TAG.sequence).bytes;
  const publicKey = tbs.take(TAG.sequence);
  checkPublicKey(publicKey);
  tbs.takeOptional(TAG.issuerUniqueId);
  tbs.takeOptional(TAG.subjectUniqueId);
  const extensions = tbs.takeOptional(TAG.extensions);
  tbs.finish("behind its last field");
  if (extensions !== undefined) checkExtensionList(extensions.content);
  return {
    version,
    serialNumber,
    issuer,
    subject,
    notBefore,
    notAfter,
    publicKey: publicKey.bytes,
    hasExtensions: extensions !== undefined,
  };
}

function readVersion(field: Element | undefined): number {
  if (field === undefined) return 1;
  const reader = new DerReader(field.content);
  const [version] = reader.take(TAG.integer).content;
  reader.finish("behind its version");
  if (version !== 1 && version !== 2) throw new FormatError("its version is neither 1, 2 nor 3");
  return version + 1;
}

/** Nobody signs the outer field; it must be what the inner one says (RFC 5280 §4.1.1.2). */
function checkSameAlgorithm(inner: Element, outer: Element): void {
  if (!isSameBytes(inner.bytes, outer.bytes)) throw new FormatError("it names two different signature algorithms");
}

/** AlgorithmIdentifier (RFC 5280 §4.1.1.2). */
function checkAlgorithm(algorithm: Element): void {
  const reader = new DerReader(algorithm.content);
  reader.take(TAG.objectIdentifier);
  if (!reader.isEmpty) reader.next();
  reader.finish("behind the parameters of an algorithm");
}

/** SubjectPublicKeyInfo (RFC 5280 §4.1). */
function checkPublicKey(publicKey: Element): void {
  const reader = new DerReader(publicKey.content);
  checkAlgorithm(reader.take(TAG.sequence));
  reader.take(TAG.bitString);
  reader.finish("behind its public key");
}

function readTime(element: Element): Date {
  const text = new TextDecoder("latin1").decode(element.content);
  const digits = element.tag === TAG.utcTime ? fullYear(text) : element.tag === TAG.generalizedTime ? text : "";
  const match = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(digits);
  const iso = match === null ? "" : `${match[1]}-${match[2]}-${match[3]}T${match[4]}:${match[5]}:${match[6]}.000Z`;
  const date = new Date(iso);
  // 30 February may be taken for a day in March, and comes back as that.
  if (Number.isNaN(date.getTime()) || date.toISOString() !== iso) throw new FormatError("its validity is not a date");
  return date;
}

/** Two digits of a year mean 1950 to 2049 (RFC 5280 §4.1.2.5.1). */
function fullYear(utcTime: string): string {
  return `${utcTime < "50" ? "20" : "19"}${utcTime}`;
}

function checkExtensionList(content: Uint8Array): void {
  const field = new DerReader(content);
  const list = new DerReader(field.take(TAG.sequence).content);
  field.finish("behind its extensions");
  while (!list.isEmpty) {
    const extension = new DerReader(list.take(TAG.sequence).content);
    extension.take(TAG.objectIdentifier);
    extension.takeOptional(TAG.boolean);
    extension.take(TAG.octetString);
    extension.finish("behind the value of an extension");
  }
}

function checkExtensions(parsed: pkijs.Certificate, { version, hasExtensions }: Fields): void {
  const oids = extensionsOf(parsed).map((extension) => extension.extnID);
  if (hasExtensions && version !== 3) {
    throw new FormatError(`it has extensions, which version ${version} does not know`);
  }
  if (hasExtensions !== oids.length > 0) throw new FormatError("its list of extensions is empty");
  const twice = oids.find((oid, i) => oids.indexOf(oid) !== i);
  if (twice !== undefined) throw new FormatError(`it has the extension ${twice} twice`);
}

function checkSignatureAndKey({ signatureAlgorithm, signatureValue, subjectPublicKeyInfo }: pkijs.Certificate): void {
  const { algorithm, subjectPublicKey } = subjectPublicKeyInfo;
  if (signatureValue.valueBlock.unusedBits !== 0 || subjectPublicKey.valueBlock.unusedBits !== 0) {
    throw new FormatError("its signature or its key does not fill whole bytes");
  }
  if (ECDSA_ALGORITHMS.includes(signatureAlgorithm.algorithmId)) {
    checkTwoNumbers(signatureValue.valueBlock.valueHexView);
  }
  if (RSA_KEYS.includes(algorithm.algorithmId)) checkTwoNumbers(subjectPublicKey.valueBlock.valueHexView);
}

/** An ECDSA signature (RFC 3279 §2.2.3) or an RSA key (§2.3.1). pkijs takes other types for numbers too. */
function checkTwoNumbers(value: Uint8Array): void {
  checkDer(value);
  const reader = new DerReader(new DerReader(value).take(TAG.sequence).content);
  reader.take(TAG.integer);
  reader.take(TAG.integer);
  reader.finish("behind a pair of numbers");
}

function extensionsOf(parsed: pkijs.Certificate): pkijs.Extension[] {
  return parsed.extensions ?? [];
}

function valueOf(parsed: pkijs.Certificate, oid: string): Bytes | undefined {
  const extension = extensionsOf(parsed).find(({ extnID }) => extnID === oid);
  return extension && new Uint8Array(extension.extnValue.valueBlock.valueHexView);
}

function readBasicConstraints(value: Bytes | undefined): BasicConstraints | undefined {
  if (value === undefined) return undefined;
  checkDer(value);
  const reader = new DerReader(new DerReader(value).take(TAG.sequence).content);
  const isAuthority = reader.takeOptional(TAG.boolean)?.content[0] === 0xff;
  const pathLength = reader.takeOptional(TAG.integer)?.content;
  reader.finish("behind its basic constraints");
  return { isAuthority, pathLength: pathLength && readPathLength(pathLength) };
}

/** More than two bytes are more than any chain has certificates, and a first bit set is a minus sign. */
function readPathLength(content: Uint8Array): number {
  if (content.length > 2 || content[0]! >= 0x80) throw new FormatError("its path length is out of range");
  return content.reduce((sum, byte) => sum * 256 + byte, 0);
}

function readKeyUsage(value: Bytes | undefined): string[] | undefined {
  if (value === undefined) return undefined;
  checkDer(value);
  const reader = new DerReader(value);
  const [, ...bytes] = reader.take(TAG.bitString).content;
  return KEY_USAGES.filter((_, i) => ((bytes[i >> 3] ?? 0) & (0x80 >> (i & 7))) !== 0);
}

function readExtendedKeyUsage(value: Bytes | undefined): string[] | undefined {
  if (value === undefined) return undefined;
  checkDer(value);
  return pkijs.ExtKeyUsage.fromBER(value).keyPurposes;
}

function readAlternativeNames(value: Bytes | undefined): string[] {
  if (value === undefined) return [];
  checkDer(value);
  return pkijs.AltName.fromBER(value).altNames.map(formatGeneralName).filter((name) => name !== undefined);
}

function formatGeneralName({ type, value }: pkijs.GeneralName): string | undefined {
  if (value instanceof pkijs.RelativeDistinguishedNames) return formatName(value);
  if (typeof value === "string" && (type === 1 || type === 2 || type === 6)) return escapeUnprintable(value);
  if (type === 7) return formatAddress(value.valueBlock.valueHexView);
  return undefined; // Other kinds have no form that people would know.
}

/** A leading zero byte only keeps the number from being negative. */
function formatSerial(content: Uint8Array): string {
  return (content.length > 1 && content[0] === 0 ? content.subarray(1) : content).toHex();
}
