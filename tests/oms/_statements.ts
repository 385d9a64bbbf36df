/** Statements for tests: good ones to begin with, and the tables of those that must be refused. */
import { createHash } from "node:crypto";
import type { Json } from "./_forge.ts";

/** Hex SHA-256 of a text or of bytes. */
export function sha256Hex(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

/** A resource of `files` with SHA-256: by default the content is the name. */
export function resource(name: string, content: string | Uint8Array = name): Json {
  return { name, algorithm: "sha256", digest: sha256Hex(content) };
}

/** The root digest over resources in the order in which they stand. */
export function rootOf(resources: Json[]): string {
  const hash = createHash("sha256");
  for (const { digest } of resources) hash.update(String(digest), "hex");
  return hash.digest("hex");
}

/** The statement of some resources, with the right root digest; members of the serialization may be added or changed. */
export function statementOf(resources: Json[], serialization: Json = {}): Json {
  return {
    _type: "https://in-toto.io/Statement/v1",
    subject: [{ name: "model", digest: { sha256: rootOf(resources) } }],
    predicateType: "https://model_signing/signature/v1.0",
    predicate: {
      serialization: { method: "files", hash_type: "sha256", allow_symlinks: false, ...serialization },
      resources,
    },
  };
}

/** A statement of files, each of which holds its own name. */
export function filesStatement(...names: string[]): Json {
  return statementOf(names.map((name) => resource(name)));
}

/** A statement of shards of four bytes, by the names of the shards. */
export function shardsStatement(...names: string[]): Json {
  return statementOf(names.map((name) => resource(name)), { method: "shards", shard_size: 4 });
}

/** A statement as version 0.2 of the Python tool wrote them: each file is a subject. */
export function oldStatement(...names: string[]): Json {
  return {
    _type: "https://in-toto.io/Statement/v1",
    subject: names.map((name) => ({
      name,
      digest: { sha256: sha256Hex(name) },
      annotations: { actual_hash_algorithm: "file-sha256" },
    })),
    predicateType: "https://model_signing/Digests/v0.1",
    predicate: { unused: "Unused, just passed due to API requirements" },
  };
}
