/** GeneralNames (RFC 5280 §4.2.1.6): the forms of names in a SAN. */
import { DerReader, type Element, FormatError, TAG } from "../asn1/der.ts";
import { escapeUnprintable, formatName } from "./distinguished_name.ts";

/** A name, by its form. */
export type GeneralName =
  | { readonly form: "email" | "dns" | "uri"; readonly text: string }
  | { readonly form: "directory"; readonly der: Uint8Array }
  | { readonly form: "address"; readonly bytes: Uint8Array }
  | { readonly form: "other"; readonly type: string; readonly der: Uint8Array }
  | { readonly form: "x400" | "ediParty" | "registeredId"; readonly der: Uint8Array };

const TAGS = {
  other: 0xa0,
  email: 0x81,
  dns: 0x82,
  x400: 0xa3,
  directory: 0xa4,
  ediParty: 0xa5,
  uri: 0x86,
  address: 0x87,
  registeredId: 0x88,
} as const;

/**
 * Reads a list of names.
 *
 * @param der `GeneralNames` in DER, such as the value of the extension subjectAltName.
 * @returns The names, in their order.
 * @throws {FormatError} If it is malformed.
 */
export function readGeneralNames(der: Uint8Array): GeneralName[] {
  const input = new DerReader(der);
  const names: GeneralName[] = [];
  for (const list = new DerReader(input.take(TAG.sequence).content); !list.isEmpty;) {
    names.push(readGeneralName(list.next()));
  }
  input.finish("after a list of names");
  return names;
}

/**
 * Reads one name.
 *
 * @param element `GeneralName` in DER.
 * @returns The name.
 * @throws {FormatError} If it is malformed.
 */
export function readGeneralName({ tag, bytes, content }: Element): GeneralName {
  switch (tag) {
    case TAGS.email:
      return { form: "email", text: latin1(content) };
    case TAGS.dns:
      return { form: "dns", text: latin1(content) };
    case TAGS.uri:
      return { form: "uri", text: latin1(content) };
    case TAGS.directory:
      return { form: "directory", der: readDirectory(content) };
    case TAGS.address:
      return { form: "address", bytes: content };
    case TAGS.other:
      return { form: "other", type: new DerReader(content).take(TAG.objectIdentifier).content.toHex(), der: bytes };
    case TAGS.x400:
      return { form: "x400", der: bytes };
    case TAGS.ediParty:
      return { form: "ediParty", der: bytes };
    case TAGS.registeredId:
      return { form: "registeredId", der: bytes };
    default:
      throw new FormatError("it has a name of an unknown form");
  }
}

/** Name is a CHOICE, so its tag is explicit (X.680 §31.2.7). */
function readDirectory(content: Uint8Array): Uint8Array {
  const reader = new DerReader(content);
  const { bytes } = reader.take(TAG.sequence);
  reader.finish("after a directory name");
  return bytes;
}

/**
 * Formats a name for display.
 *
 * @param name The name.
 * @returns The text, or `undefined` for forms that have no common notation.
 * @throws {FormatError} If it is an IP address of an impossible length.
 */
export function formatGeneralName(name: GeneralName): string | undefined {
  if (name.form === "directory") return formatName(name.der);
  if (name.form === "address") return formatIpAddress(name.bytes);
  return name.form === "email" || name.form === "dns" || name.form === "uri" ? escapeUnprintable(name.text) : undefined;
}

/** Formats an IPv4 or IPv6 address for display. */
export function formatIpAddress(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join(".");
  if (bytes.length !== 16) throw new FormatError("it has an IP address that is neither 4 nor 16 bytes long");
  return bytes.toHex().replace(/.{4}(?!$)/g, "$&:");
}

/** Decodes an IA5String as Latin-1. The caller rejects characters beyond ASCII. */
function latin1(content: Uint8Array): string {
  return Array.from(content, (byte) => String.fromCharCode(byte)).join("");
}
