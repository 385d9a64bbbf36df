/** The signatures that the user declares to be their own: their log entries are expected. */
import { createHash } from "node:crypto";
import { UsageError, VerificationError } from "../errors.ts";
import { GrowingBytes } from "../lists/growing_bytes.ts";
import type { Certificate } from "../x509/certificate.ts";
import { LIMITS } from "../limits.ts";
import { readBundleJson } from "../oms/bundle.ts";
import { pae } from "../oms/envelope.ts";
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
  const { json, payload } = readJson(path);
  try {
    return { path, ...readBundle(json as Bundle, payload) };
  } catch (cause) {
    throw unfit(path, "it is not a signature that a transparency log could hold", cause);
  }
}

/** The JSON of a bundle, whose payload may be large and is taken out of it. */
function readJson(path: string): { json: unknown; payload: Uint8Array } {
  const payload = new GrowingBytes();
  try {
    using file = new LimitedFile(path, LIMITS.signatureBytes, "the signature");
    return { json: readBundleJson(file, (bytes) => payload.append(bytes)), payload: payload.bytes };
  } catch (error) {
    if (!(error instanceof VerificationError)) throw error;
    const isLarge = error.code === "TOO_LARGE";
    throw unfit(path, isLarge ? `it is larger than ${LIMITS.signatureBytes} bytes` : "it is not a signature", error);
  }
}

/** The members that are looked at, of a bundle of any version. The file is the user's own, and decides nothing else. */
interface Bundle {
  readonly verificationMaterial: {
    readonly certificate?: { readonly rawBytes: string };
    readonly x509CertificateChain?: { readonly certificates: readonly { readonly rawBytes: string }[] };
    readonly tlogEntries?: readonly { readonly canonicalizedBody?: string }[];
  };
  readonly dsseEnvelope?: { readonly payloadType: string };
  readonly messageSignature?: { readonly messageDigest: { readonly algorithm?: string; readonly digest: string } };
}

function readBundle(
  { verificationMaterial, dsseEnvelope, messageSignature }: Bundle,
  payload: Uint8Array,
): Omit<Known, "path"> {
  const { certificate, x509CertificateChain, tlogEntries } = verificationMaterial;
  const leaf = certificate?.rawBytes ?? x509CertificateChain?.certificates[0]?.rawBytes;
  const bodies = (tlogEntries ?? []).map((entry) => entry.canonicalizedBody).filter((body) => typeof body === "string");
  if (leaf === undefined && bodies.length === 0) throw new TypeError("Cannot read the bundle: nothing in it is logged");
  return {
    bodies: bodies.map((body) => sha256(Uint8Array.fromBase64(body))),
    certificate: leaf === undefined ? undefined : sha256(Uint8Array.fromBase64(leaf)),
    digests: [...envelopeDigests(dsseEnvelope, payload), ...messageDigests(messageSignature)],
  };
}

/** Some kinds of entry have the digest of the payload, others that of what was signed (DSSE's PAE). */
function envelopeDigests(envelope: Bundle["dsseEnvelope"], payload: Uint8Array): string[] {
  if (envelope === undefined) return [];
  return [
    ...digestKeys("payload", payload),
    ...digestKeys("signed", pae(envelope.payloadType, payload)),
  ];
}

function messageDigests(signature: Bundle["messageSignature"]): string[] {
  if (signature === undefined) return [];
  const { algorithm = "SHA2_256", digest } = signature.messageDigest;
  return [digestKey("signed", algorithm.replace(/^SHA2_/, "sha"), Uint8Array.fromBase64(digest))];
}

function unfit(path: string, reason: string, cause: unknown): UsageError {
  return new UsageError("EXPECT", `Cannot expect ${quote(path)}: ${reason}`, { cause });
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
