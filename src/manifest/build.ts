/** Builds the resources of a model from what its source lists. */
import { DIGEST_BYTES, type HashAlgorithm } from "../hash/engines/engine.ts";
import { hashAll, type HashResult } from "../hash/hash_all.ts";
import type { TunedHashOptions } from "../hash/hash_options.ts";
import { Digests } from "../lists/digests.ts";
import type { Listing } from "../model/source.ts";
import { takeKnownDigests } from "./digests.ts";
import { planResources, type ResourcePlan, toResources } from "./plan.ts";
import type { Resources } from "./resources.ts";

/**
 * Builds the resources of a model.
 *
 * @param listing What the model holds.
 * @param hashAlgorithm The algorithm of the resources' digests.
 * @param shardSize Size of a shard in bytes, or `undefined` for `files`.
 * @param options How to hash.
 * @returns The resources in the order of OMS v1.0 §6.4.
 */
export async function buildResources(
  listing: Listing,
  hashAlgorithm: HashAlgorithm,
  shardSize: number | undefined,
  options: TunedHashOptions,
): Promise<HashResult & { resources: Resources }> {
  const plan = planResources(listing, shardSize);
  const digests = new Digests(DIGEST_BYTES[hashAlgorithm], plan.pieces.length);
  const { tasks, sink } = takeKnownDigests(plan.pieces, hashAlgorithm, digests);
  const result = await hashAll(tasks, hashAlgorithm, sink, options);
  await checkEmpty(plan, options);
  return { resources: toResources(plan, digests), ...result };
}

/**
 * Checks that the files without a resource are empty, by reading them: files of procfs are reported as empty, but are not.
 *
 * @param plan The plan.
 * @param options What ends the work.
 * @throws {UnavailableError} If one of them is not empty (`FILE_SIZE`).
 */
export async function checkEmpty({ empty }: ResourcePlan, { signal }: TunedHashOptions): Promise<void> {
  await hashAll(empty, "sha256", new Digests(DIGEST_BYTES.sha256, empty.length), {
    engine: "native",
    workers: 1,
    ...(signal === undefined ? {} : { signal }),
  });
}
