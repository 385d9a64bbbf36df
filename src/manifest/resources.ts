/** The serializations `files` and `shards` (OMS v1.0 §6.3, §6.4). */
import { RefusedError } from "../errors.ts";
import type { Digests } from "../hash/digests.ts";
import type { HashTask } from "../hash/task.ts";
import { LIMITS } from "../limits.ts";
import type { Model, ModelFile } from "../model/walk.ts";
import { compareCodePoints } from "../model/names.ts";
import { Resources, shardName } from "./manifest.ts";
import { shardRanges } from "./shard_ranges.ts";

/** What to hash for a manifest, and the name of each digest. Both in the order of the manifest. */
export interface ResourcePlan {
  readonly names: readonly string[];
  readonly tasks: readonly HashTask[];
}

/**
 * Plans the manifest of a model: one task for each resource, sorted by whole name and code point (OMS v1.0 §6.4).
 *
 * @param model What the model holds.
 * @param shardSize Size of a shard in bytes, or `undefined` for one resource a file.
 * @returns The plan. With shards, empty files have no resource.
 * @throws {RefusedError} If there would be more shards than fit into a signature (`TOO_MANY_RESOURCES`).
 */
export function planResources(model: Model, shardSize: number | undefined): ResourcePlan {
  if (shardSize !== undefined) refuseTooMany(model, shardSize);
  const parts = model.files.flatMap((file) => shardSize === undefined ? [wholeFile(file)] : shards(file, shardSize));
  parts.sort((a, b) => compareCodePoints(a.name, b.name));
  return { names: parts.map((part) => part.name), tasks: parts.map((part) => part.task) };
}

/** Before they are listed: a shard size of 1 for a file of gigabytes, be it a slip or an attack, would fill the memory. */
function refuseTooMany(model: Model, shardSize: number): void {
  const count = model.files.reduce((sum, file) => sum + Math.ceil(file.size / shardSize), 0);
  if (count <= LIMITS.resources) return;
  throw new RefusedError(
    "TOO_MANY_RESOURCES",
    `Cannot list ${count} shards of ${shardSize} bytes: a signature has at most ${LIMITS.resources}, use larger shards`,
  );
}

interface Part {
  name: string;
  task: HashTask;
}

function wholeFile(file: ModelFile): Part {
  return { name: file.name, task: { file, start: 0, end: file.size } };
}

function shards(file: ModelFile, shardSize: number): Part[] {
  return shardRanges(file.size, shardSize).map(({ start, end }) => ({
    name: shardName({ file: file.name, start, end }),
    task: { file, start, end },
  }));
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
