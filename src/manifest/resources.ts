/** The resources of a manifest: names and digests, their order, and the root digest over them. */
import { collectAfter } from "../lists/collect_garbage.ts";
import type { IndexedList } from "../lists/indexed_list.ts";
import { PackedNames } from "../lists/packed_names.ts";
import { createHash } from "node:crypto";

/** One file or shard with its digest (OMS v1.0 §5.2.1). */
export interface Resource {
  /** Name relative to the model, for shards followed by `:start:end`. */
  readonly name: string;
  /** Digest of its bytes. */
  readonly digest: Uint8Array;
}

/** A list of resources in two columns: a million of them need little more memory than their names and digests. */
export class Resources implements Iterable<Resource> {
  #columns: ResourceColumns | undefined;
  readonly #digestBytes: number;

  /**
   * Combines names and digests.
   *
   * @param names The names.
   * @param digests One digest for each name, all of the same length, in one array.
   */
  constructor(names: IndexedList<string>, digests: Uint8Array<ArrayBuffer>) {
    this.#columns = { names, digests };
    this.#digestBytes = digests.length / names.length;
  }

  /** The names. */
  get names(): IndexedList<string> {
    return this.#given.names;
  }

  /** The digests, in one array. */
  get digests(): Uint8Array<ArrayBuffer> {
    return this.#given.digests;
  }

  /** The number of resources. */
  get length(): number {
    return this.names.length;
  }

  /** The digest of the resource at an index: a view, not a copy. */
  digest(index: number): Uint8Array {
    return this.digests.subarray(index * this.#digestBytes, (index + 1) * this.#digestBytes);
  }

  *[Symbol.iterator](): Generator<Resource> {
    let index = 0;
    for (const name of this.names) yield { name, digest: this.digest(index++) };
  }

  /** Hands over the columns, so that their memory can be reused. Any later use of this list throws. */
  take(): ResourceColumns {
    const columns = this.#given;
    this.#columns = undefined;
    return columns;
  }

  get #given(): ResourceColumns {
    if (this.#columns === undefined) throw new TypeError("Cannot use resources that were handed over");
    return this.#columns;
  }
}

/** Names and digests of resources. */
export interface ResourceColumns {
  readonly names: IndexedList<string>;
  readonly digests: Uint8Array<ArrayBuffer>;
}

/** Resources in ascending code point order of their names. Resources of the same name are adjacent. */
export type SortedResources = Resources & { readonly names: PackedNames };

/**
 * Sorts resources by name (OMS v1.0 §6.4).
 *
 * @param resources The resources, which are handed over: any later use of them throws.
 * @returns The sorted resources.
 */
export function sortResources(resources: Resources): SortedResources {
  const given = resources.take();
  const names = given.names instanceof PackedNames ? given.names : PackedNames.of(given.names);
  if (names.isAscending) return new Resources(names, given.digests) as SortedResources;

  collectAfter(names.length);
  // One column after the other: only one of them exists twice at a time.
  const order = names.order();
  const digests = sortDigests(given.digests, order);
  const sorted = new PackedNames();
  for (const index of order) sorted.push(names.at(index)!);
  names.free();
  return new Resources(sorted, digests) as SortedResources;
}

function sortDigests(digests: Uint8Array<ArrayBuffer>, order: Uint32Array): Uint8Array<ArrayBuffer> {
  const sorted = new Uint8Array(digests.length);
  const size = digests.length / order.length;
  order.forEach((index, i) => sorted.set(digests.subarray(index * size, (index + 1) * size), i * size));
  digests.buffer.transfer(0);
  return sorted;
}

/**
 * The root digest: SHA-256 over the raw digests of the resources in their order, whatever the algorithm of those digests
 * (OMS v1.0 §6.5.1).
 *
 * @param resources The resources of a manifest.
 * @returns 32 bytes.
 */
export function rootDigest({ digests }: Resources): Uint8Array {
  return new Uint8Array(createHash("sha256").update(digests).digest());
}
