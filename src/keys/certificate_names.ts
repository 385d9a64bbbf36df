/** Names in certificates as people read them (RFC 4514). */
import type * as pkijs from "pkijs";
import { DerReader, type Element, FormatError, TAG } from "./der.ts";

/** Short names of what a name is made of (RFC 4514 §3, and four more that are common). */
const ATTRIBUTES: ReadonlyMap<string, string> = new Map([
  ["2.5.4.3", "CN"],
  ["2.5.4.5", "serialNumber"],
  ["2.5.4.6", "C"],
  ["2.5.4.7", "L"],
  ["2.5.4.8", "ST"],
  ["2.5.4.9", "STREET"],
  ["2.5.4.10", "O"],
  ["2.5.4.11", "OU"],
  ["2.5.4.12", "title"],
  ["2.5.4.97", "organizationIdentifier"],
  ["0.9.2342.19200300.100.1.1", "UID"],
  ["0.9.2342.19200300.100.1.25", "DC"],
  ["1.2.840.113549.1.9.1", "emailAddress"],
]);

export function formatAddress(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join(".");
  if (bytes.length !== 16) throw new FormatError("it has an IP address that is neither 4 nor 16 bytes long");
  return bytes.toHex().replace(/.{4}(?!$)/g, "$&:");
}

/** The last part first, as RFC 4514 §2.1 has it; parts of one level are joined by a plus sign. */
export function formatName(name: pkijs.RelativeDistinguishedNames): string {
  const parts = name.typesAndValues.map(formatAttribute);
  // pkijs lists the parts without their levels, so the levels are counted in the encoding.
  const sizes = countParts(new Uint8Array(name.valueBeforeDecode));
  const levels = sizes.map((size) => parts.splice(0, size).join("+"));
  return levels.reverse().join(",");
}

/** How many parts each level of a name has. */
function countParts(name: Uint8Array): number[] {
  const sizes: number[] = [];
  for (const levels = new DerReader(new DerReader(name).take(TAG.sequence).content); !levels.isEmpty;) {
    const level = new DerReader(levels.take(TAG.set).content);
    let size = 0;
    for (; !level.isEmpty; size++) checkAttribute(level.take(TAG.sequence));
    sizes.push(size);
  }
  return sizes;
}

function checkAttribute(attribute: Element): void {
  const reader = new DerReader(attribute.content);
  reader.take(TAG.objectIdentifier);
  reader.next();
  reader.finish("behind a part of a name");
}

function formatAttribute({ type, value }: pkijs.AttributeTypeAndValue): string {
  const text: unknown = value.valueBlock.value;
  const shown = typeof text === "string" ? escapeName(text) : `#${value.valueBeforeDecodeView.toHex()}`;
  return `${ATTRIBUTES.get(type) ?? type}=${shown}`;
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
