/** From what a model holds to its manifest, or to its one digest. */
import { DIGEST_BYTES, type HashAlgorithm } from "../hash/engines/engine.ts";
import { hashAll, type HashResult } from "../hash/hash_all.ts";
import type { TunedHashOptions } from "../hash/hash_options.ts";
import { Digests } from "../lists/digests.ts";
import type { Model } from "../model/disk/walk.ts";
import type { Resources } from "./manifest.ts";
import { planResources, type ResourcePlan, toResources } from "./resources.ts";

/**
 * Hashes a model into resources.
 *
 * @param model What the model holds.
 * @param hashAlgorithm The algorithm of the resources' digests.
 * @param shardSize Size of a shard in bytes, or `undefined` for `files`.
 * @param options How to hash.
 * @returns The resources in the order of OMS v1.0 §6.4.
 */
export async function buildResources(
  model: Model,
  hashAlgorithm: HashAlgorithm,
  shardSize: number | undefined,
  options: TunedHashOptions,
): Promise<HashResult & { resources: Resources }> {
  const plan = planResources(model, shardSize);
  const digests = new Digests(DIGEST_BYTES[hashAlgorithm], plan.tasks.length);
  const result = await hashAll(plan.tasks, hashAlgorithm, digests, options);
  await proveEmpty(plan, options);
  return { resources: toResources(plan, digests), ...result };
}

/**
 * Hashes a model into its one `h1` or `h2` digest.
 *
 * @param model What the model holds.
 * @param method Which of the two.
 * @param options How to hash.
 * @returns The digest, 32 bytes.
 */
export async function buildDigest(
  model: Model,
  method: "h1" | "h2",
  options: TunedHashOptions,
): Promise<HashResult & { digest: Uint8Array }> {
  // Loaded only when used, as each module takes its time to load.
  const plan = method === "h1"
    ? (await import("./legacy/h1.ts")).planH1(model)
    : (await import("./legacy/h2.ts")).planH2(model);
  const digests = new Digests(DIGEST_BYTES.sha256, plan.tasks.length);
  const result = await hashAll(plan.tasks, "sha256", digests, options);
  return { digest: plan.finish(digests), ...result };
}

/**
 * Reads the files of a plan that have no resource, as the file system reports them as empty: files of procfs are not.
 *
 * @param plan The plan.
 * @param options What ends the work.
 * @throws {UnavailableError} If one of them holds something (`FILE_SIZE`).
 */
export async function proveEmpty({ empty }: ResourcePlan, { signal }: TunedHashOptions): Promise<void> {
  await hashAll(empty, "sha256", new Digests(DIGEST_BYTES.sha256, empty.length), {
    engine: "native",
    workers: 1,
    ...(signal === undefined ? {} : { signal }),
  });
}
