/**
 * Strict JSON parser for untrusted input. Its cost is bounded before anything is parsed. Duplicate members are
 * rejected, because other programs may use the other value.
 */
import { quote } from "../text/quote.ts";

/** The reason for rejecting a document, as a clause without its subject, such as "is not JSON". */
export class JsonError extends Error {}

/** Upper bounds on a document. */
export interface JsonBounds {
  /** Size in bytes of UTF-8. */
  readonly bytes: number;
  /** Nesting depth of objects and lists. */
  readonly depth: number;
  /** Values of any kind, in all lists and objects. An empty one takes about 50 bytes of memory. */
  readonly values: number;
}

/** Real documents have some kilobytes, a depth of 6 to 10 and fewer than 1,000 values. 10,000 ignored paths fit. */
export const JSON_BOUNDS: JsonBounds = { bytes: 8_000_000, depth: 64, values: 200_000 };

/**
 * Parses UTF-8 text as JSON.
 *
 * @param bytes The text.
 * @param bounds Upper bounds on the document.
 * @returns The value.
 * @throws {JsonError} If the text is not JSON in UTF-8, exceeds a bound, or has a duplicate member.
 */
export function parseStrictJson(bytes: Uint8Array, bounds: JsonBounds = JSON_BOUNDS): unknown {
  if (bytes.length === 0) throw new JsonError("is empty");
  if (bytes.length > bounds.bytes) throw new JsonError(`exceeds the limit of ${bounds.bytes} bytes`);
  const text = decodeUtf8(bytes);
  const members = countMembers(bytes, bounds);
  const value = parseBoundedJson(text);
  checkMembers(value, members);
  return value;
}

/**
 * Decodes UTF-8.
 *
 * @param bytes The text. A byte order mark is kept.
 * @returns The text.
 * @throws {JsonError} If it is not UTF-8.
 */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return UTF8.decode(bytes);
  } catch {
    throw new JsonError("is not text in UTF-8");
  }
}

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Parses text whose size and shape are known to be bounded.
 *
 * @param text The text.
 * @returns The value.
 * @throws {JsonError} If it is not JSON.
 */
export function parseBoundedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // V8 quotes the text around the error. Drop it: it could steer the terminal, and a page of it helps no one. Drop
    // the position too, which counts from the start of a part of the document.
    const reason = error instanceof Error
      ? error.message.replace(/,? ?(\.\.\.)?".*$| in JSON at position.*$/s, "")
      : "";
    throw new JsonError(`is not JSON: ${quote(reason)}`);
  }
}

/**
 * Rejects duplicate members: `JSON.parse` silently keeps the last one.
 *
 * @param value The parsed value.
 * @param members Number of members in the text, counted as colons outside of strings.
 * @throws {JsonError} If the value has fewer.
 */
export function checkMembers(value: unknown, members: number): void {
  if (Array.isArray(value) && ownMembersOf(value) === members) return;
  if (membersOf(value) !== members) throw new JsonError("holds a member more than once");
}

/**
 * Counts the members of the objects in a list, without nested ones. If these are all, there is nothing nested: true of
 * nearly every list of resources, and much faster to establish.
 */
function ownMembersOf(list: readonly unknown[]): number {
  let count = 0;
  for (const item of list) {
    if (typeof item === "object" && item !== null && !Array.isArray(item)) { for (const _ in item) count++; }
  }
  return count;
}

/** Recursive: the depth is already bounded. */
function membersOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  const inner: readonly unknown[] = Array.isArray(value) ? value : Object.values(value);
  let count = Array.isArray(value) ? 0 : inner.length;
  for (const item of inner) if (typeof item === "object") count += membersOf(item);
  return count;
}

const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a];
/** `[` and `{`, and `]` and `}`, differ in one bit only. With this bit set, each pair becomes the same byte. */
const [OPENING, CLOSING, EITHER] = [0x7b, 0x7d, 0x20];

/** Counts the members, and enforces the bounds on depth and values. Does not require valid JSON. */
function countMembers(bytes: Uint8Array, bounds: JsonBounds): number {
  let [depth, values, members] = [0, 0, 0];
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (byte === QUOTE) at = endOfString(bytes, at + 1);
    else if (byte === COLON) members++;
    else if ((byte | EITHER) === CLOSING) depth--;
    else if (byte === COMMA || (byte | EITHER) === OPENING) {
      if (byte !== COMMA && ++depth > bounds.depth) throw tooDeep(bounds.depth);
      if (++values > bounds.values) throw tooManyValues(bounds.values);
    }
  }
  return members;
}

/** The error for a document that is nested too deep. */
export function tooDeep(most: number): JsonError {
  return new JsonError(`is nested more than ${most} deep`);
}

/** The error for a document of too many values. */
export function tooManyValues(most: number): JsonError {
  return new JsonError(`holds more than ${most} values`);
}

/** Strings make up most of a document. Searching them is several times as fast as looking at each byte. */
function endOfString(bytes: Uint8Array, start: number): number {
  for (let end = bytes.indexOf(QUOTE, start); end !== -1; end = bytes.indexOf(QUOTE, end + 1)) {
    let escapes = 0;
    while (end - escapes > start && bytes[end - escapes - 1] === BACKSLASH) escapes++;
    if (escapes % 2 === 0) return end;
  }
  return bytes.length;
}
