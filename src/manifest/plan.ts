/** Plans the serializations `files` and `shards`: one piece for each resource (OMS v1.0 §6.3, §6.4). */
import { RefusedError } from "../errors.ts";
import type { HashTask } from "../hash/tasks/hash_task.ts";
import { LIMITS } from "../limits.ts";
import type { Digests } from "../lists/digests.ts";
import type { IndexedList } from "../lists/indexed_list.ts";
import { LazyList } from "../lists/lazy_list.ts";
import { knownSize, type ModelFiles, sortByName } from "../model/files.ts";
import type { Listing } from "../model/source.ts";
import { lazyPieces, type Pieces, wholePiece } from "./digests.ts";
import { Resources } from "./resources.ts";
import { countShards } from "./shards.ts";
import { nameOf, SortedShards } from "./sorted_shards.ts";

/** The names of the resources and what to digest for each, both in the order of the manifest. */
export interface ResourcePlan {
  readonly names: IndexedList<string>;
  readonly pieces: Pieces;
  /** Files on disk that have no resource because they are reported as empty. Reading them is the proof. */
  readonly empty: IndexedList<HashTask>;
}

/**
 * Plans the manifest of a model: one piece for each resource, in code point order of the whole name (OMS v1.0 §6.4).
 *
 * @param listing What the model holds.
 * @param shardSize Size of a shard in bytes, or `undefined` for one resource per file.
 * @returns The plan. With shards, empty files have no resource.
 * @throws {RefusedError} If there would be more shards than a signature may have (`TOO_MANY_RESOURCES`).
 */
export function planResources(listing: Pick<Listing, "files">, shardSize: number | undefined): ResourcePlan {
  return shardSize === undefined ? planFiles(listing) : planShards(listing, shardSize);
}

function planFiles(listing: Pick<Listing, "files">): ResourcePlan {
  const files = sortByName(listing.files);
  return {
    names: new LazyList(files.length, (index) => files.at(index)!.name),
    pieces: lazyPieces(files.length, listing.files.areOnDisk, (index) => wholePiece(files.at(index)!)),
    empty: [],
  };
}

function planShards({ files }: Pick<Listing, "files">, shardSize: number): ResourcePlan {
  refuseTooMany(files, shardSize);
  const shards = new SortedShards(files, shardSize);
  const empty = Iterator.from(files).filter(({ size }) => size === 0).map(({ content }) => content);
  return {
    names: new LazyList(shards.length, (index) => nameOf(shards.at(index))),
    pieces: lazyPieces(shards.length, files.areOnDisk, (index) => {
      const { file, start, end } = shards.at(index);
      return { file: file.content, start, end };
    }),
    empty: empty.filter((content) => content.kind === "path").map((file) => ({ file, start: 0, end: 0 })).toArray(),
  };
}

/** Counts before listing: a shard size of 1 for a file of gigabytes, by mistake or by attack, would fill the memory. */
function refuseTooMany(files: ModelFiles, shardSize: number): void {
  const count = Iterator.from(files).reduce((sum, file) => sum + countShards(knownSize(file), shardSize), 0);
  if (count <= LIMITS.resources) return;
  throw new RefusedError(
    "TOO_MANY_RESOURCES",
    `Cannot list ${count} shards of ${shardSize} bytes: a signature has at most ${LIMITS.resources}, use larger shards`,
  );
}

/**
 * Combines the names of a plan and their digests.
 *
 * @param plan The plan.
 * @param digests The digest of each of its pieces.
 * @returns The resources, in the order of the plan.
 */
export function toResources(plan: ResourcePlan, digests: Digests): Resources {
  return new Resources(plan.names, digests.bytes);
}
