/** What the statement in a signature claims, read leniently for `inspect`. */
import { VerificationError } from "../errors.ts";
import { asList, asOpenObject, asText, isPresent, jsonError, type JsonObject } from "../json/read.ts";
import { LIMITS } from "../limits.ts";
import { parseShardName } from "../manifest/shards.ts";
import type { ResourceManifest } from "../manifest/manifest.ts";
import { StatementReader } from "./statement.ts";

/** A subject of a statement. */
export interface ClaimedSubject {
  name: string | null;
  digest: Record<string, string>;
}

/** What a statement claims. Members beside the subjects are absent if it is not about a model. */
export interface ClaimedModel {
  predicateType: string | null;
  subjects: ClaimedSubject[];
  serialization?: string;
  hashAlgorithm?: string;
  files?: number;
  bytes?: number;
  ignorePaths?: string[] | null;
}

/** Reads what a payload claims, as its bytes arrive, if it is an in-toto statement. */
export class ClaimedStatement {
  readonly #subjects: ClaimedSubject[] = [];
  #error: { cause: unknown } | undefined;
  readonly #reader = new StatementReader((items) => this.#addSubjects(items));

  /** Takes the next bytes of the payload. */
  append(bytes: Uint8Array): void {
    this.#reader.append(bytes);
  }

  /**
   * Ends the payload.
   *
   * @returns What it claims.
   * @throws {VerificationError} If it is not a JSON object, or holds more than allowed (`SIGNATURE_INVALID`).
   */
  finish(): ClaimedModel {
    const { predicateType, subject } = asOpenObject(this.#reader.finishJson(), "the statement");
    if (this.#error !== undefined) throw this.#error.cause;
    if (isPresent(subject)) asList(subject, "subject", Infinity);
    const manifest = this.#readManifest();
    return {
      predicateType: typeof predicateType === "string" ? predicateType : null,
      subjects: this.#subjects,
      ...(manifest === undefined ? {} : describeManifest(manifest)),
    };
  }

  #addSubjects(items: readonly unknown[]): boolean {
    if (this.#error !== undefined) return false;
    try {
      for (const item of items) this.#addSubject(item);
      return true;
    } catch (error) {
      this.#error = { cause: error };
      return false;
    }
  }

  #addSubject(item: unknown): void {
    const path = `subject[${this.#subjects.length}]`;
    const subject = readSubject(asOpenObject(item, path));
    if (this.#subjects.push(subject) > LIMITS.resources) {
      throw jsonError("subject", `holds too many items: at most ${LIMITS.resources} are allowed`);
    }
  }

  /** A statement about something other than a model has no manifest, and an invalid one is shown as far as it can be read. */
  #readManifest(): ResourceManifest | undefined {
    try {
      return this.#reader.finish().manifest;
    } catch (error) {
      if (error instanceof VerificationError) return undefined;
      throw error;
    }
  }
}

/** In-toto defines about 20 algorithms. */
const MAX_DIGESTS = 32;

function readSubject(subject: JsonObject): ClaimedSubject {
  const digests = isPresent(subject.digest) ? Object.entries(asOpenObject(subject.digest, "digest")) : [];
  if (digests.length > MAX_DIGESTS) throw jsonError("subject", `has an item with more than ${MAX_DIGESTS} digests`);
  return {
    name: typeof subject.name === "string" ? subject.name : null,
    digest: Object.fromEntries(digests.map(([algorithm, hex]) => [algorithm, asText(hex, "a digest of the subject")])),
  };
}

function describeManifest({ serialization, resources }: ResourceManifest): Partial<ClaimedModel> {
  const { method, hashAlgorithm, ignorePaths } = serialization;
  const described = {
    serialization: method,
    hashAlgorithm,
    ignorePaths: ignorePaths === undefined ? null : [...ignorePaths],
  };
  if (method === "files") return { ...described, files: resources.length };
  const ranges = Array.from(resources.names, parseShardName).filter((range) => range !== undefined);
  return {
    ...described,
    files: new Set(ranges.map((range) => range.file)).size,
    bytes: ranges.reduce((sum, range) => sum + range.end - range.start, 0),
  };
}
