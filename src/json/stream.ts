/**
 * Reads JSON piece by piece. Long parts at known places are cut out and handed on while they pass; what is left is so
 * little that `JSON.parse` can have it whole. The parts are parsed by `JSON.parse` too, or are texts, so this file has to
 * know only where a text ends and which brackets belong together, and nothing passes that `JSON.parse` would refuse.
 */
import { GrowingBytes } from "../lists/growing_bytes.ts";
import { decodeUtf8, JSON_BOUNDS, parseBoundedJson, tooDeep, tooManyValues } from "./parse.ts";
import { LIMITS } from "../limits.ts";
import { jsonError, parseJson, type Place } from "./read.ts";

/** Takes what is between the marks of a part: the quotes of a text, or the brackets of a list. */
export interface Part {
  /** The next bytes; they are overwritten afterwards. */
  append(bytes: Uint8Array): void;
  /**
   * Called for a list now and then between two items, instead of the comma there.
   *
   * @param members How many members the objects have that were appended since the last call.
   */
  separate?(members: number): void;
  /** The part is complete. */
  end(members: number): void;
}

/** A part to cut out. */
export interface Cut {
  /** The members that lead to it, from the outermost object on. */
  readonly path: readonly string[];
  /** What it begins with; a value of another kind is left where it is. */
  readonly opening: '"' | "[";
  readonly part: Part;
}

const [QUOTE, BACKSLASH, COMMA, COLON, LIST] = [0x22, 0x5c, 0x2c, 0x3a, 0x5b];
/** What `[` and `{`, and `]` and `}`, become with this bit, by which they differ. */
const [OPENING, CLOSING, EITHER] = [0x7b, 0x7d, 0x20];

/** Bytes of a list that are parsed at once: more would take more memory, and less is slower. */
export const BATCH_BYTES = 32_768;

/** Lists and objects in all parts together: a resource takes two at most. */
const MOST_LISTS = 4 * LIMITS.resources;

/** Members of the objects in all parts together: a resource takes three, and may have some of its own. */
const MOST_MEMBERS = 8 * LIMITS.resources;

/** Cuts parts out of one JSON document. */
export class JsonCutter {
  readonly #cuts: readonly Cut[];
  readonly #what: Place;
  readonly #deepest: number;
  readonly #rest = new GrowingBytes();
  readonly #done = new Set<Cut>();
  /** Where bytes go: what is left of the document, or the part that is being cut out. */
  #target: Pick<Part, "append"> = this.#rest;
  #depth = 0;
  #hasEnded = false;
  #lists = 0;
  #partMembers = 0;
  /** Values in what is left of the document. */
  #restValues = 0;
  /** For each depth whether it is an object, and the member that it is at. */
  readonly #isObject: boolean[] = [false];
  readonly #members: (string | undefined)[] = [];
  /** Where in the rest the name of a member begins. */
  #memberStart: number | undefined;
  #expectsMember = false;
  #isInText = false;
  #isEscaped = false;
  /** The cut whose value comes next, and the one that is being made, with the depth around it. */
  #next: Cut | undefined;
  #current: Cut | undefined;
  #currentDepth = 0;
  #batchBytes = 0;
  /** Members of the objects in the current batch. */
  #batchMembers = 0;

  /**
   * Begins a document.
   *
   * @param cuts The parts to cut out; each may be there once.
   * @param what What the document is, for messages.
   */
  constructor(cuts: readonly Cut[], what: Place) {
    this.#cuts = cuts;
    this.#what = what;
    this.#deepest = Math.max(...cuts.map(({ path }) => path.length));
  }

  /**
   * Takes the next bytes of the document.
   *
   * @param bytes Any number of them.
   * @throws {VerificationError} If they show that it is not JSON, too large or too deep, or holds a part twice
   * (`SIGNATURE_INVALID`), and whatever the parts throw.
   */
  append(bytes: Uint8Array): void {
    // What goes to one target is handed on in long pieces.
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
   * @returns Its value; the parts are empty in it.
   * @throws {VerificationError} If it is not JSON in UTF-8 (`SIGNATURE_INVALID`).
   */
  finish(): unknown {
    return parseJson(this.#rest.bytes, this.#what);
  }

  /** The index of the quote that ends the text, or the end of the bytes. */
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
    if (this.#hasEnded) throw jsonError(this.#what, "is not JSON: there is more behind it");
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

  /** Whether a text here may be the name of a member that leads to a part: only on the way to one. */
  #mayHoldMember(): boolean {
    if (this.#current !== undefined || this.#depth > this.#deepest || !this.#isObject[this.#depth]!) return false;
    return this.#cuts.some(({ path }) => path.length >= this.#depth && this.#isBelow(path, this.#depth - 1));
  }

  /** Whether the first members of a path lead to where the document is. */
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
    // Of two, JSON.parse would take the last, but the first has been handed on.
    if (this.#done.has(cut)) throw jsonError(cut.path.join("."), "is there more than once");
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

/** What is no text is no name, and the parser says so in the end. */
function readName(bytes: Uint8Array): string | undefined {
  try {
    return parseBoundedJson(decodeUtf8(bytes)) as string;
  } catch {
    return undefined;
  }
}
