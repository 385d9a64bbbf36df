/** Signed notes (C2SP signed-note), the form of every checkpoint, read strictly. */
import { VerificationError } from "../../errors.ts";

/** A text and who signed it; nothing is verified yet. */
export interface SignedNote {
  /** The very text that was signed, with the newline at its end. */
  readonly text: string;
  /** At least one. */
  readonly signatures: readonly NoteSignature[];
}

/** One line of a signature. */
export interface NoteSignature {
  /** Name of the key. */
  readonly name: string;
  /** The first four bytes of the key's id: a hint which key it is, no more. */
  readonly keyHint: Uint8Array;
  readonly signature: Uint8Array;
}

/** A note with the signatures of a hundred witnesses is smaller. */
const MAX_LENGTH = 65_536;

/** The most signatures that a note may have, as in the Go implementation. */
const MAX_SIGNATURES = 100;

/**
 * Reads a signed note.
 *
 * @param note The whole note.
 * @returns Its text and signatures, of which none is verified.
 * @throws {VerificationError} If it is not one (`LOG_CHECKPOINT`).
 */
export function parseNote(note: string): SignedNote {
  if (note.length > MAX_LENGTH) throw checkpointError(`it is longer than ${MAX_LENGTH} characters`);
  // deno-lint-ignore no-control-regex -- the specification forbids just these
  if (!note.isWellFormed() || /[\x00-\x09\x0b-\x1f]/.test(note)) throw checkpointError("it holds control characters");
  // The text may hold empty lines, the signatures may not: the last one divides them.
  const cut = note.lastIndexOf("\n\n");
  if (cut === -1 || !note.endsWith("\n")) throw checkpointError("it is not a signed note");
  const lines = note.slice(cut + 2, -1).split("\n");
  if (lines.length > MAX_SIGNATURES) throw checkpointError(`it has more than ${MAX_SIGNATURES} signatures`);
  return { text: note.slice(0, cut + 1), signatures: lines.map(parseSignature) };
}

function parseSignature(line: string): NoteSignature {
  const match = /^\u2014 ([^\s+]+) ([A-Za-z0-9+/]+={0,2})$/u.exec(line);
  const bytes = match === null ? undefined : decode(match[2]!);
  if (match === null || bytes === undefined || bytes.length < 5) {
    throw checkpointError("a line of its signatures is malformed");
  }
  return { name: match[1]!, keyHint: bytes.slice(0, 4), signature: bytes.slice(4) };
}

/**
 * Decodes base64 that has only one way to be written.
 *
 * @param text The base64.
 * @returns The bytes, or `undefined`.
 */
export function decode(text: string): Uint8Array | undefined {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined;
  try {
    return Uint8Array.fromBase64(text, { lastChunkHandling: "strict" });
  } catch {
    return undefined;
  }
}

/** The error for a checkpoint that is not to be believed. */
export function checkpointError(reason: string): VerificationError {
  return new VerificationError("LOG_CHECKPOINT", `Cannot trust the checkpoint of the transparency log: ${reason}`);
}
