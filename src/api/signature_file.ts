/** Reads and writes signature files. */
import { RefusedError, UnavailableError, VerificationError } from "../errors.ts";
import { ioError } from "../io_error.ts";
import { LIMITS } from "../limits.ts";
import { specialKind } from "../model/walk.ts";
import { looksLikeBundle, SIGNATURE_BEGIN } from "../oms/bundle.ts";
import { quote } from "../quote.ts";
import { LimitedFile, readLimited } from "../read_limited.ts";
import { utf8Chunks } from "../utf8_chunks.ts";
import { ModelDiffersError } from "./verify_options.ts";
import { createHash } from "node:crypto";
import { basename, dirname, join } from "node:path";

/**
 * Reads a signature file.
 *
 * @param path The file.
 * @returns Its bytes.
 * @throws {UnavailableError} If it cannot be read.
 * @throws {VerificationError} If it is larger than any signature (`TOO_LARGE`).
 */
export function readSignature(path: string): Uint8Array<ArrayBuffer> {
  refuseSpecialFile(path);
  return readLimited(path, LIMITS.signatureBytes, "the signature");
}

/**
 * Opens a signature file that may be too large to hold in memory.
 *
 * @param path The file.
 * @returns The open file.
 * @throws {UnavailableError} If it cannot be read.
 * @throws {VerificationError} If it is larger than any signature (`TOO_LARGE`).
 */
export function openSignature(path: string): LimitedFile {
  refuseSpecialFile(path);
  return new LimitedFile(path, LIMITS.signatureBytes, "the signature");
}

/** Opening a FIFO would wait for a writer, perhaps for ever; and in a model anyone may have put one there. */
function refuseSpecialFile(path: string): void {
  let info: Deno.FileInfo;
  try {
    info = Deno.statSync(path);
  } catch (error) {
    throw ioError("read the signature", path, error);
  }
  if (info.isFile || info.isDirectory) return;
  throw new VerificationError("NOT_A_FILE", `Cannot read the signature ${quote(path)}: it is ${specialKind(info)}`);
}

/**
 * Adds the name of the signature file to an error that is about its content, which is found by those who know no files.
 *
 * @param error What was thrown.
 * @param path The signature file.
 * @returns The error to throw.
 */
export function namingSignature(error: unknown, path: string): unknown {
  const isAboutIt = error instanceof VerificationError && !(error instanceof ModelDiffersError);
  if (!isAboutIt || error.message.includes(quote(path))) return error;
  return new VerificationError(error.code, `${error.message} (signature file ${quote(path)})`, { cause: error });
}

/**
 * Makes sure that a signature can be written to a path without losing anything: nothing may be there but an older
 * signature.
 *
 * @param path Where the signature is to go.
 * @throws {RefusedError} If something else is there (`NOT_A_SIGNATURE`).
 * @throws {UnavailableError} If the folder is not there.
 */
export function checkReplaceable(path: string): void {
  checkFolder(dirname(path));
  let info: Deno.FileInfo;
  try {
    info = Deno.lstatSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw ioError("write the signature to", path, error);
  }
  const kind = info.isDirectory
    ? "a folder"
    : info.isSymlink
    ? "a symbolic link"
    : info.isFile
    ? undefined
    : specialKind(info);
  if (kind !== undefined) throw notASignature(path, kind);
  if (info.size > LIMITS.signatureBytes || !looksLikeSignature(path)) {
    throw notASignature(path, "a file that is not a signature");
  }
}

function looksLikeSignature(path: string): boolean {
  using signature = openSignature(path);
  return looksLikeBundle(signature);
}

/** Only to tell it before the model is hashed: without the permission to look, writing will tell. */
function checkFolder(folder: string): void {
  try {
    if (!Deno.statSync(folder).isDirectory) throw new Deno.errors.NotADirectory();
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) return;
    throw ioError("write the signature into the folder", folder, error);
  }
}

function notASignature(path: string, kind: string): RefusedError {
  return new RefusedError(
    "NOT_A_SIGNATURE",
    `Cannot write the signature to ${quote(path)}: there is ${kind}, and only an older signature is replaced`,
  );
}

/**
 * Removes what a killed run may have left beside a signature, lest it be taken for a part of the model. Only what looks
 * like the beginning of a signature is removed.
 *
 * @param path The signature file.
 */
export function removeLeftover(path: string): void {
  const leftover = temporaryPath(path);
  try {
    if (!Deno.lstatSync(leftover).isFile) return;
    if (SIGNATURE_BEGIN.startsWith(readBeginning(leftover))) Deno.removeSync(leftover);
  } catch {
    // Nearly always there is none. If it cannot be removed, writing the signature will say so.
  }
}

/** As many bytes as every signature of this program has at its beginning, or those that there are. */
function readBeginning(path: string): string {
  using file = Deno.openSync(path, { read: true });
  const bytes = new Uint8Array(SIGNATURE_BEGIN.length);
  return new TextDecoder().decode(bytes.subarray(0, file.readSync(bytes) ?? 0));
}

/** Always the same for one signature, so that the next run finds it. */
function temporaryPath(path: string): string {
  const name = createHash("sha256").update(basename(path)).digest("hex").slice(0, 16);
  return join(dirname(path), `.model-signing-${name}.tmp`);
}

/**
 * Writes a signature whole or not at all: to a temporary file beside the target, flushed, then renamed. No signal
 * handler runs in between, as nothing here waits.
 *
 * @param path The signature file.
 * @param text What to write, in pieces.
 * @throws {RefusedError} If the signature is larger than could be verified (`TOO_LARGE`), or something else has come to
 * lie at the path.
 * @throws {UnavailableError} If it cannot be written; then an older signature is as it was.
 */
export function writeSignature(path: string, text: Iterable<string>): void {
  const temporary = temporaryPath(path);
  try {
    writeFlushed(temporary, text);
    checkReplaceable(path);
    Deno.renameSync(temporary, path);
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) removeQuietly(temporary);
    throw writeError(path, error);
  }
  flushFolder(dirname(path));
}

function writeFlushed(path: string, text: Iterable<string>): void {
  using file = Deno.openSync(path, { write: true, createNew: true });
  let length = 0;
  for (const bytes of utf8Chunks(text)) {
    length += bytes.length;
    if (length > LIMITS.signatureBytes) {
      throw new RefusedError(
        "TOO_LARGE",
        `Cannot write the signature: at most ${LIMITS.signatureBytes} bytes are allowed, and it has more; sign fewer files`,
      );
    }
    for (let left = bytes; left.length > 0;) left = left.subarray(file.writeSync(left));
  }
  file.syncSync();
}

function removeQuietly(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // It was never made, or the disk is gone: the first error is the one to tell.
  }
}

/** Makes the new name last through a power failure, where the system can; the signature itself is safe already. */
function flushFolder(path: string): void {
  try {
    using folder = Deno.openSync(path, { read: true });
    folder.syncSync();
  } catch {
    // Not every system opens folders, and reading the folder may not be permitted.
  }
}

function writeError(path: string, error: unknown): unknown {
  if (error instanceof Deno.errors.AlreadyExists) {
    return new UnavailableError(
      "IN_THE_WAY",
      `Cannot write the signature to ${quote(path)}: ${quote(temporaryPath(path))} is in the way, remove or rename it`,
      { cause: error },
    );
  }
  if (error instanceof Error && /No space left|Disk quota|File too large/i.test(error.message)) {
    return new UnavailableError("NO_SPACE", `Cannot write the signature to ${quote(path)}: no space is left there`, {
      cause: error,
    });
  }
  return ioError("write the signature to", path, error);
}
