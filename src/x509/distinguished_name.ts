/** Distinguished names (X.501): reading, comparison by the rules of RFC 5280 §7.1, and display (RFC 4514). */
import { DerReader, TAG } from "../asn1/der.ts";
import { formatOid } from "../asn1/object_identifier.ts";

/** One attribute of a name, such as `O=Acme`. */
export interface NameAttribute {
  /** The attribute type: the content bytes of its OID, in hex. */
  readonly type: string;
  /** The string, or `undefined` if the value is not of a known string type. */
  readonly text: string | undefined;
  /** The value in DER. */
  readonly der: Uint8Array;
}

/** A relative distinguished name: the attributes of one level. */
export type RelativeName = readonly NameAttribute[];

/** 1.2.840.113549.1.9.1 */
const EMAIL_ADDRESS = "2a864886f70d010901";
/** 2.5.4.3 */
const COMMON_NAME = "550403";

/** Short names of attribute types, by the bytes of their OIDs: those of RFC 4514 §3 and four more that are common. */
const ATTRIBUTE_LABELS: ReadonlyMap<string, string> = new Map([
  ["550403", "CN"],
  ["550405", "serialNumber"],
  ["550406", "C"],
  ["550407", "L"],
  ["550408", "ST"],
  ["550409", "STREET"],
  ["55040a", "O"],
  ["55040b", "OU"],
  ["55040c", "title"],
  ["550461", "organizationIdentifier"],
  ["0992268993f22c640101", "UID"],
  ["0992268993f22c640119", "DC"],
  ["2a864886f70d010901", "emailAddress"],
]);

/** The string types (X.680 §41). */
const DECODERS: ReadonlyMap<number, (content: Uint8Array) => string> = new Map([
  [0x0c, decodeWith("utf-8")], // UTF8String
  [0x12, latin1], // NumericString
  [0x13, latin1], // PrintableString
  [0x14, latin1], // TeletexString, read as Latin-1 as in common practice
  [0x16, latin1], // IA5String
  [0x1a, latin1], // VisibleString
  [0x1e, decodeWith("utf-16be")], // BMPString
  [0x1c, utf32], // UniversalString
]);

/**
 * Reads a name.
 *
 * @param der `Name` in DER.
 * @returns Its levels, the most general first.
 * @throws {FormatError} If it is malformed.
 */
export function readName(der: Uint8Array): RelativeName[] {
  const levels: RelativeName[] = [];
  const input = new DerReader(der);
  for (const list = new DerReader(input.take(TAG.sequence).content); !list.isEmpty;) {
    const level: NameAttribute[] = [];
    for (const set = new DerReader(list.take(TAG.set).content); !set.isEmpty;) {
      level.push(readAttribute(new DerReader(set.take(TAG.sequence).content)));
    }
    levels.push(level);
  }
  input.finish("after a name");
  return levels;
}

function readAttribute(reader: DerReader): NameAttribute {
  const type = reader.take(TAG.objectIdentifier).content.toHex();
  const { tag, content, bytes } = reader.next();
  reader.finish("after a part of a name");
  return { type, der: bytes, text: decode(tag, content) };
}

/** Text that is invalid for its type is compared as bytes. */
function decode(tag: number, content: Uint8Array): string | undefined {
  try {
    return DECODERS.get(tag)?.(content);
  } catch {
    return undefined;
  }
}

/**
 * The canonical form of a name, for comparison (RFC 5280 §7.1). Folds only ASCII letters, as OpenSSL does.
 *
 * @param der `Name` in DER.
 * @returns A text that is equal for two names exactly if they match.
 */
export function canonicalName(der: Uint8Array): string {
  return canonicalLevels(readName(der)).join("\n");
}

/** The canonical form of each level of a name. */
export function canonicalLevels(
  name: readonly RelativeName[],
  normalize: (text: string) => string = foldAscii,
): string[] {
  return name.map((level) => level.map((attribute) => canonicalAttribute(attribute, normalize)).sort().join("+"));
}

function canonicalAttribute({ type, der, text }: NameAttribute, normalize: (text: string) => string): string {
  if (text === undefined) return `${type}=#${der.toHex()}`;
  const compact = normalize(text).replace(/[ \t-\r]+/g, " ").replace(/^ | $/g, "");
  return `${type}=${new TextEncoder().encode(compact).toHex()}`;
}

/** Lower case for ASCII letters. */
export function foldAscii(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** Case folding and NFKC (RFC 4518 §2), with Unicode's own tables. */
export function foldUnicode(text: string): string {
  return text.normalize("NFKC").toUpperCase().toLowerCase().normalize("NFKC");
}

/** The e-mail addresses in a name, a legacy of certificates without a SAN (RFC 5280 §4.1.2.6). */
export function emailAddresses(name: readonly RelativeName[]): (string | undefined)[] {
  return name.flat().filter(({ type }) => type === EMAIL_ADDRESS).map(({ text }) => text);
}

/** The common names in a name. */
export function commonNames(name: readonly RelativeName[]): (string | undefined)[] {
  return name.flat().filter(({ type }) => type === COMMON_NAME).map(({ text }) => text);
}

/**
 * Formats a name for display (RFC 4514): the most specific level first (§2.1), attributes of one level joined by a plus.
 *
 * @param der `Name` in DER.
 * @returns The text, such as `CN=leaf,O=Acme`.
 */
export function formatName(der: Uint8Array): string {
  return readName(der).map((level) => level.map(formatAttribute).join("+")).reverse().join(",");
}

function formatAttribute({ type, text, der }: NameAttribute): string {
  const label = ATTRIBUTE_LABELS.get(type) ?? formatOid(Uint8Array.fromHex(type));
  return `${label}=${text === undefined ? `#${der.toHex()}` : escapeName(text)}`;
}

/** Escapes what has a meaning in a name (RFC 4514 §2.4) or to a terminal. */
function escapeName(text: string): string {
  return escapeUnprintable(text.replace(/[\\",+;<>]/g, "\\$&").replace(/^[ #]| $/g, "\\$&"));
}

/** Escapes control and formatting characters as RFC 4514 §2.4 does: the bytes of their UTF-8 in hex. */
export function escapeUnprintable(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (character) => {
    const bytes = new TextEncoder().encode(character);
    return Array.from(bytes, (byte) => `\\${byte.toString(16).padStart(2, "0")}`).join("");
  });
}

function latin1(content: Uint8Array): string {
  return Array.from(content, (byte) => String.fromCharCode(byte)).join("");
}

function decodeWith(label: string): (content: Uint8Array) => string {
  return (content) => new TextDecoder(label, { fatal: true, ignoreBOM: true }).decode(content);
}

function utf32(content: Uint8Array): string {
  if (content.length % 4 !== 0) throw new RangeError("A UniversalString has four bytes for each character");
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  const points = Array.from({ length: content.length / 4 }, (_, i) => view.getUint32(i * 4));
  return points.map((point) => String.fromCodePoint(point)).join("");
}
