/** A text in base64 that is cut out of JSON, decoded as it passes. */
import { parseBoundedJson } from "./parse.ts";
import { jsonError, type Place } from "./read.ts";
import type { Part } from "./stream.ts";

/** The longest escape of JSON, `\u0041`, but for its last character. */
const ESCAPE = /\\(?:u[0-9a-f]{0,3})?$/i;

/** Decodes base64, which must be the one canonical way to write the bytes, as `asBytes` does. */
export class Base64Part implements Part {
  readonly #place: Place;
  readonly #take: (bytes: Uint8Array) => void;
  #buffer = new Uint8Array(0);
  /** The beginning of an escape, and characters that make no bytes yet. */
  #escape = "";
  #characters = "";
  #isEmpty = true;
  #isPadded = false;

  /**
   * Begins a text.
   *
   * @param place Where it stands, for messages.
   * @param take Takes the next bytes; they are overwritten afterwards.
   */
  constructor(place: Place, take: (bytes: Uint8Array) => void) {
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
    // It skips white space, which no writer of bundles puts there, and stops at a full buffer.
    if (written !== length) throw this.#notBase64();
    this.#take(this.#buffer.subarray(0, length));
  }

  /** Few writers escape anything in base64; some do so with `/` or `=`. */
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

/** What is not ASCII is not base64, whatever it is taken for. */
const LATIN1 = new TextDecoder("latin1");
