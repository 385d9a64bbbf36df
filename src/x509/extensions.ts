/** The extensions of certificates (RFC 5280 §4.2). */
import { checkDer, DerReader, FormatError, TAG } from "../asn1/der.ts";
import { formatOid } from "../asn1/object_identifier.ts";
import { type GeneralName, readGeneralNames } from "./general_names.ts";

/** An extension (RFC 5280 §4.2). */
export interface Extension {
  readonly oid: string;
  readonly isCritical: boolean;
  /** The DER in its octet string. */
  readonly value: Uint8Array;
}

/** basicConstraints (RFC 5280 §4.2.1.9). */
export interface BasicConstraints {
  readonly isCa: boolean;
  /** Maximum number of intermediate certificates below; `undefined`: unlimited. */
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
  policyMappings: "2.5.29.33",
  authorityKeyIdentifier: "2.5.29.35",
  policyConstraints: "2.5.29.36",
  extendedKeyUsage: "2.5.29.37",
  inhibitAnyPolicy: "2.5.29.54",
} as const;

/** The key usage bits, in order (RFC 5280 §4.2.1.3). */
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

/**
 * Reads the extensions of a certificate.
 *
 * @param content The content of the field `extensions`.
 * @param version The version of the certificate.
 * @returns The extensions, in their order.
 * @throws {FormatError} If one is malformed or occurs twice, or the version has no extensions.
 */
export function readExtensions(content: Uint8Array, version: number): Extension[] {
  if (version !== 3) throw new FormatError(`it has extensions, which version ${version} does not know`);
  const field = new DerReader(content);
  const list = new DerReader(field.take(TAG.sequence).content);
  field.finish("after its extensions");
  if (list.isEmpty) throw new FormatError("its list of extensions is empty");
  const extensions: Extension[] = [];
  while (!list.isEmpty) extensions.push(readExtension(new DerReader(list.take(TAG.sequence).content)));
  const oids = extensions.map(({ oid }) => oid);
  const twice = oids.find((oid, i) => oids.indexOf(oid) !== i);
  if (twice !== undefined) throw new FormatError(`it has the extension ${twice} twice`);
  return extensions;
}

function readExtension(reader: DerReader): Extension {
  const oid = formatOid(reader.take(TAG.objectIdentifier).content);
  const isCritical = reader.takeOptional(TAG.boolean)?.content[0] === 0xff;
  const value = reader.take(TAG.octetString).content;
  reader.finish("after the value of an extension");
  return { oid, isCritical, value };
}

/** The value of the extension with this OID. */
export function valueOf(extensions: readonly Extension[], wanted: string): Uint8Array | undefined {
  return extensions.find(({ oid }) => oid === wanted)?.value;
}

/** RFC 5280 §4.2.1.9. */
export function readBasicConstraints(value: Uint8Array | undefined): BasicConstraints | undefined {
  if (value === undefined) return undefined;
  checkDer(value);
  const reader = new DerReader(new DerReader(value).take(TAG.sequence).content);
  const isCa = reader.takeOptional(TAG.boolean)?.content[0] === 0xff;
  const pathLength = reader.takeOptional(TAG.integer)?.content;
  reader.finish("after its basic constraints");
  return { isCa, pathLength: pathLength && readPathLength(pathLength) };
}

/** Longer numbers exceed any chain, and a set sign bit means a negative number. */
function readPathLength(content: Uint8Array): number {
  if (content.length > 2 || content[0]! >= 0x80) throw new FormatError("its path length is out of range");
  return content.reduce((sum, byte) => sum * 256 + byte, 0);
}

/** RFC 5280 §4.2.1.3. */
export function readKeyUsage(value: Uint8Array | undefined): string[] | undefined {
  if (value === undefined) return undefined;
  checkDer(value);
  const reader = new DerReader(value);
  const [, ...bytes] = reader.take(TAG.bitString).content;
  return KEY_USAGES.filter((_, i) => ((bytes[i >> 3] ?? 0) & (0x80 >> (i & 7))) !== 0);
}

/** RFC 5280 §4.2.1.12. */
export function readExtendedKeyUsage(value: Uint8Array | undefined): string[] | undefined {
  if (value === undefined) return undefined;
  checkDer(value);
  const purposes: string[] = [];
  for (const list = new DerReader(new DerReader(value).take(TAG.sequence).content); !list.isEmpty;) {
    purposes.push(formatOid(list.take(TAG.objectIdentifier).content));
  }
  if (purposes.length === 0) throw new FormatError("its extended key usage is empty");
  return purposes;
}

/** RFC 5280 §4.2.1.6. */
export function readAlternativeNames(value: Uint8Array | undefined): GeneralName[] {
  if (value === undefined) return [];
  checkDer(value);
  return readGeneralNames(value);
}

/** Identifiers of the certificate's key and of its issuer's key, in hex. */
interface KeyIdentifiers {
  readonly subjectKeyId: string | undefined;
  readonly authorityKeyId: string | undefined;
}

/** RFC 5280 §4.2.1.1 and §4.2.1.2. */
export function readKeyIdentifiers(extensions: readonly Extension[]): KeyIdentifiers {
  const subject = valueOf(extensions, EXTENSIONS.subjectKeyIdentifier);
  const authority = valueOf(extensions, EXTENSIONS.authorityKeyIdentifier);
  return {
    subjectKeyId: subject && new DerReader(subject).take(TAG.octetString).content.toHex(),
    authorityKeyId: authority &&
      new DerReader(new DerReader(authority).take(TAG.sequence).content).takeOptional(0x80)?.content.toHex(),
  };
}
