/**
 * Reads JSON that came from outside. Whatever is not as expected is an error that names the place, and a member that is
 * not known is an error too: what this program does not understand it does not trust.
 */
import { VerificationError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { quote } from "../quote.ts";

/** A JSON object, checked to be one. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Where in a document a value stands, such as `dsseEnvelope.signatures[0]`. */
export type Place = string;

/** The error for JSON that is not as it should be. */
export function jsonError(place: Place, what: string): VerificationError {
  return new VerificationError("SIGNATURE_INVALID", `Cannot read the signature: ${place} ${what}`);
}

/**
 * Parses UTF-8 text as JSON.
 *
 * @param bytes The text.
 * @param what What it is, for messages.
 * @returns The value.
 * @throws {VerificationError} If it is not UTF-8 or not JSON.
 */
export function parseJson(bytes: Uint8Array, what: Place): unknown {
  const text = decodeText(bytes, what);
  if (text === "") throw jsonError(what, "is empty");
  checkShape(bytes, what);
  return parseText(text, what);
}

/** The text that bytes are in UTF-8. */
export function decodeText(bytes: Uint8Array, what: Place): string {
  try {
    return UTF8.decode(bytes);
  } catch {
    throw jsonError(what, "is not text in UTF-8");
  }
}

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Parses text as JSON whose shape is known to be bounded. */
export function parseText(text: string, what: Place): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // V8 quotes the text around the fault: a name in it must not steer the terminal, and a page of it helps no one. The
    // position is one in a part of the document, and helps no one either.
    const reason = error instanceof Error
      ? error.message.replace(/,? ?(\.\.\.)?".*$| in JSON at position.*$/s, "")
      : "";
    throw jsonError(what, `is not JSON: ${quote(reason)}`);
  }
}

/** Real documents are nested 6 deep. */
export const MOST_DEEP = 64;

/** A resource takes two at most. */
export const MOST_LISTS = 4 * LIMITS.resources;

const [QUOTE, BACKSLASH] = [0x22, 0x5c];
/** What `[` and `{`, and `]` and `}`, become with this bit, by which they differ. */
const [OPENING, CLOSING, EITHER] = [0x7b, 0x7d, 0x20];

/**
 * Bounds what parsing costs, before it is done: JSON of brackets alone takes some fifty times its size in memory, which a
 * machine need not have. Whether it is JSON at all is not looked at.
 */
function checkShape(bytes: Uint8Array, what: Place): void {
  let [depth, lists] = [0, 0];
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (byte === QUOTE) at = endOfText(bytes, at + 1);
    else if ((byte | EITHER) === CLOSING) depth--;
    else if ((byte | EITHER) === OPENING) {
      if (++depth > MOST_DEEP) throw jsonError(what, `is nested more than ${MOST_DEEP} deep`);
      if (++lists > MOST_LISTS) throw jsonError(what, `holds more than ${MOST_LISTS} lists and objects`);
    }
  }
}

/** Texts are most of a document, and searching them is several times as fast as looking at each byte. */
function endOfText(bytes: Uint8Array, start: number): number {
  for (let end = bytes.indexOf(QUOTE, start); end !== -1; end = bytes.indexOf(QUOTE, end + 1)) {
    let escapes = 0;
    while (end - escapes > start && bytes[end - escapes - 1] === BACKSLASH) escapes++;
    if (escapes % 2 === 0) return end;
  }
  return bytes.length;
}

/** The value as an object that has no other members than these; `null` counts as absent, as in the protobuf mapping. */
export function asObject(value: unknown, place: Place, known: readonly string[]): JsonObject {
  const object = asOpenObject(value, place);
  for (const name of Object.keys(object)) {
    if (!known.includes(name)) throw jsonError(place, `has a member that is not known: ${quote(name)}`);
  }
  return object;
}

/** The value as an object with any members. */
export function asOpenObject(value: unknown, place: Place): JsonObject {
  if (value === undefined || value === null) throw jsonError(place, "is missing");
  if (typeof value !== "object" || Array.isArray(value)) throw jsonError(place, "is not an object");
  return value as JsonObject;
}

/** The value as a list of at most so many. */
export function asList(value: unknown, place: Place, most: number): readonly unknown[] {
  if (value === undefined || value === null) throw jsonError(place, "is missing");
  if (!Array.isArray(value)) throw jsonError(place, "is not a list");
  if (value.length > most) throw jsonError(place, `holds ${value.length} items: at most ${most} are allowed`);
  return value;
}

/** The value as a text that is not empty. */
export function asText(value: unknown, place: Place): string {
  if (value === undefined || value === null) throw jsonError(place, "is missing");
  if (typeof value !== "string") throw jsonError(place, "is not a text");
  if (value === "") throw jsonError(place, "is empty");
  return value;
}

/** The value as one of some texts. */
export function asOneOf<T extends string>(value: unknown, place: Place, allowed: readonly T[]): T {
  const text = asText(value, place);
  if (!allowed.includes(text as T)) throw jsonError(place, `is ${quote(text)}: it must be ${allowed.join(" or ")}`);
  return text as T;
}

/** The value as the text of a whole number, which JSON of protobuf writes as text or as a number. */
export function asNumeral(value: unknown, place: Place): string {
  const text = typeof value === "number" ? `${value}` : asText(value, place);
  if (!/^\d+$/.test(text)) throw jsonError(place, "is not a whole number");
  return text;
}

/** The value as true or false. */
export function asBoolean(value: unknown, place: Place): boolean {
  if (typeof value !== "boolean") throw jsonError(place, "is not true or false");
  return value;
}

/** The value as bytes in base64, which must be the one canonical way to write them. */
export function asBytes(value: unknown, place: Place): Uint8Array<ArrayBuffer> {
  const text = asText(value, place);
  // fromBase64 skips white space; no writer of bundles puts any there.
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text)) throw jsonError(place, "is not base64");
  try {
    return Uint8Array.fromBase64(text, { lastChunkHandling: "strict" });
  } catch {
    throw jsonError(place, "is not base64");
  }
}

/** The value as bytes in lowercase hex, of a given length. */
export function asHexBytes(value: unknown, place: Place, length: number): Uint8Array {
  return Uint8Array.fromHex(asHex(value, place, length));
}

/** The value as the lowercase hex of so many bytes. */
export function asHex(value: unknown, place: Place, length: number): string {
  const text = asText(value, place);
  if (!/^[0-9a-f]*$/.test(text)) throw jsonError(place, "is not lowercase hex");
  if (text.length !== 2 * length) throw jsonError(place, `has ${text.length} hex digits: ${2 * length} are needed`);
  return text;
}

/** Whether a member is there; `null` counts as absent. */
export function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null;
}
