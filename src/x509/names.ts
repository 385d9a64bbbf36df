/** Names in certificates as people read them (RFC 4514). */
import { objectIdentifierText } from "./object_identifier.ts";
import { type NameAttribute, readName } from "./distinguished_name.ts";
import { FormatError } from "./der.ts";

/** Short names of attributes, by the bytes of their OIDs (RFC 4514 §3, and four more that are common). */
const ATTRIBUTES: ReadonlyMap<string, string> = new Map([
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

export function formatAddress(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join(".");
  if (bytes.length !== 16) throw new FormatError("it has an IP address that is neither 4 nor 16 bytes long");
  return bytes.toHex().replace(/.{4}(?!$)/g, "$&:");
}

/** The last level first, as RFC 4514 §2.1 has it; attributes of one level are joined by a plus sign. */
export function formatName(der: Uint8Array): string {
  return readName(der).map((level) => level.map(formatAttribute).join("+")).reverse().join(",");
}

function formatAttribute({ type, text, der }: NameAttribute): string {
  return `${ATTRIBUTES.get(type) ?? formatOid(type)}=${text === undefined ? `#${der.toHex()}` : escapeName(text)}`;
}

/** An OID in dotted form, from the hex of its bytes. */
export function formatOid(hex: string): string {
  return objectIdentifierText(Uint8Array.fromHex(hex));
}

/** What has a meaning in a name is escaped (RFC 4514 §2.4), and what has one to a terminal. */
function escapeName(text: string): string {
  return escapeUnprintable(text.replace(/[\\",+;<>]/g, "\\$&").replace(/^[ #]| $/g, "\\$&"));
}

export function escapeUnprintable(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (character) => {
    return Array.from(new TextEncoder().encode(character), (byte) => `\\${byte.toString(16).padStart(2, "0")}`).join(
      "",
    );
  });
}
