/**
 * Reads JSON that came from outside. Whatever is not as expected is an error that names the place, and a member that is
 * not known is an error too: what this program does not understand it does not trust.
 */
import { VerificationError } from "../errors.ts";
import { decodeBase64 } from "./base64.ts";
import { JsonError, parseStrictJson } from "./parse.ts";
import { quote } from "../text/quote.ts";

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
 * @throws {VerificationError} If it is not UTF-8, not JSON, has a member twice, or is larger than allowed.
 */
export function parseJson(bytes: Uint8Array, what: Place): unknown {
  return reading(what, () => parseStrictJson(bytes));
}

/** Runs what reads JSON, and names the document in its error. */
export function reading<T>(what: Place, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof JsonError) throw jsonError(what, error.message);
    throw error;
  }
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

/** The value as bytes in canonical base64. */
export function asBytes(value: unknown, place: Place): Uint8Array<ArrayBuffer> {
  const bytes = decodeBase64(asText(value, place));
  if (bytes === undefined) throw jsonError(place, "is not base64");
  return bytes;
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
