import { type BundleOutline, type LogEntryOutline, type MessageOutline, readOutline } from "../bundle/outline.ts";
import { PAYLOAD_TYPE } from "../bundle/envelope.ts";
import { ClaimedStatement } from "../oms/claimed_statement.ts";
import { checkPath } from "./check_options.ts";
import { namingSignature, openSignature } from "./signature_file.ts";

/** The signer that a signature claims. Nothing of it is verified. */
export interface ClaimedSigner {
  /** Hex SHA-256 of the public key's PEM text. */
  keyHint?: string;
  /** Distinguished name of the certificate's subject. */
  subject?: string;
  /** Distinguished name of the certificate's issuer. */
  issuer?: string;
  /** E-mail addresses and URLs of the certificate: with Sigstore, the identity. */
  identities?: string[];
  /** With Sigstore, the OIDC issuer. */
  identityProvider?: string;
  /** Beginning of the certificate's validity, ISO 8601. */
  notBefore?: string;
  /** End of the certificate's validity, ISO 8601. */
  notAfter?: string;
}

/** A transparency log entry, as the signature claims it. */
export interface ClaimedLogEntry {
  /** Position in the log. */
  logIndex: string | null;
  /** Base64 of the log's id. */
  logId: string | null;
  /** When the log integrated it, ISO 8601. Newer logs do not state it. */
  integratedTime: string | null;
}

/** What {@linkcode inspect} found. Nothing of it is verified. */
export interface InspectResult {
  /** Always `false`: inspecting verifies nothing. */
  verified: false;
  /** Media type of the bundle. */
  mediaType: string;
  /** The signing method that the bundle claims. */
  method: "key" | "certificate" | "sigstore" | null;
  /** The signer that the signature claims. */
  signer: ClaimedSigner;
  /** Payload type of the envelope, or `null` if plain bytes were signed. */
  payloadType: string | null;
  /** Type of the statement's predicate. */
  predicateType: string | null;
  /** Names and digests of the subjects of the statement. */
  subjects: { name: string | null; digest: Record<string, string> }[];
  /** The serialization method, if the signature states it. */
  serialization: string | null;
  /** The hash algorithm of files or shards, if the signature states it. */
  hashAlgorithm: string | null;
  /** Number of files, if the signature lists them. */
  files: number | null;
  /** Size of the model in bytes, if the signature lists shards. */
  bytes: number | null;
  /** Paths that were left out, if the signature records them. */
  ignorePaths: string[] | null;
  /** Digest of the signed bytes, of `h1` and `h2`, as `ALGORITHM:HEX`. */
  messageDigest: string | null;
  /** Entries in transparency logs. */
  logEntries: ClaimedLogEntry[];
}

/**
 * Shows what a signature file claims. Nothing is verified, so all of it may be forged. It reads any Sigstore bundle, also
 * one over something other than a model.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { inspect } from "@model-signing/model-signing";
 *
 * const path = await Deno.makeTempFile();
 * const mediaType = "application/vnd.dev.sigstore.bundle.v0.3+json";
 * await Deno.writeTextFile(path, JSON.stringify({ mediaType, verificationMaterial: { publicKey: { hint: "ab" } } }));
 * const { method, signer, verified } = await inspect(path);
 * assertEquals([method, signer.keyHint, verified], ["key", "ab", false]);
 * await Deno.remove(path);
 * ```
 *
 * @param signaturePath The signature file.
 * @returns What it holds.
 * @throws {VerificationError} If it is not a Sigstore bundle.
 * @throws {UnavailableError} If it cannot be read.
 */
export async function inspect(signaturePath: string): Promise<InspectResult> {
  checkPath(signaturePath, "signaturePath");
  using signature = openSignature(signaturePath);
  try {
    const statement = new ClaimedStatement();
    const outline = readOutline(signature, (bytes) => statement.append(bytes));
    return {
      verified: false,
      mediaType: outline.mediaType,
      method: outline.method,
      signer: await describeSigner(outline),
      ...describeContent(outline, statement),
      logEntries: outline.logEntries.map(describeLogEntry),
    };
  } catch (error) {
    throw namingSignature(error, signaturePath);
  }
}

async function describeSigner({ leaf: der, keyHint }: BundleOutline): Promise<ClaimedSigner> {
  if (der === undefined) return keyHint === undefined ? {} : { keyHint };
  const { parseCertificate } = await import("../x509/certificate.ts");
  const { claimedOidcIssuer } = await import("../x509/fulcio_certificate.ts");
  const leaf = parseCertificate(der, "the signing certificate in the signature");
  const provider = claimedOidcIssuer(leaf);
  return {
    subject: leaf.subject,
    issuer: leaf.issuer,
    identities: [...leaf.alternativeNames],
    ...(provider === undefined ? {} : { identityProvider: provider }),
    notBefore: leaf.notBefore.toISOString(),
    notAfter: leaf.notAfter.toISOString(),
  };
}

/** The last second of the year 9999, after which `toISOString()` changes its form. */
const LAST_TIME = 253_402_300_799;

function describeLogEntry({ logIndex, logId, integratedTime }: LogEntryOutline): ClaimedLogEntry {
  const isTime = Number.isSafeInteger(integratedTime) && integratedTime > 0 && integratedTime <= LAST_TIME;
  return { logIndex, logId, integratedTime: isTime ? new Date(integratedTime * 1000).toISOString() : null };
}

type ClaimedContent = Omit<InspectResult, "verified" | "mediaType" | "method" | "signer" | "logEntries">;

const NO_CONTENT: ClaimedContent = {
  payloadType: null,
  predicateType: null,
  subjects: [],
  serialization: null,
  hashAlgorithm: null,
  files: null,
  bytes: null,
  ignorePaths: null,
  messageDigest: null,
};

function describeContent({ content }: BundleOutline, statement: ClaimedStatement): ClaimedContent {
  if (content === undefined) return NO_CONTENT;
  if (content.kind === "message") return { ...NO_CONTENT, messageDigest: describeDigest(content) };
  const { payloadType } = content;
  if (payloadType !== PAYLOAD_TYPE) return { ...NO_CONTENT, payloadType };
  return { ...NO_CONTENT, payloadType, ...statement.finish() };
}

function describeDigest({ digest }: MessageOutline): string | null {
  return digest === undefined ? null : `${digest.algorithm ?? UNSPECIFIED}:${digest.bytes.toHex()}`;
}

/** The protobuf mapping leaves out an algorithm that is not given. */
const UNSPECIFIED = "HASH_ALGORITHM_UNSPECIFIED";
