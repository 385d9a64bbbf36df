/** Options that several operations share. */
import { UsageError } from "../errors.ts";
import type { HashAlgorithm } from "../hash/engines/engine.ts";
import type { HashOptions } from "../hash/hash_options.ts";
import type { SerializationMethod } from "../manifest/manifest.ts";
import { DEFAULT_SHARD_SIZE } from "../manifest/shards.ts";
import { option } from "../text/option.ts";

/** Options for how the work is done; none of them changes a result. */
export interface WorkOptions extends HashOptions {
  /** Called for what the user should know but what is no error, such as a symbolic link that leaves the model. */
  onWarning?: (message: string) => void;
}

/** Options for what belongs to the model. */
export interface ModelOptions {
  /**
   * The signature file. It is never part of the model. By default `model.sig` in a model that is a directory, and
   * `MODEL.sig` beside a model that is a file.
   */
  signature?: string;
  /** Paths to leave out: absolute, or relative to the current directory if that is inside the model, or to the model. */
  ignorePaths?: readonly string[];
  /**
   * Whether `.git`, `.gitignore`, `.gitattributes` and `.github` at the model's top are left out; of `h1` and `h2`
   * `.git` alone.
   * @default {true}
   */
  ignoreGitPaths?: boolean;
}

/** Options for how a model becomes digests. */
export interface SerializationOptions {
  /**
   * The serialization method.
   * @default {"files"}
   */
  serialization?: SerializationMethod;
  /**
   * Size of a shard in bytes, with `shards` only.
   * @default {1000000000}
   */
  shardSize?: number;
  /**
   * The hash algorithm of files and shards; `h1` and `h2` are always `sha256`.
   * @default {"sha256"}
   */
  hashAlgorithm?: HashAlgorithm;
  /**
   * Whether to follow symbolic links; meeting one is an error otherwise.
   * @default {false}
   */
  allowSymlinks?: boolean;
}

/** The serialization that was asked for, with all defaults filled in. */
export interface ChosenSerialization {
  method: SerializationMethod;
  hashAlgorithm: HashAlgorithm;
  shardSize: number | undefined;
  allowSymlinks: boolean;
}

/**
 * Fills in the defaults and refuses what does not go together.
 *
 * @param options What was asked for.
 * @returns All of it.
 * @throws {UsageError} If options exclude each other or are out of range.
 */
export function chooseSerialization(options: SerializationOptions): ChosenSerialization {
  const { serialization: method = "files", hashAlgorithm = "sha256", shardSize, allowSymlinks = false } = options;
  if (shardSize !== undefined) {
    if (method !== "shards") {
      throw new UsageError(
        "SHARD_SIZE",
        `Cannot use ${option("shardSize")} with ${option("serialization")} ${method}: it is for shards`,
      );
    }
    if (!Number.isSafeInteger(shardSize) || shardSize < 1) {
      throw new UsageError(
        "SHARD_SIZE",
        `Cannot use ${option("shardSize")} ${shardSize}: a whole number of at least 1 is needed`,
      );
    }
  }
  if ((method === "h1" || method === "h2") && hashAlgorithm !== "sha256") {
    throw new UsageError(
      "HASH_ALGORITHM",
      `Cannot use ${option("hashAlgorithm")} ${hashAlgorithm} with ${method}: it is sha256 only`,
    );
  }
  return {
    method,
    hashAlgorithm,
    shardSize: method === "shards" ? shardSize ?? DEFAULT_SHARD_SIZE : undefined,
    allowSymlinks,
  };
}
