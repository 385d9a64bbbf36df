/** The serializations `files` and `shards` (OMS v1.0 §6.3, §6.4). */
import { RefusedError } from "../errors.ts";
import type { Digests } from "../lists/digests.ts";
import { type HashTask, wholeFile } from "../hash/tasks/hash_task.ts";
import type { IndexedList } from "../lists/indexed_list.ts";
import { LIMITS } from "../limits.ts";
import { LazyList } from "../lists/lazy_list.ts";
import { inOrder } from "../model/file_list.ts";
import type { Model } from "../model/disk/walk.ts";
import type { Names } from "../lists/packed_names.ts";
import { Resources } from "./manifest.ts";
import { countShards } from "./shard_ranges.ts";
import { nameOf, SortedShards } from "./sorted_shards.ts";

/** What to hash for a manifest, and the name of each digest. Both in the order of the manifest. */
export interface ResourcePlan {
  readonly names: Names;
  readonly tasks: IndexedList<HashTask>;
  /** Files without a resource, as they are said to be empty. Reading them proves it. */
  readonly empty: IndexedList<HashTask>;
}

/**
 * Plans the manifest of a model: one task for each resource, sorted by whole name and code point (OMS v1.0 §6.4).
 *
 * @param model What the model holds.
 * @param shardSize Size of a shard in bytes, or `undefined` for one resource a file.
 * @returns The plan. With shards, empty files have no resource.
 * @throws {RefusedError} If there would be more shards than fit into a signature (`TOO_MANY_RESOURCES`).
 */
export function planResources(model: Pick<Model, "files">, shardSize: number | undefined): ResourcePlan {
  return shardSize === undefined ? planFiles(model) : planShards(model, shardSize);
}

function planFiles(model: Pick<Model, "files">): ResourcePlan {
  const files = inOrder(model.files);
  return {
    names: new LazyList(files.length, (index) => files.at(index)!.name),
    tasks: new LazyList(files.length, (index) => wholeFile(files.at(index)!)),
    empty: [],
  };
}

function planShards(model: Pick<Model, "files">, shardSize: number): ResourcePlan {
  refuseTooMany(model, shardSize);
  const shards = new SortedShards(model.files, shardSize);
  return {
    names: new LazyList(shards.length, (index) => nameOf(shards.at(index))),
    tasks: new LazyList(shards.length, (index) => shards.at(index)),
    empty: Iterator.from(model.files).filter(({ size }) => size === 0).map((file) => ({ file, start: 0, end: 0 }))
      .toArray(),
  };
}

/** Before they are listed: a shard size of 1 for a file of gigabytes, be it a slip or an attack, would fill the memory. */
function refuseTooMany(model: Pick<Model, "files">, shardSize: number): void {
  const count = Iterator.from(model.files).reduce((sum, { size }) => sum + countShards(size, shardSize), 0);
  if (count <= LIMITS.resources) return;
  throw new RefusedError(
    "TOO_MANY_RESOURCES",
    `Cannot list ${count} shards of ${shardSize} bytes: a signature has at most ${LIMITS.resources}, use larger shards`,
  );
}

/**
 * Puts names and digests together.
 *
 * @param plan The plan.
 * @param digests The digest of each of its tasks.
 * @returns The resources, in the order of the plan.
 */
export function toResources(plan: ResourcePlan, digests: Digests): Resources {
  return new Resources(plan.names, digests.bytes);
}
