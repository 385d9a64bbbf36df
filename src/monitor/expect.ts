/** The signatures that the user declares to be their own: their log entries are expected. */
import { createHash } from "node:crypto";
import { UsageError, VerificationError } from "../errors.ts";
import { GrowingBytes } from "../lists/growing_bytes.ts";
import type { Certificate } from "../x509/certificate.ts";
import { LIMITS } from "../limits.ts";
import { pae } from "../bundle/envelope.ts";
import { type BundleOutline, readOutline } from "../bundle/outline.ts";
import { quote } from "../text/quote.ts";
import { LimitedFile } from "../io/read_limited.ts";
import type { Match } from "./match.ts";
import { digestKey, digestKeys, readSignedContent } from "./signed_content.ts";

/** The known signatures. */
export interface Expected {
  /**
   * Finds the signature that an entry belongs to: its very entry, or another record of the same signing, as when it went
   * to two logs. Every certificate that makes the entry match must be a known one that signed the same thing.
   *
   * @param body The entry's bytes.
   * @param match Why the entry is looked at.
   * @returns The file of the signature, or `undefined` if the entry is not expected.
   */
  find(body: Uint8Array, match: Match): string | undefined;
  /** The first of the certificates that no known signature has. */
  firstUnknown(certificates: readonly Certificate[]): Certificate | undefined;
}

/** What identifies the entries of one signature. */
interface Known {
  readonly path: string;
  /** SHA-256 of each entry in the bundle. */
  readonly bodies: readonly string[];
  /** SHA-256 of the certificate. */
  readonly certificate: string | undefined;
  /** Digests of what was signed, and of what they are. */
  readonly digests: readonly string[];
}

/**
 * Reads the known signatures.
 *
 * @param paths The signature files.
 * @returns What tells their entries from others.
 * @throws {UsageError} If a file is not a signature that a log could hold (`EXPECT`).
 * @throws {UnavailableError} If a file cannot be read.
 */
export function readExpected(paths: readonly string[]): Expected {
  const known = paths.map(readKnown);
  return {
    find: (body, match) => {
      const hash = sha256(body);
      return (known.find(({ bodies }) => bodies.includes(hash)) ?? findSigning(known, body, match))?.path;
    },
    firstUnknown: (certificates) =>
      certificates.find(({ fingerprint }) => known.every(({ certificate }) => certificate !== fingerprint)),
  };
}

/** The signing that an entry of a known kind records, if all who matter in it are known. */
function findSigning(known: readonly Known[], body: Uint8Array, { by, certificates }: Match): Known | undefined {
  const content = by === "other" ? undefined : readSignedContent(body);
  if (content === undefined) return undefined;
  const ofDigest = known.filter(({ digests }) => digests.includes(content.digest));
  const isKnown = (fingerprint: string): boolean => ofDigest.some(({ certificate }) => certificate === fingerprint);
  const signers = content.signers.map(sha256);
  const suspects = by === "artifact" ? signers : certificates.map(({ fingerprint }) => fingerprint);
  if (!suspects.every(isKnown)) return undefined;
  return ofDigest.find(({ certificate }) => certificate !== undefined && signers.includes(certificate));
}

function readKnown(path: string): Known {
  const payload = new GrowingBytes();
  const outline = openOutline(path, payload);
  try {
    return { path, ...identify(outline, payload.bytes) };
  } catch (cause) {
    throw unsupported(path, "it is not a signature that a transparency log could hold", cause);
  }
}

/** Reads any bundle. The file is the user's own, so its form is not checked beyond what is used. */
function openOutline(path: string, payload: GrowingBytes): BundleOutline {
  try {
    using file = new LimitedFile(path, LIMITS.signatureBytes, "the signature");
    return readOutline(file, (bytes) => payload.append(bytes));
  } catch (error) {
    if (!(error instanceof VerificationError)) throw error;
    const isLarge = error.code === "TOO_LARGE";
    throw unsupported(
      path,
      isLarge ? `it is larger than ${LIMITS.signatureBytes} bytes` : "it is not a signature",
      error,
    );
  }
}

function identify({ leaf, content, logEntries }: BundleOutline, payload: Uint8Array): Omit<Known, "path"> {
  const bodies = logEntries.flatMap(({ body }) => body === undefined ? [] : [sha256(Uint8Array.fromBase64(body))]);
  if (leaf === undefined && bodies.length === 0) throw new TypeError("Cannot read the bundle: nothing in it is logged");
  return { bodies, certificate: leaf && sha256(leaf), digests: digestsOf(content, payload) };
}

/** Some kinds of entry have the digest of the payload, others that of the signed bytes (DSSE's PAE). */
function digestsOf(content: BundleOutline["content"], payload: Uint8Array): string[] {
  if (content === undefined) return [];
  if (content.kind === "envelope") {
    return [...digestKeys("payload", payload), ...digestKeys("signed", pae(content.payloadType, payload))];
  }
  if (content.digest === undefined) throw new TypeError("Cannot read the bundle: its message signature has no digest");
  const { algorithm = "SHA2_256", bytes } = content.digest;
  return [digestKey("signed", algorithm.replace(/^SHA2_/, "sha"), bytes)];
}

function unsupported(path: string, reason: string, cause: unknown): UsageError {
  return new UsageError("EXPECT", `Cannot expect ${quote(path)}: ${reason}`, { cause });
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
