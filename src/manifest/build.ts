/** From what a model holds to its manifest, or to its one digest. */
import type { EngineChoice } from "../hash/engines/choose.ts";
import type { EngineName, HashAlgorithm } from "../hash/engines/engine.ts";
import type { DigestSink } from "../lists/digests.ts";
import { hashAll, hashInto, type HashResult } from "../hash/hash_all.ts";
import type { Tasks } from "../hash/task.ts";
import type { Model } from "../model/disk/walk.ts";
import type { Resources } from "./manifest.ts";
import { planResources, type ResourcePlan, toResources } from "./resources.ts";

/** How to hash a model. */
export interface BuildOptions {
  /** Which implementation hashes. */
  engine?: EngineChoice;
  /** How many workers at the most. */
  workers?: number;
  /** Cost in bytes from which workers pay. */
  workersFrom?: number;
  /** Called with the bytes done and the bytes there are. */
  onProgress?: (done: number, total: number) => void;
  /** Ends the work. */
  signal?: AbortSignal;
}

/** What was hashed. */
export interface Built {
  /** The engine that hashed. */
  engine: EngineName;
  /** Why this one. */
  engineReason: string;
  /** Bytes read. */
  bytes: number;
}

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
  options: BuildOptions,
): Promise<Built & { resources: Resources }> {
  const plan = planResources(model, shardSize);
  const { digests, ...result } = await hashAll(plan.tasks, { ...options, algorithm: hashAlgorithm });
  await proveEmpty(plan, options);
  return { resources: toResources(plan, digests), ...asBuilt(result) };
}

/**
 * Hashes files or shards that are known already.
 *
 * @param tasks What to hash.
 * @param sink Gets the digest of each by its index.
 * @param hashAlgorithm The algorithm of the digests.
 * @param options How to hash.
 */
export async function hashTasks(
  tasks: Tasks,
  sink: DigestSink,
  hashAlgorithm: HashAlgorithm,
  options: BuildOptions,
): Promise<Built> {
  return asBuilt(await hashInto(sink, tasks, { ...options, algorithm: hashAlgorithm }));
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
  options: BuildOptions,
): Promise<Built & { digest: Uint8Array }> {
  // Loaded only when used, as each module takes its time to load.
  const plan = method === "h1"
    ? (await import("./legacy/h1.ts")).planH1(model)
    : (await import("./legacy/h2.ts")).planH2(model);
  const { digests, ...result } = await hashAll(plan.tasks, { ...options, algorithm: "sha256" });
  return { digest: plan.finish(digests), ...asBuilt(result) };
}

/**
 * Reads the files of a plan that have no resource, as the file system reports them as empty: files of procfs are not.
 *
 * @param plan The plan.
 * @param options What ends the work.
 * @throws {UnavailableError} If one of them holds something (`FILE_SIZE`).
 */
export async function proveEmpty({ empty }: ResourcePlan, { signal }: BuildOptions): Promise<void> {
  await hashAll(empty, {
    algorithm: "sha256",
    engine: "native",
    workers: 1,
    ...(signal === undefined ? {} : { signal }),
  });
}

function asBuilt({ bytes, engine, why }: HashResult): Built {
  return { bytes, engine, engineReason: why };
}
