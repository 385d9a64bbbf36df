/**
 * A strict DER reader (X.690 §10 and §11). It accepts only the one canonical encoding of a value, so that no byte can be
 * changed without notice.
 */

/** Real certificates are nested about 10 deep. */
const MAX_DEPTH = 32;

/** Identifier octets: the type of an element, in its first byte. */
export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  objectIdentifier: 0x06,
  utf8String: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
  version: 0xa0,
  issuerUniqueId: 0x81,
  subjectUniqueId: 0x82,
  extensions: 0xa3,
} as const;

/** The input is not valid DER, or not of the expected structure. The message is a clause: "it …". */
export class FormatError extends Error {}

/** One DER element. */
export interface Element {
  readonly tag: number;
  /** The whole element. */
  readonly bytes: Uint8Array;
  /** The content octets, after tag and length. */
  readonly content: Uint8Array;
}

/** Reads a sequence of DER elements (X.690 §8.1, with the lengths of §10.1). */
export class DerReader {
  #rest: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#rest = bytes;
  }

  /** Whether everything was read. */
  get isEmpty(): boolean {
    return this.#rest.length === 0;
  }

  /** The next element, of any type. */
  next(): Element {
    const [tag, lengthByte] = this.#rest;
    if (tag === undefined || lengthByte === undefined) throw new FormatError("it ends too early");
    if ((tag & 0x1f) === 0x1f) throw new FormatError("it has an element of an unknown type");
    const { start, length } = readLength(this.#rest, lengthByte);
    const end = start + length;
    if (end > this.#rest.length) throw new FormatError("it ends too early");
    const element = { tag, bytes: this.#rest.subarray(0, end), content: this.#rest.subarray(start, end) };
    this.#rest = this.#rest.subarray(end);
    return element;
  }

  /** The next element, which must be of this type. */
  take(tag: number): Element {
    const element = this.next();
    if (element.tag !== tag) throw new FormatError("it is not a certificate in DER form");
    return element;
  }

  /** Whether the next element is of this type. */
  isNext(tag: number): boolean {
    return this.#rest[0] === tag;
  }

  /** The next element, if it is of this type. */
  takeOptional(tag: number): Element | undefined {
    return this.isNext(tag) ? this.next() : undefined;
  }

  /** Throws if anything is left. `where` says after which part, as in "after its public key". */
  finish(where: string): void {
    const count = this.#rest.length;
    if (count > 0) throw new FormatError(`there ${count === 1 ? "is 1 byte" : `are ${count} bytes`} too many ${where}`);
  }
}

/** DER allows only the shortest form of a length (X.690 §10.1). */
function readLength(bytes: Uint8Array, first: number): { start: number; length: number } {
  if (first < 0x80) return { start: 2, length: first };
  if (first === 0x80) throw new FormatError("it has an element of indefinite length, which DER forbids");
  const start = 2 + (first & 0x7f);
  if (start > 6) throw new FormatError("it ends too early");
  const digits = bytes.subarray(2, start);
  // Shifts would wrap around at 32 bits.
  const length = digits.reduce((sum, digit) => sum * 256 + digit, 0);
  if (digits[0] === 0 || length < 0x80) throw new FormatError("it has a length that DER would write shorter");
  return { start, length };
}

/** Checks the encoding of one element and everything in it. */
export function checkDer(bytes: Uint8Array): void {
  const reader = new DerReader(bytes);
  checkElement(reader.next(), 0);
  reader.finish("after an element");
}

function checkElement(element: Element, depth: number): void {
  const isConstructed = (element.tag & 0x20) !== 0;
  const isUniversal = (element.tag & 0xc0) === 0;
  if (isUniversal) checkUniversal(element);
  if (!isConstructed) return;
  if (depth === MAX_DEPTH) throw new FormatError(`it is nested more than ${MAX_DEPTH} deep`);
  const reader = new DerReader(element.content);
  while (!reader.isEmpty) checkElement(reader.next(), depth + 1);
}

/** The types for which DER allows fewer encodings than BER (X.690 §10 and §11). */
function checkUniversal({ tag, content }: Element): void {
  const isList = tag === TAG.sequence || tag === TAG.set;
  if (!isList && ((tag & 0x20) !== 0 || (tag | 0x20) === TAG.sequence || (tag | 0x20) === TAG.set)) throw notDer();
  if (tag === TAG.boolean && (content.length !== 1 || (content[0] !== 0 && content[0] !== 0xff))) throw notDer();
  if (tag === TAG.null && content.length > 0) throw notDer();
  if (tag === TAG.integer && !isInteger(content)) throw notDer();
  if (tag === TAG.bitString && !isBitString(content)) throw notDer();
  if (tag === TAG.objectIdentifier && !isObjectIdentifier(content)) throw notDer();
}

/** The shortest form: the first nine bits are not all equal (X.690 §8.3.2). */
function isInteger(content: Uint8Array): boolean {
  const [first, second] = content;
  if (first === undefined) return false;
  if (second === undefined) return true;
  return second < 0x80 ? first !== 0 : first !== 0xff;
}

/** The unused bits at the end are zero (X.690 §11.2.1). */
function isBitString(content: Uint8Array): boolean {
  const [unused] = content;
  if (unused === undefined || unused > 7 || (unused > 0 && content.length === 1)) return false;
  return unused === 0 || (content[content.length - 1]! & ((1 << unused) - 1)) === 0;
}

/** No subidentifier has leading zeros, and the last one is complete (X.690 §8.19.2). */
function isObjectIdentifier(content: Uint8Array): boolean {
  const last = content[content.length - 1];
  if (last === undefined || last >= 0x80) return false;
  return content.every((byte, i) => byte !== 0x80 || (i > 0 && content[i - 1]! >= 0x80));
}

function notDer(): FormatError {
  return new FormatError("it is not a certificate in DER form");
}
