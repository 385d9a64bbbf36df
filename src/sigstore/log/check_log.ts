/** Asks a log now whether it still holds what a bundle says that it holds. */
import type { TransparencyLogEntry, TrustedRoot } from "@sigstore/protobuf-specs";
import { VerificationError } from "../../errors.ts";
import { quote } from "../../text/quote.ts";
import { bytesEqual } from "../../text/bytes_equal.ts";
import { type Checkpoint, isSameTree, verifyCheckpoint } from "./checkpoint.ts";
import { untilConfirmed } from "./contradiction.ts";
import { type LogKey, logKeys } from "./log_key.ts";
import type { LogReader, ProvenInclusion } from "./log_reader.ts";
import { leafHash, verifyInclusion } from "./merkle.ts";
import { type OpenLog, openLog } from "./open_log.ts";
import type { AskOptions } from "./tree_source.ts";

/** What a log said when it was asked. */
export interface LogCheck {
  /** The log's address. */
  readonly log: string;
  /** The tree, as its checkpoints name it. */
  readonly origin: string;
  /** The entry's index in the log. */
  readonly logIndex: number;
  /** Size of the tree now, under whose signed checkpoint the entry stands. */
  readonly treeSize: number;
  /** Hash of the tree now, in lowercase hex. */
  readonly rootHash: string;
  /** Size of the tree when the bundle was made, with which the present one is consistent; `null`: it does not say. */
  readonly bundleTreeSize: number | null;
}

/** How to ask. */
export interface CheckLogOptions extends AskOptions {
  /** Addresses at which logs are read, where they differ from those in the trusted root. Same hosts only. */
  readonly urls?: readonly string[] | undefined;
}

/**
 * Makes sure that an entry of a bundle still stands in its log: under the log's current checkpoint, which is consistent
 * with the one in the bundle. It is a second look, besides the bundle's own proof: it finds a log that shows different
 * trees to different people, or that was rolled back.
 *
 * @param entry The entry of the bundle.
 * @param root The trusted root, which alone gives the log's key.
 * @param options How to ask.
 * @returns What the log said, verified.
 * @throws {VerificationError} If the log does not hold the entry, or contradicts the bundle (`LOG_CHECKPOINT`,
 * `LOG_CONSISTENCY`, `LOG_INCLUSION`, `LOG_ENTRY_MISSING`, `LOG_ENTRY_CHANGED`).
 * @throws {UnavailableError} If the log cannot be reached.
 */
export async function checkLog(
  entry: TransparencyLogEntry,
  root: TrustedRoot,
  options: CheckLogOptions = {},
): Promise<LogCheck> {
  const { urls = [], ...asking } = options;
  const key = entryKey(entry, logKeys(root));
  const before = checkpointOf(entry, key);
  const isV2 = before !== undefined && before.treeId === undefined;
  const url = urls.find((one) => URL.parse(one)?.hostname === key.names.at(-1)) ?? key.url;
  const log = await openLog(url, root, { ...asking, version: isV2 ? 2 : 1 });
  const logIndex = asIndex(entry.logIndex);
  const { now, newest } = await untilConfirmed(asking, () => readInclusion(log, before, logIndex, asking));
  if (!bytesEqual(now.entry.body, entry.canonicalizedBody)) {
    throw new VerificationError(
      "LOG_ENTRY_CHANGED",
      `The transparency log ${quote(log.url)} holds another entry at index ${logIndex} than the signature says`,
    );
  }
  return {
    log: log.url,
    origin: newest.origin,
    logIndex,
    treeSize: newest.treeSize,
    rootHash: newest.rootHash.toHex(),
    bundleTreeSize: before?.treeSize ?? null,
  };
}

/** The entry as the log holds it now, and the newest checkpoint of its tree. */
async function readInclusion(
  log: OpenLog,
  before: Checkpoint | undefined,
  logIndex: number,
  asking: AskOptions,
): Promise<{ now: ProvenInclusion; newest: Checkpoint }> {
  const tree = findTree(await log.trees({ ...asking, seen: before }), before, logIndex);
  if (before !== undefined) await tree.consistency(before, tree.checkpoint, asking);
  const now = await tree.inclusion(logIndex - tree.offset, asking);
  return { now, newest: await meet(tree, now.checkpoint, asking) };
}

function entryKey({ logId }: TransparencyLogEntry, keys: readonly LogKey[]): LogKey {
  const key = logId && keys.find((one) => bytesEqual(one.logId, logId.keyId));
  if (key === undefined) {
    throw new VerificationError("LOG_UNKNOWN", "Cannot ask the log: the entry is of a log that is not trusted");
  }
  return key;
}

/** The checkpoint in the bundle; bundles of the first version may have none. */
function checkpointOf(entry: TransparencyLogEntry, key: LogKey): Checkpoint | undefined {
  const proof = entry.inclusionProof;
  const note = proof?.checkpoint?.envelope;
  if (proof === undefined || !note) return undefined;
  const checkpoint = verifyCheckpoint(note, [key]);
  verifyInclusion(asIndex(proof.logIndex), leafHash(entry.canonicalizedBody), proof.hashes, checkpoint);
  return checkpoint;
}

function findTree(trees: readonly LogReader[], before: Checkpoint | undefined, logIndex: number): LogReader {
  const tree = before === undefined
    ? trees.findLast((one) => one.offset <= logIndex)
    : trees.find((one) => isSameTree(one.checkpoint, before));
  if (tree === undefined || tree.offset > logIndex) {
    throw new VerificationError(
      "LOG_ENTRY_MISSING",
      "The transparency log no longer has the tree that holds the entry",
    );
  }
  return tree;
}

/** The log may have grown between two answers; whichever is the later must begin with the other. */
async function meet(tree: LogReader, other: Checkpoint, options: AskOptions): Promise<Checkpoint> {
  const [earlier, later] = other.treeSize < tree.checkpoint.treeSize
    ? [other, tree.checkpoint]
    : [tree.checkpoint, other];
  await tree.consistency(earlier, later, options);
  return later;
}

function asIndex(text: string): number {
  const index = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(index)) {
    throw new VerificationError("LOG_INCLUSION", "Cannot find the entry in the log: its index is not a number");
  }
  return index;
}
