/** Incremental base64 decoder for a string cut out of a JSON document. */
import { parseBoundedJson } from "./parse.ts";
import { jsonError, type JsonPath } from "./read.ts";
import type { Part } from "./stream.ts";

/** An incomplete JSON escape at the end of a piece: up to `\u0041` without its last character. */
const ESCAPE = /\\(?:u[0-9a-f]{0,3})?$/i;

/** Decodes canonical base64 incrementally, with the same rules as `asBytes`. */
export class Base64Part implements Part {
  readonly #place: JsonPath;
  readonly #take: (bytes: Uint8Array) => void;
  #buffer = new Uint8Array(0);
  /** An incomplete escape, and characters that do not fill a group of four yet. */
  #escape = "";
  #characters = "";
  #isEmpty = true;
  #isPadded = false;

  /**
   * Begins a string.
   *
   * @param place The JSON path of the string, for messages.
   * @param take Receives the next bytes. The buffer is reused afterwards.
   */
  constructor(place: JsonPath, take: (bytes: Uint8Array) => void) {
    this.#place = place;
    this.#take = take;
  }

  append(bytes: Uint8Array): void {
    const text = this.#characters + this.#unescape(LATIN1.decode(bytes));
    const whole = text.length - text.length % 4;
    this.#characters = text.slice(whole);
    if (text.length === 0) return;
    if (this.#isPadded) throw this.#notBase64();
    this.#isEmpty = false;
    if (whole > 0) this.#decode(text.slice(0, whole));
  }

  end(): void {
    if (this.#escape !== "" || this.#characters !== "") throw this.#notBase64();
    if (this.#isEmpty) throw jsonError(this.#place, "is empty");
  }

  #decode(text: string): void {
    const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
    const length = text.length / 4 * 3 - padding;
    if (this.#buffer.length < length) this.#buffer = new Uint8Array(length);
    this.#isPadded = padding > 0;
    let written: number;
    try {
      written = this.#buffer.setFromBase64(text, { lastChunkHandling: "strict" }).written;
    } catch {
      throw this.#notBase64();
    }
    // setFromBase64 skips white space, which no bundle writer emits, and stops at a full buffer.
    if (written !== length) throw this.#notBase64();
    this.#take(this.#buffer.subarray(0, length));
  }

  /** Few writers escape anything in base64; some escape `/` or `=`. */
  #unescape(piece: string): string {
    const text = this.#escape + piece;
    this.#escape = "";
    if (!text.includes("\\")) return text;
    const held = text.replaceAll("\\\\", "  ").search(ESCAPE);
    this.#escape = held === -1 ? "" : text.slice(held);
    try {
      return parseBoundedJson(`"${text.slice(0, text.length - this.#escape.length)}"`) as string;
    } catch {
      throw this.#notBase64();
    }
  }

  #notBase64(): Error {
    return jsonError(this.#place, "is not base64");
  }
}

/** Any decoding will do for bytes outside ASCII: none is a base64 character. */
const LATIN1 = new TextDecoder("latin1");
