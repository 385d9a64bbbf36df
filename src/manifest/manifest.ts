/** The manifest of a model: its resources, and how the model was serialized into them. */
import type { HashAlgorithm } from "../hash/engines/engine.ts";
import type { Resources } from "./resources.ts";

/** The serialization methods: `files` and `shards` of OMS v1.0 (§6.3), `h1` and `h2` as first published. */
export type SerializationMethod = "files" | "shards" | "h1" | "h2";

/** All serialization methods. */
export const SERIALIZATION_METHODS: readonly SerializationMethod[] = ["files", "shards", "h1", "h2"];

/** How a model was serialized into resources (OMS v1.0 §5.2.2). */
export interface Serialization {
  readonly method: "files" | "shards";
  readonly hashAlgorithm: HashAlgorithm;
  /** Size of a shard in bytes. Only for `shards`. */
  readonly shardSize?: number;
  /** Whether symbolic links were followed. */
  readonly allowSymlinks: boolean;
  /** Paths relative to the model that were left out. Absent if the signature does not say. */
  readonly ignorePaths?: readonly string[];
}

/** A manifest of `files` or `shards`: every resource by name. */
export interface ResourceManifest {
  readonly serialization: Serialization;
  /** In the order of the root digest. */
  readonly resources: Resources;
}
