/** Reads Rekor v1: entries and proofs one by one from its database. */
import { VerificationError } from "../../errors.ts";
import { ask, askForJson, parseAnswer, type ServiceRequest } from "../../io/http.ts";
import { type Checkpoint, isSameTree, verifyReceivedCheckpoint } from "./checkpoint.ts";
import { type LogEntry, LogReader, missing } from "./log_reader.ts";
import { checkpointError } from "./note.ts";
import {
  asBytes,
  asCount,
  asProof,
  asReplies,
  asReply,
  asText,
  type LogEndpoint,
  type Reply,
  request,
} from "./reply.ts";
import { replyError } from "./tiles.ts";
import type { SignedEntryTimestamp } from "./signed_entry_timestamp.ts";
import type { AskOptions, RawEntry, RawInclusion, TreeSource } from "./tree_source.ts";

/** The most entries that the server gives at once. */
const CHUNK = 10;

/** So many requests at once keep a server busy but not out of breath. */
const PARALLEL = 8;

/** Entries to a consistency proof. */
const BATCH = 500;

/** Trees that a log may have gone through: the public one has had two in five years. */
const MAX_SHARDS = 100;

/** Ten entries, each with its proof, and the largest with what it attests. */
const MAX_BYTES = 16_000_000;

/**
 * The trees of a Rekor v1: those that it went through, oldest first, and the one that it now appends to.
 *
 * @param endpoint The log.
 * @param options How to ask.
 * @returns A reader of each.
 * @throws {VerificationError} If a checkpoint is not signed by the log (`LOG_CHECKPOINT`).
 */
export async function readTreesV1(endpoint: LogEndpoint, options: AskOptions): Promise<LogReader[]> {
  const asked = request(endpoint, "api/v1/log", options);
  const info = asReply(await askForJson(asked), asked.url);
  const inactive = asReplies(info.inactiveShards ?? [], asked.url, MAX_SHARDS);
  let offset = 0;
  return [...inactive, info].map((value) => {
    const shard = asReply(value, asked.url);
    const checkpoint = readCheckpoint(asText(shard.signedTreeHead, asked.url), endpoint, asked.url);
    const source = new RekorV1Tree(endpoint, checkpoint, offset);
    offset += checkpoint.treeSize;
    return new LogReader(endpoint.base.href, source, endpoint.keys);
  });
}

/**
 * The checkpoint of the tree that a Rekor v1 appends to.
 *
 * @param endpoint The log.
 * @param options How to ask.
 * @returns The checkpoint, verified.
 * @throws {VerificationError} If it is not signed by the log (`LOG_CHECKPOINT`).
 */
export async function readActiveCheckpointV1(endpoint: LogEndpoint, options: AskOptions): Promise<Checkpoint> {
  const asked = request(endpoint, "api/v1/log", options);
  const info = asReply(await askForJson(asked), asked.url);
  return readCheckpoint(asText(info.signedTreeHead, asked.url), endpoint, asked.url);
}

/** A checkpoint of a tree of this version names the tree. */
function readCheckpoint(note: string, endpoint: LogEndpoint, where: URL): Checkpoint {
  const checkpoint = verifyReceivedCheckpoint(note, endpoint.keys, where.href);
  if (checkpoint.treeId === undefined) throw checkpointError("it does not name a tree, as those of Rekor v1 do");
  return checkpoint;
}

class RekorV1Tree implements TreeSource {
  readonly chunk = CHUNK;
  readonly parallel = PARALLEL;
  readonly batch = BATCH;
  readonly checkpoint: Checkpoint;
  readonly offset: number;
  readonly #endpoint: LogEndpoint;

  constructor(endpoint: LogEndpoint, checkpoint: Checkpoint, offset: number) {
    this.checkpoint = checkpoint;
    this.offset = offset;
    this.#endpoint = endpoint;
  }

  async consistencyProof(from: number, to: number, options: AskOptions): Promise<Uint8Array[]> {
    const query = new URLSearchParams({
      firstSize: `${from}`,
      lastSize: `${to}`,
      treeID: this.checkpoint.treeId!,
    });
    const asked = request(this.#endpoint, `api/v1/log/proof?${query}`, options);
    return asProof(asReply(await askForJson(asked), asked.url).hashes, asked.url);
  }

  async entries(start: number, end: number, options: AskOptions): Promise<RawEntry[]> {
    const logIndexes = Array.from({ length: end - start }, (_, i) => this.offset + start + i);
    const asked = postJson(this.#endpoint, "api/v1/log/entries/retrieve", { logIndexes }, options);
    const answers = asReplies(await askForJson(asked), asked.url, logIndexes.length);
    const found = new Map(answers.map((one) => readEntry(one, asked.url)).map((one) => [one.logIndex, one]));
    const entries = logIndexes.map((index) => found.get(index)).filter((one) => one !== undefined);
    if (entries.length === logIndexes.length) return entries;
    if (answers.length === logIndexes.length) throw substituted(logIndexes[0]!, this.offset + end);
    throw missing(logIndexes[0]!, this.offset + end, entries.length);
  }

  async inclusion(index: number, options: AskOptions): Promise<RawInclusion> {
    const logIndex = this.offset + index;
    const path = `api/v1/log/entries?logIndex=${logIndex}`;
    const asked = { ...request(this.#endpoint, path, options), maxBytes: MAX_BYTES, accept: [404] };
    const answer = await ask(asked);
    if (answer.status === 404) throw missing(logIndex, logIndex + 1, 0);
    const entry = readEntry(parseAnswer(asked, answer), asked.url);
    if (entry.logIndex !== logIndex) throw missing(logIndex, logIndex + 1, 0);
    return { entry, ...readProof(entry, this.#endpoint, asked.url) };
  }
}

/** The log did answer for each index, but with entries of other places. */
function substituted(start: number, end: number): VerificationError {
  return new VerificationError(
    "LOG_INCLUSION",
    `The transparency log contradicts itself: asked for the entries ${start} to ${end - 1}, it answered with others`,
  );
}

/** What the search index of Rekor v1 can be asked for. */
export type IndexQuery = { readonly email: string } | { readonly subject: string } | { readonly hash: string };

/** More entries than these under one name are not for a first look. */
const MAX_FOUND = 10_000;

/**
 * Looks in the log's search index. Each entry found is proven to be in the log; that all are found is not, as no tree
 * stands behind the index.
 *
 * @param endpoint The log.
 * @param query What to look for.
 * @param trees The trees of the log.
 * @param options How to ask.
 * @returns The entries, by rising index.
 * @throws {VerificationError} If an entry is not in the log (`LOG_INCLUSION`).
 */
export async function searchV1(
  endpoint: LogEndpoint,
  query: IndexQuery,
  trees: readonly LogReader[],
  options: AskOptions,
): Promise<LogEntry[]> {
  const ids = await askForIds(endpoint, query, options);
  const found = new Map<number, LogEntry>();
  for (let at = 0; at < ids.length; at += CHUNK) {
    for (const entry of await readByIds(endpoint, ids.slice(at, at + CHUNK), trees, options)) {
      found.set(entry.index, entry);
    }
  }
  return [...found.values()].sort((a, b) => a.index - b.index);
}

async function askForIds(endpoint: LogEndpoint, query: IndexQuery, options: AskOptions): Promise<string[]> {
  const asked = postJson(endpoint, "api/v1/index/retrieve", query, options);
  const ids = asReplies(await askForJson(asked), asked.url, MAX_FOUND).map((id) => asText(id, asked.url));
  if (ids.some((id) => !/^(?:[0-9a-f]{16})?[0-9a-f]{64}$/.test(id))) {
    throw replyError(asked.url.href, "its answer holds what is no id of an entry");
  }
  return [...new Set(ids)];
}

async function readByIds(
  endpoint: LogEndpoint,
  entryUUIDs: readonly string[],
  trees: readonly LogReader[],
  options: AskOptions,
): Promise<LogEntry[]> {
  const asked = postJson(endpoint, "api/v1/log/entries/retrieve", { entryUUIDs }, options);
  const answers = asReplies(await askForJson(asked), asked.url, MAX_FOUND);
  return answers.map((answer) => {
    const entry = readEntry(answer, asked.url);
    const { proof, checkpoint, index } = readProof(entry, endpoint, asked.url);
    const tree = trees.find((one) => isSameTree(one.checkpoint, checkpoint));
    if (tree === undefined) {
      throw checkpointError(`it is of ${checkpoint.origin}, which the log does not name as its tree`);
    }
    return tree.prove(index, { entry, proof, checkpoint });
  });
}

function postJson(endpoint: LogEndpoint, path: string, value: unknown, options: AskOptions): ServiceRequest {
  return {
    ...request(endpoint, path, options),
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(value),
    maxBytes: MAX_BYTES,
  };
}

function readProof(entry: Answer, endpoint: LogEndpoint, where: URL): Omit<RawInclusion, "entry"> & { index: number } {
  const proof = asReply(entry.verification.inclusionProof, where);
  const checkpoint = readCheckpoint(asText(proof.checkpoint, where), endpoint, where);
  return { proof: asProof(proof.hashes, where), checkpoint, index: asCount(proof.logIndex, where) };
}

/** What the server says of an entry. */
interface Answer extends RawEntry {
  readonly logIndex: number;
  readonly verification: Reply;
}

/** The one entry in an answer of the form `{ID: entry}`. */
function readEntry(answer: unknown, where: URL): Answer {
  const entries = Object.values(asReply(answer, where));
  const [entry] = asReplies(entries, where, 1).map((one) => asReply(one, where));
  if (entry === undefined) throw new VerificationError("LOG_ENTRY_MISSING", "The transparency log has no such entry");
  const logIndex = asCount(entry.logIndex, where);
  const verification = asReply(entry.verification ?? {}, where);
  return {
    body: asBytes(entry.body, where),
    logIndex,
    verification,
    time: readTime(entry, verification, logIndex, where),
  };
}

function readTime(entry: Reply, verification: Reply, logIndex: number, where: URL): SignedEntryTimestamp | undefined {
  const { signedEntryTimestamp } = verification;
  const logId = asText(entry.logID, where);
  if (signedEntryTimestamp === undefined || !/^[0-9a-f]{64}$/.test(logId)) return undefined;
  const integratedTime = asCount(entry.integratedTime, where);
  return { integratedTime, logIndex, logId, signature: asBytes(signedEntryTimestamp, where) };
}
