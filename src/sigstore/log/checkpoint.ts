/** Checkpoints (C2SP tlog-checkpoint): what a log says and signs about its size and content. */
import { quote } from "../../quote.ts";
import { isSameBytes } from "../../same_bytes.ts";
import type { LogKey } from "./log_key.ts";
import { HASH_BYTES, type TreeHead } from "./merkle.ts";
import { checkpointError, decode, type NoteSignature, parseNote } from "./note.ts";

/** A checkpoint whose signature is verified. Only `verifyCheckpoint` makes one. */
export interface Checkpoint extends TreeHead {
  /** Which tree it is of: the log's name, and behind it the tree's id with Rekor v1. */
  readonly origin: string;
  /** The id of the tree in decimal digits, with Rekor v1. */
  readonly treeId: string | undefined;
  /** The key that signed it. */
  readonly key: LogKey;
  /** The whole signed note, to keep as evidence. */
  readonly note: string;
}

/** A log adds a line or two of its own, if any. */
const MAX_LINES = 32;

/**
 * Reads a checkpoint and verifies its signature. Signatures by others, such as witnesses, are passed over; there must
 * be one of a trusted key under the log's own name, and the checkpoint must be of that log.
 *
 * @param note The signed note.
 * @param keys The trusted keys.
 * @returns The checkpoint.
 * @throws {VerificationError} If it is malformed, or not signed by the log that it is of (`LOG_CHECKPOINT`).
 */
export function verifyCheckpoint(note: string, keys: readonly LogKey[]): Checkpoint {
  const { text, signatures } = parseNote(note);
  const body = parseBody(text);
  const { name, treeId } = parseOrigin(body.origin);
  const signed = new TextEncoder().encode(text);
  // Names are compared, never searched or matched: they are whatever the sender wrote.
  const mine = keys.filter((key) => key.names.includes(name));
  if (mine.length === 0) throw checkpointError(`it is of ${quote(body.origin)}, a log that is not trusted`);
  const key = mine.find((key) => signatures.some((one) => isSignedBy(key, name, signed, one)));
  if (key === undefined) throw checkpointError(`it is not signed with the trusted key of ${quote(name)}`);
  return { ...body, treeId, key, note };
}

function isSignedBy(key: LogKey, name: string, signed: Uint8Array, one: NoteSignature): boolean {
  return one.name === name && key.keyHints.some((hint) => isSameBytes(hint, one.keyHint)) &&
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
  const rootHash = decode(root);
  if (rootHash?.length !== HASH_BYTES) throw checkpointError("its root is not a hash");
  return { origin, treeSize: Number(size), rootHash };
}

/** `host` with Rekor v2, `host - id of the tree` with Rekor v1. */
function parseOrigin(origin: string): { name: string; treeId: string | undefined } {
  const match = /^([^\s+]+)(?: - ([1-9]\d{0,19}))?$/u.exec(origin);
  if (match === null) throw checkpointError(`it is of ${quote(origin)}, which is not the name of a log`);
  return { name: match[1]!, treeId: match[2] };
}
