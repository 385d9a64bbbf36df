/** Parses the resources of a statement into two packed columns, names and digests. */
import { DIGEST_BYTES, HASH_ALGORITHMS } from "../hash/engines/engine.ts";
import { LIMITS } from "../limits.ts";
import { Resources } from "../manifest/resources.ts";
import { PackedNames } from "../lists/packed_names.ts";
import { GrowingBytes } from "../lists/growing_bytes.ts";
import { asHex, jsonError, type JsonPath } from "../json/read.ts";

/** An item of the list. Its digest is still as it is in the JSON. */
export interface ReadResource {
  readonly name: string;
  readonly algorithm: string;
  readonly digest: unknown;
  /** Where the digest is, for messages. */
  readonly path: JsonPath;
}

/**
 * Collects resources before the statement's type and serialization are known. An invalid item is therefore an error only
 * when the list is requested.
 */
export class ResourceReader {
  readonly #list: JsonPath;
  readonly #read: (item: unknown, path: JsonPath) => ReadResource;
  readonly #names = new PackedNames();
  readonly #digests = new GrowingBytes();
  /** Each algorithm with the index of the first item that has it. */
  readonly #algorithms = new Map<string, number>();
  #lastAlgorithm = "";
  #digestBytes = 0;
  #error: { cause: unknown } | undefined;
  #count = 0;
  #first: unknown;

  /**
   * Begins a list.
   *
   * @param list Where it is, for messages.
   * @param read Parses an item, given where that is.
   */
  constructor(list: JsonPath, read: (item: unknown, path: JsonPath) => ReadResource) {
    this.#list = list;
    this.#read = read;
  }

  /** Number of items, valid or not; at least two if the list {@linkcode isRefused}. */
  get count(): number {
    return this.#count;
  }

  /** The first item. */
  get first(): unknown {
    return this.#first;
  }

  /** Whether the list is refused in any case, so that no more items are needed. */
  get isRefused(): boolean {
    return this.#error !== undefined && this.#count > 1 || this.#count > LIMITS.resources;
  }

  /** Takes the next items. */
  add(items: readonly unknown[]): void {
    const start = this.#count;
    if (start === 0) this.#first = items[0];
    this.#count += items.length;
    if (this.#error !== undefined || this.#count > LIMITS.resources) return;
    for (const [i, item] of items.entries()) {
      this.#error = this.#add(item, start + i);
      if (this.#error !== undefined) return;
    }
  }

  /**
   * Ends the list.
   *
   * @param checkAlgorithm Throws if the item at this path may not have this algorithm.
   * @returns The resources.
   * @throws {VerificationError} If there are too many, or an item is not a resource (`SIGNATURE_INVALID`).
   */
  finish(checkAlgorithm: (algorithm: string, path: JsonPath) => void): Resources {
    if (this.#count > LIMITS.resources) {
      throw jsonError(this.#list, `holds more items than the ${LIMITS.resources} that are allowed`);
    }
    for (const [algorithm, index] of this.#algorithms) checkAlgorithm(algorithm, this.#pathOf(index));
    if (this.#error !== undefined) throw this.#error.cause;
    return new Resources(this.#names, this.#digests.bytes);
  }

  /** Adds an item, or returns the error. */
  #add(item: unknown, index: number): { cause: unknown } | undefined {
    try {
      // A path for each item would cost a string each, so the path is computed only for an invalid one.
      this.#push(this.#read(item, this.#list), index);
      return undefined;
    } catch {
      return this.#explain(item, index);
    }
  }

  #explain(item: unknown, index: number): { cause: unknown } | undefined {
    try {
      return void this.#push(this.#read(item, this.#pathOf(index)), index);
    } catch (error) {
      return { cause: error };
    }
  }

  #pathOf(index: number): JsonPath {
    return `${this.#list}[${index}]`;
  }

  #push({ name, algorithm, digest, path }: ReadResource, index: number): void {
    if (algorithm !== this.#lastAlgorithm) this.#changeAlgorithm(algorithm, index);
    this.#digests.extend(this.#digestBytes).setFromHex(asHex(digest, path, this.#digestBytes));
    this.#names.push(name);
  }

  #changeAlgorithm(algorithm: string, index: number): void {
    if (!this.#algorithms.has(algorithm)) this.#algorithms.set(algorithm, index);
    const known = HASH_ALGORITHMS.find((known) => known === algorithm.replace(/-sharded-\d+$/, ""));
    // A list has at most two, both known. The error at the end says which one is not allowed.
    if (known === undefined || this.#algorithms.size > 2) {
      throw jsonError("the statement", "has a resource with an unknown algorithm");
    }
    this.#digestBytes = DIGEST_BYTES[known];
    this.#lastAlgorithm = algorithm;
  }
}
