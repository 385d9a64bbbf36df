/**
 * Typed accessors for untrusted JSON. An unexpected value is an error that names its JSON path, and so is an unknown
 * member: what this program does not understand, it does not trust.
 */
import { VerificationError } from "../errors.ts";
import { decodeBase64 } from "./base64.ts";
import { JsonError, parseStrictJson } from "./parse.ts";
import { quote } from "../text/quote.ts";

/** A value checked to be a JSON object. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** A path in a JSON document, such as `dsseEnvelope.signatures[0]`. */
export type JsonPath = string;

/** The error for malformed JSON in a signature. */
export function jsonError(place: JsonPath, what: string): VerificationError {
  return new VerificationError("SIGNATURE_INVALID", `Cannot read the signature: ${place} ${what}`);
}

/**
 * Parses UTF-8 text as JSON.
 *
 * @param bytes The text.
 * @param what Name of the document, for messages.
 * @returns The value.
 * @throws {VerificationError} If it is not UTF-8, not JSON, has a duplicate member, or exceeds a limit.
 */
export function parseJson(bytes: Uint8Array, what: JsonPath): unknown {
  return reading(what, () => parseStrictJson(bytes));
}

/** Runs a JSON reader, and adds the name of the document to its error. */
export function reading<T>(what: JsonPath, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof JsonError) throw jsonError(what, error.message);
    throw error;
  }
}

/**
 * The value as an object without other members than the known ones. `null` counts as absent (protobuf JSON mapping).
 */
export function asObject(value: unknown, place: JsonPath, known: readonly string[]): JsonObject {
  const object = asOpenObject(value, place);
  for (const name of Object.keys(object)) {
    if (!known.includes(name)) throw jsonError(place, `has an unknown member: ${quote(name)}`);
  }
  return object;
}

/** The value as an object with any members. */
export function asOpenObject(value: unknown, place: JsonPath): JsonObject {
  if (value === undefined || value === null) throw jsonError(place, "is missing");
  if (typeof value !== "object" || Array.isArray(value)) throw jsonError(place, "is not an object");
  return value as JsonObject;
}

/** The value as a list with at most `most` items. */
export function asList(value: unknown, place: JsonPath, most: number): readonly unknown[] {
  if (value === undefined || value === null) throw jsonError(place, "is missing");
  if (!Array.isArray(value)) throw jsonError(place, "is not a list");
  if (value.length > most) throw jsonError(place, `holds ${value.length} items: at most ${most} are allowed`);
  return value;
}

/** The value as a string that is not empty. */
export function asText(value: unknown, place: JsonPath): string {
  if (value === undefined || value === null) throw jsonError(place, "is missing");
  if (typeof value !== "string") throw jsonError(place, "is not a string");
  if (value === "") throw jsonError(place, "is empty");
  return value;
}

/** The value as one of the allowed strings. */
export function asOneOf<T extends string>(value: unknown, place: JsonPath, allowed: readonly T[]): T {
  const text = asText(value, place);
  if (!allowed.includes(text as T)) throw jsonError(place, `is ${quote(text)}: it must be ${allowed.join(" or ")}`);
  return text as T;
}

/** The value as a decimal number. The protobuf JSON mapping writes 64-bit integers as strings or numbers. */
export function asDecimal(value: unknown, place: JsonPath): string {
  const text = typeof value === "number" ? `${value}` : asText(value, place);
  if (!/^\d+$/.test(text)) throw jsonError(place, "is not a whole number");
  return text;
}

/** The value as true or false. */
export function asBoolean(value: unknown, place: JsonPath): boolean {
  if (typeof value !== "boolean") throw jsonError(place, "is not true or false");
  return value;
}

/** The value as bytes in canonical base64. */
export function asBytes(value: unknown, place: JsonPath): Uint8Array<ArrayBuffer> {
  const bytes = decodeBase64(asText(value, place));
  if (bytes === undefined) throw jsonError(place, "is not base64");
  return bytes;
}

/** The value as `length` bytes in lowercase hex. */
export function asHexBytes(value: unknown, place: JsonPath, length: number): Uint8Array {
  return Uint8Array.fromHex(asHex(value, place, length));
}

/** The value as the lowercase hex of `length` bytes. */
export function asHex(value: unknown, place: JsonPath, length: number): string {
  const text = asText(value, place);
  if (!/^[0-9a-f]*$/.test(text)) throw jsonError(place, "is not lowercase hex");
  if (text.length !== 2 * length) throw jsonError(place, `has ${text.length} hex digits: ${2 * length} are needed`);
  return text;
}

/** Whether a member is present. `null` counts as absent (protobuf JSON mapping). */
export function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null;
}
