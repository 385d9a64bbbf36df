/** Reads and writes signature files. */
import { RefusedError, VerificationError } from "../errors.ts";
import { isTemporaryName, removeAbandonedIn, writeWhole } from "../io/atomic_write.ts";
import { ioError } from "../io/io_error.ts";
import { LIMITS } from "../limits.ts";
import { isBlobLink } from "../model/disk/hugging_face_cache.ts";
import { specialKind } from "../model/disk/walk.ts";
import { looksLikeBundle } from "../bundle/outline.ts";
import { SIGNATURE_BEGIN } from "../bundle/write.ts";
import { quote } from "../text/quote.ts";
import { LimitedFile } from "../io/read_limited.ts";
import { utf8Chunks } from "../io/utf8_chunks.ts";
import { ModelDiffersError } from "./verify_options.ts";
import { dirname } from "node:path";

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

/** Opening a FIFO would wait for a writer, perhaps forever, and anyone may have put one into a model. */
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
 * Adds the path of the signature file to an error about its content: the code that verifies content knows no paths.
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
 * @throws {UnavailableError} If the directory is not there.
 */
export function checkReplaceable(path: string): void {
  checkDirectory(dirname(path));
  let info: Deno.FileInfo;
  try {
    info = Deno.lstatSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw ioError("write the signature to", path, error);
  }
  const kind = kindInTheWay(path, info);
  if (kind !== undefined) throw notASignature(path, kind);
  if (info.size > LIMITS.signatureBytes || !looksLikeSignature(path)) {
    throw notASignature(path, "a file that is not a signature");
  }
}

function kindInTheWay(path: string, info: Deno.FileInfo): string | undefined {
  if (info.isDirectory) return "a directory";
  // In a snapshot of the Hugging Face cache such a link is a file. The new signature replaces the link, not the blob.
  if (info.isSymlink) return isBlobLink(path) ? undefined : "a symbolic link";
  return info.isFile ? undefined : specialKind(info);
}

function looksLikeSignature(path: string): boolean {
  using signature = openSignature(path);
  return looksLikeBundle(signature);
}

/** Only to tell it before the model is hashed: without the permission to look, writing will tell. */
function checkDirectory(directory: string): void {
  try {
    if (!Deno.statSync(directory).isDirectory) throw new Deno.errors.NotADirectory();
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) return;
    throw ioError("write the signature into the directory", directory, error);
  }
}

function notASignature(path: string, kind: string): RefusedError {
  return new RefusedError(
    "NOT_A_SIGNATURE",
    `Cannot write the signature to ${quote(path)}: there is ${kind}, and only an older signature is replaced`,
  );
}

/**
 * Whether a file is what a killed run of this program left while it wrote a signature: it has the name of a temporary
 * file, is a regular file, and holds the beginning of a signature. A file like that is never part of a model. It is not
 * covered by the signature either, and a verdict must say so, because anyone can make one.
 *
 * @param path The file.
 * @returns Whether it is.
 */
export function isLeftOver(path: string): boolean {
  const name = path.slice(path.lastIndexOf("/") + 1);
  if (!isTemporaryName(name) && !OLD_TEMPORARY_NAME.test(name)) return false;
  try {
    return Deno.lstatSync(path).isFile && SIGNATURE_BEGIN.startsWith(readBeginning(path));
  } catch (error) {
    // Its writer has renamed it.
    return error instanceof Deno.errors.NotFound;
  }
}

/** Version 0.1.0 took the digest of the signature's name. */
const OLD_TEMPORARY_NAME = /^\.model-signing-[0-9a-f]{16}\.tmp$/;

/** The first bytes of a file, up to the length of the beginning that all signatures of this program share. */
function readBeginning(path: string): string {
  using file = Deno.openSync(path, { read: true });
  const bytes = new Uint8Array(SIGNATURE_BEGIN.length);
  return new TextDecoder().decode(bytes.subarray(0, file.readSync(bytes) ?? 0));
}

/**
 * Removes what killed runs left in the directory of a signature.
 *
 * @param path The signature file.
 */
export function removeLeftOversBeside(path: string): void {
  removeAbandonedIn(dirname(path), isLeftOver);
}

/**
 * Writes a signature whole or not at all. No signal handler runs in between, as nothing here waits.
 *
 * @param path The signature file.
 * @param text What to write, in pieces.
 * @throws {RefusedError} If the signature is larger than could be verified (`TOO_LARGE`), or something other than a
 * signature has appeared at the path (`NOT_A_SIGNATURE`).
 * @throws {UnavailableError} If it cannot be written. Then an older signature is as it was.
 */
export function writeSignature(path: string, text: Iterable<string>): void {
  try {
    writeWhole(path, limited(utf8Chunks(text)), { beforeReplace: () => checkReplaceable(path) });
  } catch (error) {
    throw ioError("write the signature to", path, error);
  }
}

function* limited(chunks: Iterable<Uint8Array>): Generator<Uint8Array> {
  let length = 0;
  for (const chunk of chunks) {
    length += chunk.length;
    if (length > LIMITS.signatureBytes) {
      throw new RefusedError(
        "TOO_LARGE",
        `Cannot write the signature: at most ${LIMITS.signatureBytes} bytes are allowed, and it has more; sign fewer files`,
      );
    }
    yield chunk;
  }
}
