/** Distinguished names, compared as RFC 5280 §7.1 asks: string types, letter case and spacing do not count. */
import { DerReader, TAG } from "./der.ts";

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

/** The string types. */
const DECODERS: ReadonlyMap<number, (content: Uint8Array) => string> = new Map([
  [0x0c, decodeWith("utf-8")], // UTF8String
  [0x12, latin1], // NumericString
  [0x13, latin1], // PrintableString
  [0x14, latin1], // TeletexString, as everyone reads it
  [0x16, latin1], // IA5String
  [0x1a, latin1], // VisibleString
  [0x1e, decodeWith("utf-16be")], // BMPString
  [0x1c, utf32], // UniversalString
]);

/**
 * Reads a name.
 *
 * @param der `Name` in DER.
 * @returns Its levels, the most general one first.
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
  input.finish("behind a name");
  return levels;
}

function readAttribute(reader: DerReader): NameAttribute {
  const type = reader.take(TAG.objectIdentifier).content.toHex();
  const { tag, content, bytes } = reader.next();
  reader.finish("behind a part of a name");
  return { type, der: bytes, text: decode(tag, content) };
}

/** Text that its own type does not allow is compared as bytes. */
function decode(tag: number, content: Uint8Array): string | undefined {
  try {
    return DECODERS.get(tag)?.(content);
  } catch {
    return undefined;
  }
}

/**
 * A text that is equal for two names exactly if they are the same name. Folds ASCII letters only, as OpenSSL does.
 *
 * @param der `Name` in DER.
 * @returns The canonical form.
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

/** The case folding and compatibility normalization of RFC 4518, by Unicode's own tables. */
export function foldUnicode(text: string): string {
  return text.normalize("NFKC").toUpperCase().toLowerCase().normalize("NFKC");
}

/** The e-mail addresses in a name, which certificates had before they had alternative names. */
export function emailAddresses(name: readonly RelativeName[]): (string | undefined)[] {
  return name.flat().filter(({ type }) => type === EMAIL_ADDRESS).map(({ text }) => text);
}

/** The common names in a name. */
export function commonNames(name: readonly RelativeName[]): (string | undefined)[] {
  return name.flat().filter(({ type }) => type === COMMON_NAME).map(({ text }) => text);
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
