/** Checkpoints (C2SP tlog-checkpoint): a log's signed statement about its size and content. */
import { decodeBase64 } from "../../json/base64.ts";
import { VerificationError } from "../../errors.ts";
import { quote } from "../../text/quote.ts";
import { bytesEqual } from "../../text/bytes_equal.ts";
import type { LogKey } from "./log_key.ts";
import { HASH_BYTES, type TreeHead } from "./merkle.ts";
import { checkpointError, type NoteSignature, parseNote, type SignedNote } from "./note.ts";
import { replyError } from "./tiles.ts";

/** A checkpoint whose signature is verified. Only this module makes one. */
export interface Checkpoint extends TreeHead {
  /** Which tree it describes: the log's name, followed by the tree ID with Rekor v1. */
  readonly origin: string;
  /** The name under which the log signed it: that in the origin. */
  readonly name: string;
  /** The tree ID in decimal digits, with Rekor v1. */
  readonly treeId: string | undefined;
  /** The key that signed it. */
  readonly key: LogKey;
  /** The signed note, to keep as evidence: the text and the log's own signature, without those of witnesses. */
  readonly note: string;
}

/** Logs add one or two extension lines, if any. */
const MAX_LINES = 32;

/** A well-formed checkpoint; nothing about it is verified. */
interface UnverifiedCheckpoint extends TreeHead {
  readonly note: SignedNote;
  readonly origin: string;
  /** The name of the log, the first part of the origin. */
  readonly name: string;
  readonly treeId: string | undefined;
}

/**
 * Parses a checkpoint and verifies its signature. Signatures by others, such as witnesses, are ignored; one must be by a
 * trusted key under the log's own name, and the checkpoint must be about that log.
 *
 * @param note The signed note.
 * @param keys The trusted keys.
 * @returns The checkpoint.
 * @throws {VerificationError} If it is malformed, or not signed by the log that it is of (`LOG_CHECKPOINT`).
 */
export function verifyCheckpoint(note: string, keys: readonly LogKey[]): Checkpoint {
  return verify(parseCheckpoint(note), keys);
}

/**
 * Does the same for a checkpoint that a server just sent. A checkpoint that is not even well-formed, such as an error page
 * of a proxy, says nothing about the log: the reply is unusable, that is all.
 *
 * @param note What the server sent.
 * @param keys The trusted keys.
 * @param where The address that was asked.
 * @returns The checkpoint.
 * @throws {UnavailableError} If it is malformed (`LOG_REPLY`).
 * @throws {VerificationError} If it is not signed by the log that it is about (`LOG_CHECKPOINT`).
 */
export function verifyReceivedCheckpoint(note: string, keys: readonly LogKey[], where: string): Checkpoint {
  return verify(parseReceivedCheckpoint(note, where), keys);
}

/** Whether a text is a well-formed checkpoint. Its signatures are not verified. */
export function isCheckpoint(text: string): boolean {
  try {
    parseCheckpoint(text);
    return true;
  } catch (error) {
    if (error instanceof VerificationError) return false;
    throw error;
  }
}

function parseReceivedCheckpoint(note: string, where: string): UnverifiedCheckpoint {
  try {
    return parseCheckpoint(note);
  } catch (error) {
    if (!(error instanceof VerificationError)) throw error;
    const start = note.trim() === "" ? "it is empty" : `it begins with ${quote(note.trim().slice(0, EXCERPT_LENGTH))}`;
    throw replyError(where, `the answer is not a checkpoint: ${start}`, error);
  }
}

/** Enough to recognize a web page. */
const EXCERPT_LENGTH = 60;

function parseCheckpoint(text: string): UnverifiedCheckpoint {
  const note = parseNote(text);
  const body = parseBody(note.text);
  return { ...body, ...parseOrigin(body.origin), note };
}

function verify(parsed: UnverifiedCheckpoint, keys: readonly LogKey[]): Checkpoint {
  const { origin, treeSize, rootHash, name, treeId, note: { text, signatures } } = parsed;
  const signed = new TextEncoder().encode(text);
  // Names are compared, never searched or matched: they are whatever the sender wrote.
  const mine = keys.filter((key) => key.names.includes(name) || isInternalName(name, treeId));
  if (mine.length === 0) throw checkpointError(`it is about ${quote(origin)}, a log that is not trusted`);
  for (const key of mine) {
    const own = signatures.find((one) => isSignedBy(key, name, signed, one));
    if (own !== undefined) return { origin, name, treeSize, rootHash, treeId, key, note: `${text}\n${own.line}\n` };
  }
  throw checkpointError(`it is not signed with the trusted key of ${quote(name)}`);
}

/**
 * Rekor v1 signs its checkpoints under the host name of its machine unless `--rekor_server.hostname` is set: in Kubernetes
 * the name of a pod, which changes. Such a name has no dot and so is not that of another log; the key, by which entries
 * name their log, still has to be that of the log.
 */
function isInternalName(name: string, treeId: string | undefined): boolean {
  return treeId !== undefined && INTERNAL_NAME.test(name);
}

/** RFC 1123 §2.1: one label. */
const INTERNAL_NAME = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * Whether two checkpoints of one log are of the same tree. With Rekor v1 the tree's id tells: the name before it may be
 * that of a machine, which changes.
 *
 * @param one A checkpoint.
 * @param other Another one.
 * @returns Whether both are of the same tree.
 */
export function isSameTree(one: Pick<Checkpoint, "origin">, other: Pick<Checkpoint, "origin">): boolean {
  const [id, otherId] = [one, other].map(({ origin }) => / - \d+$/.exec(origin)?.[0]);
  return id === undefined || otherId === undefined ? one.origin === other.origin : id === otherId;
}

function isSignedBy(key: LogKey, name: string, signed: Uint8Array, one: NoteSignature): boolean {
  return one.name === name && key.keyHints.some((hint) => bytesEqual(hint, one.keyHint)) &&
    key.isSigned(signed, one.signature);
}

function parseBody(text: string): { origin: string; treeSize: number; rootHash: Uint8Array } {
  const lines = text.slice(0, -1).split("\n");
  const [origin, size, root, ...more] = lines;
  if (lines.length > MAX_LINES || more.includes("")) throw checkpointError("its text is malformed");
  if (!origin || size === undefined || root === undefined) throw checkpointError("its text is too short");
  if (!/^(0|[1-9]\d{0,15})$/.test(size) || !Number.isSafeInteger(Number(size))) {
    throw checkpointError("its size is not a number that a log can have");
  }
  const rootHash = decodeBase64(root);
  if (rootHash?.length !== HASH_BYTES) throw checkpointError("its root is not a hash");
  return { origin, treeSize: Number(size), rootHash };
}

/** `host` with Rekor v2, `host - id of the tree` with Rekor v1. */
function parseOrigin(origin: string): { name: string; treeId: string | undefined } {
  const match = /^([^\s+]+)(?: - ([1-9]\d{0,19}))?$/u.exec(origin);
  if (match === null) throw checkpointError(`it is about ${quote(origin)}, which is not the name of a log`);
  return { name: match[1]!, treeId: match[2] };
}
