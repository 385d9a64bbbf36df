import type { EngineName, HashAlgorithm } from "../hash/engines/engine.ts";
import type { SerializationMethod } from "../manifest/manifest.ts";
import { checkOptions, checkPath, type Rules } from "./check_options.ts";
import { locateModel } from "./locate_model.ts";
import { type HashedModel, hashModel } from "./hash_model.ts";
import { MODEL_RULES, SERIALIZATION_RULES, WORK_RULES } from "./option_rules.ts";
import {
  chooseSerialization,
  type ChosenSerialization,
  type ModelOptions,
  type SerializationOptions,
  type WorkOptions,
} from "./options.ts";

/** Options of {@linkcode digest}. */
export interface DigestOptions extends ModelOptions, SerializationOptions, WorkOptions {}

/** Rules for the options of {@linkcode digest}. */
export const DIGEST_RULES: Rules<DigestOptions> = { ...WORK_RULES, ...MODEL_RULES, ...SERIALIZATION_RULES };

/** Result of {@linkcode digest}. */
export interface DigestResult {
  /** The digest as `sha256:HEX`: of `files` and `shards` the root digest, of `h1` and `h2` the model's digest. */
  digest: string;
  /** The serialization method. */
  serialization: SerializationMethod;
  /** The hash algorithm of the files or shards. */
  hashAlgorithm: HashAlgorithm;
  /** Number of files. */
  files: number;
  /** Bytes hashed. */
  bytes: number;
  /** The engine that hashed. */
  engine: EngineName;
  /** Why this engine, for people. */
  engineReason: string;
  /** Time it took, in seconds. */
  seconds: number;
}

/**
 * Hashes a model into the one digest that signing would sign: the root digest of OMS v1.0 §6.5.1, or the `h1` or `h2`
 * digest.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { digest } from "@model-signing/model-signing";
 *
 * const model = await Deno.makeTempDir();
 * await Deno.writeTextFile(`${model}/weights.bin`, "");
 * const { digest: root, files } = await digest(model);
 * assertEquals(root, "sha256:5df6e0e2761359d30a8275058e299fcc0381534545f55cf43e41983f5d4c9456");
 * assertEquals(files, 1);
 * await Deno.remove(model, { recursive: true });
 * ```
 *
 * @param modelPath Path of the model, a file or a directory.
 * @param options What belongs to the model, how it becomes digests, and how the work is done.
 * @returns The digest and what was hashed.
 * @throws {RefusedError} If the model may not be signed: it is empty, or holds a symbolic link or a special file.
 * @throws {UnavailableError} If a file cannot be read, or changes while it is read.
 * @throws {UsageError} If options exclude each other.
 */
export async function digest(modelPath: string, options: DigestOptions = {}): Promise<DigestResult> {
  const started = performance.now();
  checkPath(modelPath, "modelPath");
  checkOptions(options, DIGEST_RULES);
  const serialization = chooseSerialization(options);
  const hashed = await hashModel(locateModel(modelPath, options), serialization, options);
  return toDigestResult(serialization, hashed, started);
}

/** What was hashed, as results have it. */
export function toDigestResult(serialization: ChosenSerialization, hashed: HashedModel, started: number): DigestResult {
  return {
    digest: `sha256:${hashed.digest.toHex()}`,
    serialization: serialization.method,
    hashAlgorithm: serialization.hashAlgorithm,
    files: hashed.files,
    bytes: hashed.bytes,
    engine: hashed.engine,
    engineReason: hashed.engineReason,
    seconds: secondsSince(started),
  };
}

/** Seconds since a time of `performance.now()`, to the millisecond. */
export function secondsSince(started: number): number {
  return Math.round(performance.now() - started) / 1000;
}
