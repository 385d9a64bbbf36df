/**
 * Streaming JSON reader. Long parts at known paths are cut out and passed on as they arrive. What remains is small
 * enough for `JSON.parse`. The parts are parsed by `JSON.parse` as well, or are strings. This file therefore only needs
 * to find the end of strings and matching brackets, and accepts nothing that `JSON.parse` would reject.
 */
import { GrowingBytes } from "../lists/growing_bytes.ts";
import { decodeUtf8, JSON_BOUNDS, parseBoundedJson, tooDeep, tooManyValues } from "./parse.ts";
import { LIMITS } from "../limits.ts";
import { jsonError, type JsonPath, parseJson } from "./read.ts";

/** Receives the content of a part: between the quotes of a string, or between the brackets of a list. */
export interface Part {
  /** The next bytes. The buffer is reused afterwards. */
  append(bytes: Uint8Array): void;
  /**
   * Called for a list between two items, in place of the comma, about once per batch.
   *
   * @param members Number of object members appended since the last call.
   */
  separate?(members: number): void;
  /** The part is complete. */
  end(members: number): void;
}

/** A part to cut out. */
export interface Cut {
  /** The member names that lead to it, outermost first. */
  readonly path: readonly string[];
  /** The byte it begins with. A value of another kind stays in the document. */
  readonly opening: '"' | "[";
  readonly part: Part;
}

const [QUOTE, BACKSLASH, COMMA, COLON, LIST] = [0x22, 0x5c, 0x2c, 0x3a, 0x5b];
/** `[` and `{`, and `]` and `}`, differ in one bit only. With this bit set, each pair becomes the same byte. */
const [OPENING, CLOSING, EITHER] = [0x7b, 0x7d, 0x20];

/** Bytes of a list that are parsed at once. More would take more memory, and less is slower. */
export const BATCH_BYTES = 32_768;

/** Lists and objects in all parts together. A resource takes at most two. */
const MOST_LISTS = 4 * LIMITS.resources;

/** Object members in all parts together. A resource takes three, and may have a few more. */
const MOST_MEMBERS = 8 * LIMITS.resources;

/** Cuts parts out of one JSON document. */
export class JsonCutter {
  readonly #cuts: readonly Cut[];
  readonly #what: JsonPath;
  readonly #deepest: number;
  readonly #rest = new GrowingBytes();
  readonly #done = new Set<Cut>();
  /** Where bytes go: to the rest of the document, or to the part being cut out. */
  #target: Pick<Part, "append"> = this.#rest;
  #depth = 0;
  #hasEnded = false;
  #lists = 0;
  #partMembers = 0;
  /** Values in the rest of the document. */
  #restValues = 0;
  /** For each depth: whether it is an object, and its current member. */
  readonly #isObject: boolean[] = [false];
  readonly #members: (string | undefined)[] = [];
  /** Offset in the rest of the document where a member name begins. */
  #memberStart: number | undefined;
  #expectsMember = false;
  #isInText = false;
  #isEscaped = false;
  /** The cut whose value comes next, the cut in progress, and the depth around it. */
  #next: Cut | undefined;
  #current: Cut | undefined;
  #currentDepth = 0;
  #batchBytes = 0;
  /** Members of the objects in the current batch. */
  #batchMembers = 0;

  /**
   * Begins a document.
   *
   * @param cuts The parts to cut out. Each may occur once.
   * @param what Name of the document, for messages.
   */
  constructor(cuts: readonly Cut[], what: JsonPath) {
    this.#cuts = cuts;
    this.#what = what;
    this.#deepest = Math.max(...cuts.map(({ path }) => path.length));
  }

  /**
   * Takes the next bytes of the document.
   *
   * @param bytes Any number of them.
   * @throws {VerificationError} If the document turns out not to be JSON, too large, too deep, or to hold a part twice
   * (`SIGNATURE_INVALID`). Errors of the parts are passed on.
   */
  append(bytes: Uint8Array): void {
    // Bytes for the same target are passed on in long runs.
    let from = 0;
    let at = 0;
    const handOn = (to: number): void => {
      if (this.#current === undefined && this.#rest.length + to - from > JSON_BOUNDS.bytes) {
        throw jsonError(this.#what, `holds more than ${JSON_BOUNDS.bytes} bytes besides its payload or resources`);
      }
      if (to > from) this.#target.append(bytes.subarray(from, to));
      if (this.#current !== undefined) this.#batchBytes += to - from;
      from = to;
    };
    while (at < bytes.length) {
      if (this.#isInText) {
        at = this.#skipText(bytes, at);
        if (this.#isInText) break;
        if (this.#current?.opening === '"') {
          handOn(at);
          this.#endPart();
        } else if (this.#memberStart !== undefined) {
          handOn(at + 1);
          this.#endMember();
        }
        at++;
        continue;
      }
      const byte = bytes[at]!;
      if (byte === QUOTE) {
        this.#isInText = true;
        if (this.#next?.opening === '"') {
          handOn(at + 1);
          this.#beginPart(this.#next);
        } else if (this.#expectsMember) {
          handOn(at);
          this.#memberStart = this.#rest.length;
        }
        this.#expectsMember = false;
        this.#next = undefined;
      } else if ((byte | EITHER) === OPENING) {
        const cut = byte === LIST && this.#next?.opening === "[" ? this.#next : undefined;
        if (cut !== undefined) {
          handOn(at + 1);
          this.#beginPart(cut);
        }
        this.#open(byte !== LIST);
      } else if ((byte | EITHER) === CLOSING) {
        this.#close();
        if (this.#current !== undefined && this.#depth === this.#currentDepth) {
          handOn(at);
          this.#endPart();
        }
      } else if (byte === COLON) {
        if (this.#current !== undefined) this.#countMember();
      } else if (byte === COMMA) {
        if (this.#current === undefined) this.#countValue();
        this.#next = undefined;
        this.#expectsMember = this.#mayHoldMember();
        if (this.#isBetweenItems() && this.#batchBytes + at - from >= BATCH_BYTES) {
          handOn(at);
          this.#current!.part.separate!(this.#batchMembers);
          [this.#batchBytes, this.#batchMembers] = [0, 0];
          from = at + 1;
        }
      }
      at++;
    }
    handOn(bytes.length);
  }

  /**
   * Ends the document.
   *
   * @returns Its value. The parts are empty in it.
   * @throws {VerificationError} If it is not JSON in UTF-8 (`SIGNATURE_INVALID`).
   */
  finish(): unknown {
    return parseJson(this.#rest.bytes, this.#what);
  }

  /** The index of the closing quote, or the end of the bytes. */
  #skipText(bytes: Uint8Array, start: number): number {
    let from = this.#isEscaped ? start + 1 : start;
    this.#isEscaped = false;
    for (;;) {
      const quote = bytes.indexOf(QUOTE, from);
      const end = quote === -1 ? bytes.length : quote;
      let escapes = 0;
      while (end - escapes > from && bytes[end - escapes - 1] === BACKSLASH) escapes++;
      const isEscaped = escapes % 2 === 1;
      if (quote === -1) {
        this.#isEscaped = isEscaped;
        return end;
      }
      if (!isEscaped) {
        this.#isInText = false;
        return end;
      }
      from = end + 1;
    }
  }

  #countValue(): void {
    if (++this.#restValues > JSON_BOUNDS.values) {
      throw jsonError(this.#what, tooManyValues(JSON_BOUNDS.values).message);
    }
  }

  #countMember(): void {
    this.#batchMembers++;
    if (++this.#partMembers > MOST_MEMBERS) {
      throw jsonError(this.#what, `holds objects of more than ${MOST_MEMBERS} members in all`);
    }
  }

  #open(isObject: boolean): void {
    if (this.#hasEnded) throw jsonError(this.#what, "is not JSON: it continues after the end of the value");
    if (this.#current === undefined) this.#countValue();
    if (++this.#depth > JSON_BOUNDS.depth) throw jsonError(this.#what, tooDeep(JSON_BOUNDS.depth).message);
    if (++this.#lists > MOST_LISTS) throw jsonError(this.#what, `holds more than ${MOST_LISTS} lists and objects`);
    this.#isObject[this.#depth] = isObject;
    this.#members[this.#depth] = undefined;
    this.#next = undefined;
    this.#expectsMember = this.#mayHoldMember();
  }

  #close(): void {
    this.#next = undefined;
    this.#expectsMember = false;
    this.#depth = Math.max(this.#depth - 1, 0);
    this.#hasEnded = this.#depth === 0;
  }

  /** Whether a string here may be the name of a member on the path to a part. */
  #mayHoldMember(): boolean {
    if (this.#current !== undefined || this.#depth > this.#deepest || !this.#isObject[this.#depth]!) return false;
    return this.#cuts.some(({ path }) => path.length >= this.#depth && this.#isBelow(path, this.#depth - 1));
  }

  /** Whether the first members of a path match the current position. */
  #isBelow(path: readonly string[], depth: number): boolean {
    for (let i = 0; i < depth; i++) if (path[i] !== this.#members[i + 1]) return false;
    return true;
  }

  #endMember(): void {
    const name = this.#rest.bytes.subarray(this.#memberStart);
    this.#memberStart = undefined;
    this.#members[this.#depth] = readName(name);
    this.#next = this.#cuts.find(({ path }) => path.length === this.#depth && this.#isBelow(path, this.#depth));
  }

  #beginPart(cut: Cut): void {
    // JSON.parse would keep the last of two, but the first has already been passed on.
    if (this.#done.has(cut)) throw jsonError(cut.path.join("."), "occurs more than once");
    this.#done.add(cut);
    this.#current = cut;
    this.#currentDepth = this.#depth;
    [this.#batchBytes, this.#batchMembers] = [0, 0];
    this.#target = cut.part;
  }

  #endPart(): void {
    this.#current!.part.end(this.#batchMembers);
    this.#current = undefined;
    this.#target = this.#rest;
  }

  #isBetweenItems(): boolean {
    return this.#current !== undefined && this.#depth === this.#currentDepth + 1;
  }
}

/** A malformed string is not a name. JSON.parse reports it at the end. */
function readName(bytes: Uint8Array): string | undefined {
  try {
    return parseBoundedJson(decodeUtf8(bytes)) as string;
  } catch {
    return undefined;
  }
}
