/** Incremental parser for a list cut out of a JSON document. */
import { GrowingBytes } from "../lists/growing_bytes.ts";
import { checkMembers, decodeUtf8, parseBoundedJson } from "./parse.ts";
import { jsonError, type JsonPath, reading } from "./read.ts";
import { BATCH_BYTES, type Part } from "./stream.ts";

/** Parses the items of a list in batches as they arrive. */
export class ListPart implements Part {
  readonly #what: JsonPath;
  readonly #read: (items: readonly unknown[]) => boolean;
  readonly #bytes = new GrowingBytes();
  #isFirst = true;
  #isDone = false;

  /**
   * Begins a list.
   *
   * @param what Name of the document, for messages.
   * @param read Receives the next items, and returns whether it needs more. Later items are not even parsed, so the
   * caller must reject the document after returning false.
   */
  constructor(what: JsonPath, read: (items: readonly unknown[]) => boolean) {
    this.#what = what;
    this.#read = read;
  }

  append(bytes: Uint8Array): void {
    if (this.#isDone) return;
    // The cutter separates items as soon as it can, so anything longer than a batch is a single item.
    if (this.#bytes.length + bytes.length > BATCH_BYTES + MOST_ITEM_BYTES) {
      throw jsonError(this.#what, `holds an item of a list that exceeds the limit of ${MOST_ITEM_BYTES} bytes`);
    }
    this.#bytes.append(bytes);
  }

  separate(members: number): void {
    this.#parse(true, members);
    this.#isFirst = false;
  }

  end(members: number): void {
    this.#parse(!this.#isFirst, members);
  }

  /** Only a list without a comma may be empty. */
  #parse(needsItem: boolean, members: number): void {
    if (this.#isDone) return;
    const items = reading(this.#what, () => {
      const items = parseBoundedJson(`[${decodeUtf8(this.#bytes.bytes)}]`) as unknown[];
      checkMembers(items, members);
      return items;
    });
    if (needsItem && items.length === 0) throw jsonError(this.#what, "is not JSON: an item of a list is missing");
    this.#bytes.clear();
    this.#isDone = !this.#read(items);
  }
}

/** A name of 65,536 bytes takes six times that size when each character is escaped. */
const MOST_ITEM_BYTES = 512 * 1024;
