/**
 * The checks of transparency log entries that `@sigstore/verify` does not make: it compares an entry's signature and
 * digest, but not its certificate, and accepts the checkpoint of any tree.
 */
import { VerificationError } from "../errors.ts";
import { decodeBase64 } from "../json/base64.ts";
import { readCertificates } from "../x509/read_certificates.ts";
import { parseJson } from "../json/read.ts";
import type { BundleLogEntry } from "../bundle/evidence.ts";
import { quote } from "../text/quote.ts";
import { bytesEqual } from "../text/bytes_equal.ts";
import { verifyCheckpoint } from "../sigstore/log/checkpoint.ts";
import type { LogKey } from "../sigstore/log/log_key.ts";

/** A log entry that is about the signing certificate, and whose checkpoint is verified. */
export interface VerifiedLogEntry {
  /** The key of the log. */
  readonly key: LogKey;
  /** The name under which the log has signed its checkpoint. */
  readonly checkpointName: string;
}

/**
 * Checks that a log entry is about the signing certificate, and that its inclusion proof is for the tree of its
 * checkpoint.
 *
 * @param entry The entry.
 * @param certificate The signing certificate, in DER.
 * @param keys The trusted logs.
 * @returns The key of the log, and the name in its checkpoint.
 * @throws {VerificationError} If a check fails (`LOG_ENTRY`, `LOG_CHECKPOINT`).
 */
export function checkLogEntry(
  entry: BundleLogEntry,
  certificate: Uint8Array,
  keys: readonly LogKey[],
): VerifiedLogEntry {
  const key = keys.find((key) => bytesEqual(key.logId, entry.logId));
  if (key === undefined) throw invalidEntry("it is of a log that is not trusted");
  if (!bytesEqual(certificateIn(entry), certificate)) throw invalidEntry("it is about another certificate");
  const { treeSize, rootHash, name } = verifyCheckpoint(entry.checkpoint, [key]);
  if (`${treeSize}` !== entry.inclusionProof.treeSize || !bytesEqual(rootHash, entry.inclusionProof.rootHash)) {
    throw invalidEntry("its proof is for another tree than its checkpoint");
  }
  // A SET is over the index. Without one, only the inclusion proof says where the entry is.
  if (!entry.hasInclusionPromise && entry.logIndex !== entry.inclusionProof.logIndex) {
    throw invalidEntry(`it claims index ${entry.logIndex}, but its proof is for ${entry.inclusionProof.logIndex}`);
  }
  return { key, checkpointName: name };
}

/**
 * Checks that the key of a log was valid at the times of a signature.
 *
 * @param key The key.
 * @param times The proven times.
 * @throws {VerificationError} If it was not (`LOG_ENTRY`).
 */
export function checkLogWasValid(key: LogKey, times: readonly Date[]): void {
  for (const time of times) {
    if (time < key.start || (key.end !== undefined && time > key.end)) {
      throw invalidEntry(`the key of the log ${quote(key.url)} was not valid at ${time.toISOString()}`);
    }
  }
}

/** The certificate in the body of an entry: base64 of PEM with Rekor v1, of DER with Rekor v2. */
function certificateIn({ kind, version, body }: BundleLogEntry): Uint8Array {
  const path = CERTIFICATE_PATHS[`${kind} ${version}`];
  if (path === undefined) throw invalidEntry(`it is of kind ${quote(kind)} ${quote(version)}, which is not supported`);
  try {
    const text = memberAt(parseJson(body, "the log entry"), path);
    const bytes = decodeBase64(text);
    if (bytes === undefined) throw new Error("not base64");
    if (path.at(-1) === "rawBytes") return bytes;
    const certificates = readCertificates(new TextDecoder("utf-8", { fatal: true }).decode(bytes), "the log entry");
    if (certificates.length !== 1) throw new Error("not one certificate");
    return certificates[0]!.der;
  } catch (cause) {
    throw invalidEntry("it does not hold one certificate", cause);
  }
}

type BodyPath = readonly (string | number)[];

const V2 = ["verifier", "x509Certificate", "rawBytes"];
const CERTIFICATE_PATHS: Readonly<Record<string, BodyPath>> = {
  "hashedrekord 0.0.1": ["spec", "signature", "publicKey", "content"],
  "dsse 0.0.1": ["spec", "signatures", 0, "verifier"],
  "intoto 0.0.2": ["spec", "content", "envelope", "signatures", 0, "publicKey"],
  "hashedrekord 0.0.2": ["spec", "hashedRekordV002", "signature", ...V2],
  "dsse 0.0.2": ["spec", "dsseV002", "signatures", 0, ...V2],
};

function memberAt(value: unknown, path: BodyPath): string {
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

function invalidEntry(reason: string, cause?: unknown): VerificationError {
  const message = `Cannot verify the signature: its entry in the transparency log is not valid: ${reason}`;
  return new VerificationError("LOG_ENTRY", message, { cause });
}
