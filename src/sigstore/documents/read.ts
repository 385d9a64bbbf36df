/**
 * Reads JSON that says whom to trust. What is there must be as expected; members that are not known are passed over, as
 * Sigstore adds some without a new media type, and none of them can make more trusted than the known ones say.
 */
import { VerificationError } from "../../errors.ts";
import { decodeBase64 } from "../../json/base64.ts";
import { type JsonBounds, JsonError, parseStrictJson } from "../../json/parse.ts";
import { quote } from "../../text/quote.ts";
import { TRUST_LIMITS } from "./limits.ts";

/** A JSON object, checked to be one. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Why a document is not to be trusted: which place is how. Becomes a `VerificationError` that names the document. */
export class TrustFormatError extends Error {}

/**
 * Reads a document, and turns whatever is wrong with it into an error that names it.
 *
 * @param text The document.
 * @param name What it is for messages, such as the file in quotes.
 * @param read What makes a value of the parsed JSON.
 * @returns What `read` returns.
 * @throws {VerificationError} With code `TRUST_INVALID` if the document is not as it must be.
 */
export function readDocument<T>(text: string, name: string, read: (document: JsonObject) => T): T {
  try {
    return read(asObject(withCamelCase(parse(text)), "it"));
  } catch (error) {
    if (!(error instanceof TrustFormatError)) throw error;
    throw new VerificationError("TRUST_INVALID", `Cannot trust ${name}: ${error.message}`, { cause: error });
  }
}

/** Real documents are nested 6 deep. */
const BOUNDS: JsonBounds = { bytes: TRUST_LIMITS.documentBytes, depth: 32, values: 50_000 };

function parse(text: string): unknown {
  try {
    return parseStrictJson(new TextEncoder().encode(text), BOUNDS);
  } catch (error) {
    if (error instanceof JsonError) throw new TrustFormatError(`it ${error.message}`);
    throw error;
  }
}

/**
 * JSON of protobuf names members like `logId`, and allows `log_id` too (some real documents have it); the libraries read
 * the first alone. A member that stands there in both ways would be read differently by different programs.
 */
function withCamelCase(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withCamelCase);
  if (typeof value !== "object" || value === null) return value;
  const named = new Map<string, unknown>();
  for (const [name, member] of Object.entries(value)) {
    const camel = name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    if (named.has(camel)) throw new TrustFormatError(`it has the member ${quote(camel)} twice`);
    named.set(camel, withCamelCase(member));
  }
  return Object.fromEntries(named);
}

/** Whether a member is there; `null` counts as absent, as in the protobuf mapping. */
export function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** The value as an object. */
export function asObject(value: unknown, place: string): JsonObject {
  if (!isPresent(value)) throw new TrustFormatError(`${place} is missing`);
  if (typeof value !== "object" || Array.isArray(value)) throw new TrustFormatError(`${place} is not an object`);
  return value as JsonObject;
}

/** The value as a list of objects; a list that is absent is empty, as in the protobuf mapping. */
export function asObjects(value: unknown, place: string, most: number = TRUST_LIMITS.listed): JsonObject[] {
  if (!isPresent(value)) return [];
  if (!Array.isArray(value)) throw new TrustFormatError(`${place} is not a list`);
  if (value.length > most) {
    throw new TrustFormatError(`${place} holds ${value.length} items: at most ${most} are allowed`);
  }
  return value.map((item, i) => asObject(item, `${place}[${i}]`));
}

/** The value as a text that is not empty. */
export function asText(value: unknown, place: string, most: number = TRUST_LIMITS.text): string {
  if (!isPresent(value)) throw new TrustFormatError(`${place} is missing`);
  if (typeof value !== "string") throw new TrustFormatError(`${place} is not a string`);
  if (value === "") throw new TrustFormatError(`${place} is empty`);
  if (value.length > most) throw new TrustFormatError(`${place} is longer than ${most} characters`);
  return value;
}

/** The value as a text that may be empty or absent, as in the protobuf mapping. */
export function asOptionalText(value: unknown, place: string): string {
  return isPresent(value) && value !== "" ? asText(value, place) : "";
}

/** The value as one of some texts. */
export function asOneOf(value: unknown, place: string, allowed: readonly string[]): string {
  const text = asText(value, place);
  if (!allowed.includes(text)) {
    throw new TrustFormatError(`${place} is ${quote(text)}: this version knows ${allowed.join(" and ")}`);
  }
  return text;
}

/** The value as bytes in base64, written in the one canonical way. */
export function asBytes(value: unknown, place: string): Uint8Array<ArrayBuffer> {
  const bytes = decodeBase64(asText(value, place, TRUST_LIMITS.documentBytes));
  if (bytes === undefined) throw new TrustFormatError(`${place} is not base64`);
  return bytes;
}

/** The value as a time (RFC 3339), if it is there. */
export function asTime(value: unknown, place: string): Date | undefined {
  if (!isPresent(value)) return undefined;
  const text = asText(value, place);
  const isTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/.test(text);
  const time = new Date(text);
  if (!isTime || Number.isNaN(time.getTime())) throw new TrustFormatError(`${place} is not a time: ${quote(text)}`);
  return time;
}

/** Go writes its zero time where there is none. */
const GO_ZERO_TIME = Date.parse("0001-01-01T00:00:00Z");

/** The value as a period, of which both ends may be open. */
export function asPeriod(value: unknown, place: string): { start: Date | undefined; end: Date | undefined } {
  const period = asObject(value, place);
  const [start, end] = (["start", "end"] as const).map((name) => {
    const time = asTime(period[name], `${place}.${name}`);
    return time?.getTime() === GO_ZERO_TIME ? undefined : time;
  });
  if (start !== undefined && end !== undefined && end < start) {
    throw new TrustFormatError(`${place} ends before it starts`);
  }
  return { start, end };
}
