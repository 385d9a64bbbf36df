/** The in-toto statement about a model, in every published version of its format (OMS v1.0 §5, §6.6, §8.3). */
import { DIGEST_BYTES, HASH_ALGORITHMS } from "../hash/engines/engine.ts";
import { LIMITS } from "../limits.ts";
import type { ResourceManifest, Serialization } from "../manifest/manifest.ts";
import type { Resources } from "../manifest/resources.ts";
import { rootDigest } from "../manifest/resources.ts";
import { utf8Chunks } from "../io/utf8_chunks.ts";
import { asBoolean, asHexBytes, asList, asObject, asOneOf, asOpenObject, asText } from "../json/read.ts";
import { isPresent, jsonError, type JsonPath } from "../json/read.ts";
import { JsonCutter } from "../json/stream.ts";
import { ListPart } from "../json/list_part.ts";
import { type ReadResource, ResourceReader } from "./resource_reader.ts";
import type { Source } from "../io/byte_source.ts";

const STATEMENT_TYPE = "https://in-toto.io/Statement/v1";
const PREDICATE_TYPE = "https://model_signing/signature/v1.0";
/** The predicate of version 0.2 of the Python tool (OMS v1.0 §5.1). */
const OLD_PREDICATE_TYPE = "https://model_signing/Digests/v0.1";

/** A parsed statement. */
export interface Statement {
  /** Name of the model, for people only. Absent in the oldest version. */
  readonly modelName?: string;
  /** The root digest that the statement claims. Absent in the oldest version. */
  readonly rootDigest?: Uint8Array;
  readonly manifest: ResourceManifest;
}

/**
 * Writes the statement of a model (OMS v1.0 §6.5, §6.6).
 *
 * @param modelName Name of the model.
 * @param manifest Its manifest, sorted.
 * @returns The statement as JSON in UTF-8: the payload to sign. Each read writes it again, because it can be larger than
 * is good to hold in memory.
 */
export function serializeStatement(modelName: string, manifest: ResourceManifest): Source {
  const { method, hashAlgorithm, shardSize, allowSymlinks, ignorePaths } = manifest.serialization;
  const statement = {
    _type: STATEMENT_TYPE,
    subject: [{ name: modelName, digest: { sha256: rootDigest(manifest.resources).toHex() } }],
    predicateType: PREDICATE_TYPE,
    predicate: {
      serialization: {
        method,
        hash_type: hashAlgorithm,
        ...(shardSize === undefined ? {} : { shard_size: shardSize }),
        allow_symlinks: allowSymlinks,
        ...(ignorePaths === undefined ? {} : { ignore_paths: ignorePaths }),
      },
      resources: [],
    },
  };
  const head = JSON.stringify(statement).slice(0, -END.length);
  return { chunks: () => utf8Chunks(pieces(head, manifest)) };
}

/** The JSON after the last resource. */
const END = "]}}";

/** Resources per piece. Objects and strings for all of them at once would take gigabytes. */
const RESOURCES_PER_PIECE = 200;

function* pieces(head: string, manifest: ResourceManifest): Generator<string> {
  yield head;
  yield* resourcePieces(manifest);
  yield END;
}

/** The resources as JSON, without the brackets around them. */
function* resourcePieces({ serialization, resources }: ResourceManifest): Generator<string> {
  const algorithm = serialization.hashAlgorithm;
  for (let from = 0; from < resources.length; from += RESOURCES_PER_PIECE) {
    const items = Array.from({ length: Math.min(RESOURCES_PER_PIECE, resources.length - from) }, (_, i) => {
      return { name: resources.names.at(from + i), algorithm, digest: resources.digest(from + i).toHex() };
    });
    yield (from === 0 ? "" : ",") + JSON.stringify(items).slice(1, -1);
  }
}

/**
 * Parses a statement of any published version. Only its form is checked; `checkStatement` checks its content.
 *
 * @param payload The payload of an envelope whose signature was verified.
 * @returns The statement.
 * @throws {VerificationError} If it is not a statement about a model (`SIGNATURE_INVALID`).
 */
export function parseStatement(payload: Uint8Array): Statement {
  const reader = new StatementReader();
  reader.append(payload);
  return reader.finish();
}

/** Parses a statement as its bytes arrive. They may not be verified yet, so errors are thrown only at the end. */
export class StatementReader {
  readonly #subjects = new ResourceReader("subject", readSubjectResource);
  readonly #resources = new ResourceReader("predicate.resources", readResource);
  readonly #cutter: JsonCutter;
  #error: { cause: unknown } | undefined;
  #json: unknown;

  /**
   * Begins a statement.
   *
   * @param takeSubjects Takes batches of subjects as they are in the JSON, and returns whether it needs more.
   */
  constructor(takeSubjects: (items: readonly unknown[]) => boolean = () => false) {
    const subjects = new ListPart(PAYLOAD, (items) => {
      this.#subjects.add(items);
      return takeSubjects(items) || !this.#subjects.isRefused;
    });
    const resources = new ListPart(PAYLOAD, (items) => {
      this.#resources.add(items);
      return !this.#resources.isRefused;
    });
    this.#cutter = new JsonCutter([
      { path: ["subject"], opening: "[", part: subjects },
      { path: ["predicate", "resources"], opening: "[", part: resources },
    ], PAYLOAD);
  }

  /** Takes the next bytes of the payload. */
  append(bytes: Uint8Array): void {
    if (this.#error !== undefined) return;
    try {
      this.#cutter.append(bytes);
    } catch (error) {
      this.#error = { cause: error };
    }
  }

  /**
   * Ends the payload, which may be any JSON.
   *
   * @returns Its JSON, without the subjects and resources.
   * @throws {VerificationError} If it is not JSON, or larger than allowed (`SIGNATURE_INVALID`).
   */
  finishJson(): unknown {
    if (this.#error !== undefined) throw this.#error.cause;
    return this.#json ??= this.#cutter.finish();
  }

  /**
   * Ends the statement.
   *
   * @returns The statement. Call this only when the signature over the payload was verified.
   * @throws {VerificationError} If it is not a statement (`SIGNATURE_INVALID`).
   */
  finish(): Statement {
    const value = this.finishJson();
    const statement = asObject(value, "the statement", ["_type", "subject", "predicateType", "predicate"]);
    asOneOf(statement._type, "_type", [STATEMENT_TYPE]);
    const predicateType = asOneOf(statement.predicateType, "predicateType", [PREDICATE_TYPE, OLD_PREDICATE_TYPE]);
    asList(statement.subject, "subject", Infinity);
    if (predicateType === OLD_PREDICATE_TYPE) {
      if (this.#resources.isRefused) throw jsonError("predicate.resources", "is not a list of resources");
      return legacyStatement(this.#subjects);
    }

    const predicate = asObject(statement.predicate, "predicate", ["resources", "serialization"]);
    const serialization = parseSerialization(predicate.serialization);
    const subject = parseSubject(this.#subjects);
    asList(predicate.resources, "predicate.resources", Infinity);
    return { ...subject, manifest: { serialization, resources: resourcesOf(this.#resources, serialization) } };
  }
}

const PAYLOAD = "the payload";

function parseSubject({ count, first }: ResourceReader): { modelName: string; rootDigest: Uint8Array } {
  if (count !== 1) {
    throw jsonError("subject", `has ${count === 0 ? "no" : "several"} items: exactly one is required`);
  }
  const subject = asOpenObject(first, "subject[0]");
  const digest = asOpenObject(subject.digest, "subject[0].digest");
  return {
    modelName: asText(subject.name, "subject[0].name"),
    rootDigest: asHexBytes(digest.sha256, "subject[0].digest.sha256", DIGEST_BYTES.sha256),
  };
}

function parseSerialization(value: unknown): Serialization {
  const path = "predicate.serialization";
  const fields = asObject(value, path, ["method", "hash_type", "shard_size", "allow_symlinks", "ignore_paths"]);
  const method = asOneOf(fields.method, `${path}.method`, ["files", "shards"]);
  return {
    method,
    hashAlgorithm: asOneOf(fields.hash_type, `${path}.hash_type`, HASH_ALGORITHMS),
    allowSymlinks: asBoolean(fields.allow_symlinks, `${path}.allow_symlinks`),
    ...parseShardSize(method, fields.shard_size, `${path}.shard_size`),
    ...parseIgnorePaths(fields.ignore_paths, `${path}.ignore_paths`),
  };
}

function parseShardSize(method: "files" | "shards", value: unknown, path: string): { shardSize?: number } {
  if (method === "files") {
    if (isPresent(value)) throw jsonError(path, "is not allowed with the method files");
    return {};
  }
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 1) {
    throw jsonError(path, "is not a whole number of at least 1");
  }
  return { shardSize: value };
}

function parseIgnorePaths(value: unknown, path: string): { ignorePaths?: string[] } {
  if (!isPresent(value)) return {};
  return { ignorePaths: asList(value, path, LIMITS.ignorePaths).map((item, i) => asText(item, `${path}[${i}]`)) };
}

function resourcesOf(reader: ResourceReader, { hashAlgorithm, shardSize }: Serialization): Resources {
  // The Python tool has its own name for the algorithm of shards. Any other is an error (§6.3.2).
  const allowed = [hashAlgorithm, ...(shardSize === undefined ? [] : [`${hashAlgorithm}-sharded-${shardSize}`])];
  return reader.finish((algorithm, path) => {
    if (allowed.includes(algorithm)) return;
    throw jsonError(`${path}.algorithm`, `is not ${hashAlgorithm}, the hash_type of the serialization`);
  });
}

/** Only a resource descriptor may have unknown members (OMS v1.0 §5.2.1). */
function readResource(item: unknown, path: JsonPath): ReadResource {
  const { name, algorithm, digest } = asOpenObject(item, path);
  return {
    algorithm: asText(algorithm, `${path}.algorithm`),
    name: asText(name, `${path}.name`),
    digest,
    path: `${path}.digest`,
  };
}

/** The oldest version: each file is a subject with SHA-256, and the statement does not record how files were found. */
function legacyStatement(subjects: ResourceReader): Statement {
  const serialization = { method: "files", hashAlgorithm: "sha256", allowSymlinks: false } as const;
  return { manifest: { serialization, resources: subjects.finish(() => {}) } };
}

function readSubjectResource(item: unknown, path: JsonPath): ReadResource {
  const subject = asObject(item, path, ["name", "digest", "annotations"]);
  const digest = asObject(subject.digest, `${path}.digest`, ["sha256"]);
  if (isPresent(subject.annotations)) {
    const annotations = asObject(subject.annotations, `${path}.annotations`, ["actual_hash_algorithm"]);
    asOneOf(annotations.actual_hash_algorithm, `${path}.annotations.actual_hash_algorithm`, ["file-sha256"]);
  }
  return {
    name: asText(subject.name, `${path}.name`),
    algorithm: "sha256",
    digest: digest.sha256,
    path: `${path}.digest.sha256`,
  };
}
