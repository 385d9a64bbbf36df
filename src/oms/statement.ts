/** The in-toto statement that says what was signed (OMS v1.0 §5, §6.6, §8.3). */
import { DIGEST_BYTES, HASH_ALGORITHMS } from "../hash/engines/engine.ts";
import { LIMITS } from "../limits.ts";
import type { ResourceManifest, Resources, Serialization } from "../manifest/manifest.ts";
import { rootDigest } from "../manifest/root_digest.ts";
import { utf8Chunks } from "../io/utf8_chunks.ts";
import { asBoolean, asHexBytes, asList, asObject, asOneOf, asOpenObject, asText } from "../json/read.ts";
import { isPresent, jsonError, type Place } from "../json/read.ts";
import { JsonCutter } from "../json/stream.ts";
import { ListPart } from "../json/list_part.ts";
import { type ReadResource, ResourceReader } from "./resource_reader.ts";
import type { Source } from "../io/byte_source.ts";

const STATEMENT_TYPE = "https://in-toto.io/Statement/v1";
const PREDICATE_TYPE = "https://model_signing/signature/v1.0";
/** The predicate of version 0.2 of the Python tool (OMS v1.0 §5.1). */
const OLD_PREDICATE_TYPE = "https://model_signing/Digests/v0.1";

/** What a statement says. */
export interface Statement {
  /** Name of the model, for people only. Absent in the oldest form. */
  readonly modelName?: string;
  /** The root digest that the statement claims. Absent in the oldest form. */
  readonly rootDigest?: Uint8Array;
  readonly manifest: ResourceManifest;
}

/**
 * Writes the statement of a model (OMS v1.0 §6.5, §6.6).
 *
 * @param modelName Name of the model.
 * @param manifest Its manifest, sorted.
 * @returns The statement as JSON in UTF-8: the payload to sign. It is written anew each time it is read, as it may be
 * larger than is good to hold in memory.
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

/** What stands behind the last resource. */
const END = "]}}";

/** So many resources are written at once: of all of them together the objects and texts would take gigabytes. */
const PIECE = 200;

function* pieces(head: string, manifest: ResourceManifest): Generator<string> {
  yield head;
  yield* resourcePieces(manifest);
  yield END;
}

/** The resources as JSON, without the brackets around them. */
function* resourcePieces({ serialization, resources }: ResourceManifest): Generator<string> {
  const algorithm = serialization.hashAlgorithm;
  for (let from = 0; from < resources.length; from += PIECE) {
    const items = Array.from({ length: Math.min(PIECE, resources.length - from) }, (_, i) => {
      return { name: resources.names.at(from + i), algorithm, digest: resources.digest(from + i).toHex() };
    });
    yield (from === 0 ? "" : ",") + JSON.stringify(items).slice(1, -1);
  }
}

/**
 * Reads a statement of any published version. Only its form is checked; `checkStatement` checks what it says.
 *
 * @param payload The payload of an envelope whose signature was verified.
 * @returns What it says.
 * @throws {VerificationError} If it is not such a statement (`SIGNATURE_INVALID`).
 */
export function parseStatement(payload: Uint8Array): Statement {
  const reader = new StatementReader();
  reader.append(payload);
  return reader.finish();
}

/**
 * Reads a statement as its bytes come, while it may not be known yet whether they are to be believed: what is wrong with
 * it is said in the end.
 */
export class StatementReader {
  readonly #subjects = new ResourceReader("subject", readSubjectResource);
  readonly #resources = new ResourceReader("predicate.resources", readResource);
  readonly #cutter: JsonCutter;
  #failure: { error: unknown } | undefined;
  #json: unknown;

  /**
   * Begins a statement.
   *
   * @param takeSubjects Takes the subjects as they are in the JSON, some at a time, and says whether it needs more.
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
    if (this.#failure !== undefined) return;
    try {
      this.#cutter.append(bytes);
    } catch (error) {
      this.#failure = { error };
    }
  }

  /**
   * Ends the payload, whatever statement it is.
   *
   * @returns Its JSON, without the subjects and resources.
   * @throws {VerificationError} If it is not JSON, or larger than allowed (`SIGNATURE_INVALID`).
   */
  finishJson(): unknown {
    if (this.#failure !== undefined) throw this.#failure.error;
    return this.#json ??= this.#cutter.finish();
  }

  /**
   * Ends the statement.
   *
   * @returns What it says; to be asked for only when the signature over the payload was verified.
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
      return oldStatement(this.#subjects);
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
  if (count !== 1) throw jsonError("subject", `holds ${count === 0 ? "0" : "several"} entries: exactly one is needed`);
  const subject = asOpenObject(first, "subject[0]");
  const digest = asOpenObject(subject.digest, "subject[0].digest");
  return {
    modelName: asText(subject.name, "subject[0].name"),
    rootDigest: asHexBytes(digest.sha256, "subject[0].digest.sha256", DIGEST_BYTES.sha256),
  };
}

function parseSerialization(value: unknown): Serialization {
  const place = "predicate.serialization";
  const fields = asObject(value, place, ["method", "hash_type", "shard_size", "allow_symlinks", "ignore_paths"]);
  const method = asOneOf(fields.method, `${place}.method`, ["files", "shards"]);
  return {
    method,
    hashAlgorithm: asOneOf(fields.hash_type, `${place}.hash_type`, HASH_ALGORITHMS),
    allowSymlinks: asBoolean(fields.allow_symlinks, `${place}.allow_symlinks`),
    ...parseShardSize(method, fields.shard_size, `${place}.shard_size`),
    ...parseIgnorePaths(fields.ignore_paths, `${place}.ignore_paths`),
  };
}

function parseShardSize(method: "files" | "shards", value: unknown, place: string): { shardSize?: number } {
  if (method === "files") {
    if (isPresent(value)) throw jsonError(place, "is there although the method is files");
    return {};
  }
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 1) {
    throw jsonError(place, "is not a whole number of at least 1");
  }
  return { shardSize: value };
}

function parseIgnorePaths(value: unknown, place: string): { ignorePaths?: string[] } {
  if (!isPresent(value)) return {};
  return { ignorePaths: asList(value, place, LIMITS.ignorePaths).map((path, i) => asText(path, `${place}[${i}]`)) };
}

function resourcesOf(reader: ResourceReader, { hashAlgorithm, shardSize }: Serialization): Resources {
  // The Python tool names the algorithm of shards in a way of its own; any other than these two is an error (§6.3.2).
  const allowed = [hashAlgorithm, ...(shardSize === undefined ? [] : [`${hashAlgorithm}-sharded-${shardSize}`])];
  return reader.finish((algorithm, place) => {
    if (allowed.includes(algorithm)) return;
    throw jsonError(`${place}.algorithm`, `is not ${hashAlgorithm}, the hash_type of the serialization`);
  });
}

/** Members that are not known are allowed in a resource descriptor, and there alone (OMS v1.0 §5.2.1). */
function readResource(item: unknown, place: Place): ReadResource {
  const { name, algorithm, digest } = asOpenObject(item, place);
  return {
    algorithm: asText(algorithm, `${place}.algorithm`),
    name: asText(name, `${place}.name`),
    digest,
    place: `${place}.digest`,
  };
}

/** The oldest form: each file is a subject, always SHA-256, and nothing is said of how the files were found. */
function oldStatement(subjects: ResourceReader): Statement {
  const serialization = { method: "files", hashAlgorithm: "sha256", allowSymlinks: false } as const;
  return { manifest: { serialization, resources: subjects.finish(() => {}) } };
}

function readSubjectResource(item: unknown, place: Place): ReadResource {
  const subject = asObject(item, place, ["name", "digest", "annotations"]);
  const digest = asObject(subject.digest, `${place}.digest`, ["sha256"]);
  if (isPresent(subject.annotations)) {
    const annotations = asObject(subject.annotations, `${place}.annotations`, ["actual_hash_algorithm"]);
    asOneOf(annotations.actual_hash_algorithm, `${place}.annotations.actual_hash_algorithm`, ["file-sha256"]);
  }
  return {
    name: asText(subject.name, `${place}.name`),
    algorithm: "sha256",
    digest: digest.sha256,
    place: `${place}.digest.sha256`,
  };
}
