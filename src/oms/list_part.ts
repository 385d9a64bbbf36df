/** A list that is cut out of JSON, read some items at a time. */
import { GrowingBytes } from "../growing_bytes.ts";
import { decodeText, jsonError, parseText, type Place } from "./json.ts";
import type { Part } from "./json_cutter.ts";

/** Parses the items of a list as they pass. */
export class ListPart implements Part {
  readonly #what: Place;
  readonly #read: (items: readonly unknown[]) => void;
  readonly #bytes = new GrowingBytes();
  #isFirst = true;

  /**
   * Begins a list.
   *
   * @param what What the document is, for messages.
   * @param read Takes the next items.
   */
  constructor(what: Place, read: (items: readonly unknown[]) => void) {
    this.#what = what;
    this.#read = read;
  }

  append(bytes: Uint8Array): void {
    this.#bytes.append(bytes);
  }

  separate(): void {
    this.#parse(true);
    this.#isFirst = false;
  }

  end(): void {
    this.#parse(!this.#isFirst);
  }

  /** Only a list without a comma may be empty. */
  #parse(needsItem: boolean): void {
    const items = parseText(`[${decodeText(this.#bytes.bytes, this.#what)}]`, this.#what) as unknown[];
    if (needsItem && items.length === 0) throw jsonError(this.#what, "is not JSON: an item of a list is missing");
    this.#bytes.clear();
    this.#read(items);
  }
}
