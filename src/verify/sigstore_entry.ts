/**
 * Entries of transparency logs, as far as `@sigstore/verify` does not check them: it compares an entry's signature and
 * digest, but not its certificate, and takes a checkpoint for that of any tree.
 */
import { VerificationError } from "../errors.ts";
import { decodeBase64 } from "../json/base64.ts";
import { readCertificates } from "../x509/read_certificates.ts";
import { parseJson } from "../json/read.ts";
import type { LogEntry } from "../oms/sigstore_bundle.ts";
import { quote } from "../text/quote.ts";
import { bytesEqual } from "../text/bytes_equal.ts";
import { verifyCheckpoint } from "../sigstore/log/checkpoint.ts";
import type { LogKey } from "../sigstore/log/log_key.ts";

/** An entry that is about the signing certificate, and whose checkpoint is verified. */
export interface VerifiedEntry {
  /** The key of the log. */
  readonly key: LogKey;
  /** The name under which the log has signed its checkpoint. */
  readonly checkpointName: string;
}

/**
 * Checks that an entry is about the signing certificate, and that its proof is for the tree of its checkpoint.
 *
 * @param entry The entry.
 * @param certificate The signing certificate, in DER.
 * @param keys The trusted logs.
 * @returns The key of the log, and the name in its checkpoint.
 * @throws {VerificationError} If it is not (`LOG_ENTRY`, `LOG_CHECKPOINT`).
 */
export function checkLogEntry(entry: LogEntry, certificate: Uint8Array, keys: readonly LogKey[]): VerifiedEntry {
  const key = keys.find((key) => bytesEqual(key.logId, entry.logId));
  if (key === undefined) throw wrongEntry("it is of a log that is not trusted");
  if (!bytesEqual(certificateIn(entry), certificate)) throw wrongEntry("it is about another certificate");
  const { treeSize, rootHash, name } = verifyCheckpoint(entry.checkpoint, [key]);
  if (`${treeSize}` !== entry.proof.treeSize || !bytesEqual(rootHash, entry.proof.rootHash)) {
    throw wrongEntry("its proof is for another tree than its checkpoint");
  }
  // Without a promise, which is over the position, only the proof says where the entry is.
  if (!entry.hasInclusionPromise && entry.logIndex !== entry.proof.logIndex) {
    throw wrongEntry(`it claims position ${entry.logIndex}, its proof is for ${entry.proof.logIndex}`);
  }
  return { key, checkpointName: name };
}

/** A log's key counts only for what was signed while it was valid. */
export function checkLogWasValid(key: LogKey, times: readonly Date[]): void {
  for (const time of times) {
    if (time < key.start || (key.end !== undefined && time > key.end)) {
      throw wrongEntry(`the key of the log ${quote(key.url)} was not valid at ${time.toISOString()}`);
    }
  }
}

/** The certificate that the log has seen: base64 of PEM with version 1, of DER with version 2. */
function certificateIn({ kind, version, body }: LogEntry): Uint8Array {
  const path = CERTIFICATE_PLACES[`${kind} ${version}`];
  if (path === undefined) throw wrongEntry(`it is of kind ${quote(kind)} ${quote(version)}, which is not supported`);
  try {
    const text = memberAt(parseJson(body, "the log entry"), path);
    const bytes = decodeBase64(text);
    if (bytes === undefined) throw new Error("not base64");
    if (path.at(-1) === "rawBytes") return bytes;
    const certificates = readCertificates(new TextDecoder("utf-8", { fatal: true }).decode(bytes), "the log entry");
    if (certificates.length !== 1) throw new Error("not one certificate");
    return certificates[0]!.der;
  } catch (cause) {
    throw wrongEntry("it does not hold one certificate", cause);
  }
}

type Path = readonly (string | number)[];

const V2 = ["verifier", "x509Certificate", "rawBytes"];
const CERTIFICATE_PLACES: Readonly<Record<string, Path>> = {
  "hashedrekord 0.0.1": ["spec", "signature", "publicKey", "content"],
  "dsse 0.0.1": ["spec", "signatures", 0, "verifier"],
  "intoto 0.0.2": ["spec", "content", "envelope", "signatures", 0, "publicKey"],
  "hashedrekord 0.0.2": ["spec", "hashedRekordV002", "signature", ...V2],
  "dsse 0.0.2": ["spec", "dsseV002", "signatures", 0, ...V2],
};

function memberAt(value: unknown, path: Path): string {
  let member = value;
  for (const name of path) {
    if (typeof member !== "object" || member === null || !Object.hasOwn(member, name)) {
      throw new Error("no such member");
    }
    member = (member as Record<string | number, unknown>)[name];
  }
  if (typeof member !== "string") throw new Error("not a text");
  return member;
}

function wrongEntry(reason: string, cause?: unknown): VerificationError {
  const message = `Cannot verify the signature: its entry in the transparency log is not to be believed: ${reason}`;
  return new VerificationError("LOG_ENTRY", message, { cause });
}
