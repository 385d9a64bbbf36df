/** Reads the resources of a statement into two columns, without an object for each. */
import { DIGEST_BYTES, HASH_ALGORITHMS } from "../hash/engines/engine.ts";
import { LIMITS } from "../limits.ts";
import { Resources } from "../manifest/manifest.ts";
import { PackedNames } from "../lists/packed_names.ts";
import { GrowingBytes } from "../lists/growing_bytes.ts";
import { asHex, jsonError, type Place } from "../json/read.ts";

/** One item of the list, whose digest is still as it is in the JSON. */
export interface ReadResource {
  readonly name: string;
  readonly algorithm: string;
  readonly digest: unknown;
  /** Where the digest stands, for messages. */
  readonly place: Place;
}

/**
 * The items may come before what says how to take them, and be none of ours in the end: whatever is wrong with them is
 * said when the list is asked for.
 */
export class ResourceReader {
  readonly #list: Place;
  readonly #read: (item: unknown, place: Place) => ReadResource;
  readonly #names = new PackedNames();
  readonly #digests = new GrowingBytes();
  /** Each algorithm with the index of the first item that has it. */
  readonly #algorithms = new Map<string, number>();
  #lastAlgorithm = "";
  #digestBytes = 0;
  #fault: { error: unknown } | undefined;
  #count = 0;
  #first: unknown;

  /**
   * Begins a list.
   *
   * @param list Where it stands, for messages.
   * @param read Reads an item, given where that stands.
   */
  constructor(list: Place, read: (item: unknown, place: Place) => ReadResource) {
    this.#list = list;
    this.#read = read;
  }

  /** How many items there are, right or wrong; at least two if the list {@linkcode isRefused}. */
  get count(): number {
    return this.#count;
  }

  /** The first of them. */
  get first(): unknown {
    return this.#first;
  }

  /** Whether the list is refused, wherever it stands: more of its items would change nothing. */
  get isRefused(): boolean {
    return this.#fault !== undefined && this.#count > 1 || this.#count > LIMITS.resources;
  }

  /** Takes the next items. */
  add(items: readonly unknown[]): void {
    const start = this.#count;
    if (start === 0) this.#first = items[0];
    this.#count += items.length;
    if (this.#fault !== undefined || this.#count > LIMITS.resources) return;
    for (const [i, item] of items.entries()) {
      this.#fault = this.#add(item, start + i);
      if (this.#fault !== undefined) return;
    }
  }

  /**
   * Ends the list.
   *
   * @param checkAlgorithm Throws if an item, of which it is told where it stands, may not have this algorithm.
   * @returns The resources.
   * @throws {VerificationError} If there are too many, or an item is not a resource (`SIGNATURE_INVALID`).
   */
  finish(checkAlgorithm: (algorithm: string, place: Place) => void): Resources {
    if (this.#count > LIMITS.resources) {
      throw jsonError(this.#list, `holds more items than the ${LIMITS.resources} that are allowed`);
    }
    for (const [algorithm, index] of this.#algorithms) checkAlgorithm(algorithm, this.#placeOf(index));
    if (this.#fault !== undefined) throw this.#fault.error;
    return new Resources(this.#names, this.#digests.bytes);
  }

  /** Adds one item, or tells what is wrong with it. */
  #add(item: unknown, index: number): { error: unknown } | undefined {
    try {
      // To say of each where it stands would take a text for each, so it is said only of one that is wrong.
      this.#push(this.#read(item, this.#list), index);
      return undefined;
    } catch {
      return this.#explain(item, index);
    }
  }

  #explain(item: unknown, index: number): { error: unknown } | undefined {
    try {
      return void this.#push(this.#read(item, this.#placeOf(index)), index);
    } catch (error) {
      return { error };
    }
  }

  #placeOf(index: number): Place {
    return `${this.#list}[${index}]`;
  }

  #push({ name, algorithm, digest, place }: ReadResource, index: number): void {
    if (algorithm !== this.#lastAlgorithm) this.#changeAlgorithm(algorithm, index);
    this.#digests.extend(this.#digestBytes).setFromHex(asHex(digest, place, this.#digestBytes));
    this.#names.push(name);
  }

  #changeAlgorithm(algorithm: string, index: number): void {
    if (!this.#algorithms.has(algorithm)) this.#algorithms.set(algorithm, index);
    const known = HASH_ALGORITHMS.find((known) => known === algorithm.replace(/-sharded-\d+$/, ""));
    // No list may have a third one, or one that nobody knows: which one is wrong is said in the end.
    if (known === undefined || this.#algorithms.size > 2) {
      throw jsonError("the statement", "has a resource with an algorithm that is not known");
    }
    this.#digestBytes = DIGEST_BYTES[known];
    this.#lastAlgorithm = algorithm;
  }
}
