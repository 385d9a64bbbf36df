/** Signed notes (C2SP signed-note), the format of every checkpoint. Parsed strictly. Nothing is verified here. */
import { decodeBase64 } from "../../json/base64.ts";
import { VerificationError } from "../../errors.ts";

/** A text and who signed it; nothing is verified yet. */
export interface SignedNote {
  /** The exact text that was signed, including the final newline. */
  readonly text: string;
  /** At least one. */
  readonly signatures: readonly NoteSignature[];
}

/** One signature line. */
export interface NoteSignature {
  /** The line itself, without its newline. */
  readonly line: string;
  /** Name of the key. */
  readonly name: string;
  /** The first four bytes of the key ID: a hint which key it is, no more. */
  readonly keyHint: Uint8Array;
  readonly signature: Uint8Array;
}

/** The largest note: sixty witnesses that sign with SLH-DSA-256f, or a hundred with any smaller algorithm. */
export const MAX_NOTE_BYTES = 4 * 1024 * 1024;

/** The largest signed text: three short lines, and perhaps some extension lines. */
const MAX_TEXT_LENGTH = 65_536;

/** The most signature lines, as in the Go implementation (golang.org/x/mod/sumdb/note). */
const MAX_SIGNATURES = 100;

/** The longest name of a key: a host and a path. */
const MAX_NAME_LENGTH = 4_096;

/** The largest signature: SLH-DSA-256f (FIPS 205) has 49,856 bytes, and a cosignature adds a timestamp. */
const MAX_SIGNATURE_BYTES = 57_344;

/** Characters of base64 for that many bytes, after the four of the key ID. */
const MAX_SIGNATURE_BASE64 = 4 * Math.ceil((4 + MAX_SIGNATURE_BYTES) / 3);

/**
 * Parses a signed note. Signatures of any algorithm and any key are accepted: a client ignores those that it does not
 * know (C2SP signed-note, "Verification").
 *
 * @param note The whole note.
 * @returns Its text and signatures. None is verified.
 * @throws {VerificationError} If it is malformed (`LOG_CHECKPOINT`).
 */
export function parseNote(note: string): SignedNote {
  if (note.length > MAX_NOTE_BYTES) throw checkpointError(`it is longer than ${MAX_NOTE_BYTES} characters`);
  // deno-lint-ignore no-control-regex -- exactly the characters that the specification forbids
  if (!note.isWellFormed() || /[\x00-\x09\x0b-\x1f]/.test(note)) throw checkpointError("it holds control characters");
  // The text may hold empty lines, the signatures may not: the last empty line separates them.
  const cut = note.lastIndexOf("\n\n");
  if (cut === -1 || !note.endsWith("\n")) throw checkpointError("it is not a signed note");
  if (cut > MAX_TEXT_LENGTH) throw checkpointError(`its text is longer than ${MAX_TEXT_LENGTH} characters`);
  const lines = note.slice(cut + 2, -1).split("\n", MAX_SIGNATURES + 1);
  if (lines.length > MAX_SIGNATURES) throw checkpointError(`it has more than ${MAX_SIGNATURES} signatures`);
  return { text: note.slice(0, cut + 1), signatures: lines.map(parseSignature) };
}

function parseSignature(line: string): NoteSignature {
  const match = /^\u2014 ([^\s+]+) ([A-Za-z0-9+/]+={0,2})$/u.exec(line);
  if (match !== null && match[1]!.length > MAX_NAME_LENGTH) {
    throw checkpointError(`the name of a key is longer than ${MAX_NAME_LENGTH} characters`);
  }
  if (match !== null && match[2]!.length > MAX_SIGNATURE_BASE64) {
    throw checkpointError(`a signature is longer than ${MAX_SIGNATURE_BYTES} bytes`);
  }
  const bytes = match === null ? undefined : decodeBase64(match[2]!);
  if (match === null || bytes === undefined || bytes.length < 5) {
    throw checkpointError("one of its signature lines is malformed");
  }
  return { line, name: match[1]!, keyHint: bytes.slice(0, 4), signature: bytes.slice(4) };
}

/** The error for a checkpoint that cannot be trusted. */
export function checkpointError(reason: string): VerificationError {
  return new VerificationError("LOG_CHECKPOINT", `Cannot trust the checkpoint of the transparency log: ${reason}`);
}
