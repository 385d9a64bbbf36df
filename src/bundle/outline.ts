/** The lenient reader of Sigstore bundles, of any version and signed by any tool, for `inspect` and `monitor`. */
import { VerificationError } from "../errors.ts";
import type { Source } from "../io/byte_source.ts";
import { asBytes, asDecimal, asList, asOpenObject, asText, isPresent, type JsonObject } from "../json/read.ts";
import { BUNDLE_VERSIONS, type BundleMethod } from "./bundle.ts";
import { cutPayload, methodOf, readBundleJson } from "./read.ts";

/** What a bundle claims, as far as it can be read. Nothing of it is verified, and members may be missing. */
export interface BundleOutline {
  readonly mediaType: string;
  /** The method that it claims; `null` if it has no material. */
  readonly method: BundleMethod | null;
  /** The hint of a public key. */
  readonly keyHint: string | undefined;
  /** The signing certificate, in DER. */
  readonly leaf: Uint8Array | undefined;
  readonly content: EnvelopeOutline | MessageOutline | undefined;
  readonly logEntries: readonly LogEntryOutline[];
}

/** An envelope, whose payload was handed on. */
export interface EnvelopeOutline {
  readonly kind: "envelope";
  readonly payloadType: string;
}

/** A message signature. */
export interface MessageOutline {
  readonly kind: "message";
  readonly digest: { readonly algorithm: string | undefined; readonly bytes: Uint8Array } | undefined;
}

/** A transparency log entry. */
export interface LogEntryOutline {
  readonly logIndex: string | null;
  /** Base64 of the log's id. */
  readonly logId: string | null;
  /** Seconds since 1970; 0 if the log states none. */
  readonly integratedTime: number;
  /** Base64 of the entry as the log has it. */
  readonly body: string | undefined;
}

/**
 * Reads any Sigstore bundle.
 *
 * @param source The signature file.
 * @param takePayload Takes the payload of the envelope, decoded. The bytes are overwritten afterwards.
 * @returns What it claims.
 * @throws {VerificationError} If it is not a Sigstore bundle (`SIGNATURE_INVALID`, `NOT_A_BUNDLE`).
 */
export function readOutline(source: Source, takePayload: (bytes: Uint8Array) => void): BundleOutline {
  const bundle = asOpenObject(readBundleJson(source, takePayload), "it");
  const mediaType = asText(bundle.mediaType, "mediaType");
  if (!isBundleType(mediaType)) {
    throw new VerificationError(
      "NOT_A_BUNDLE",
      "Cannot inspect the signature: its mediaType is not one of a Sigstore bundle",
    );
  }
  const material = optionalObject(bundle.verificationMaterial, "verificationMaterial");
  const logEntries = readLogEntries(material.tlogEntries);
  const leaf = readLeaf(material);
  return {
    mediaType,
    method: readMethod(material, { mediaType, leaf, isLogged: logEntries.length > 0 }),
    keyHint: readKeyHint(material),
    leaf,
    content: readContent(bundle),
    logEntries,
  };
}

/**
 * Tells whether a file looks like a Sigstore bundle, so that replacing it loses no more than an older signature.
 *
 * @param source The file.
 * @returns Whether it is JSON with the media type of a bundle.
 */
export function looksLikeBundle(source: Source): boolean {
  // The payload can be large and does not matter here.
  const nowhere = { append(): void {}, end(): void {} };
  try {
    const { mediaType } = asOpenObject(cutPayload(source, nowhere), "it");
    return typeof mediaType === "string" && isBundleType(mediaType);
  } catch (error) {
    if (!(error instanceof VerificationError)) throw error;
    return false;
  }
}

function isBundleType(mediaType: string): boolean {
  return mediaType.startsWith("application/vnd.dev.sigstore.bundle");
}

function optionalObject(value: unknown, path: string): JsonObject {
  return isPresent(value) ? asOpenObject(value, path) : {};
}

interface MethodClues {
  readonly mediaType: string;
  readonly leaf: Uint8Array | undefined;
  readonly isLogged: boolean;
}

function readMethod(material: JsonObject, { mediaType, leaf, isLogged }: MethodClues): BundleMethod | null {
  if (isPresent(material.publicKey)) return "key";
  if (leaf === undefined) return null;
  const kind = isPresent(material.certificate) ? "certificate" : "x509CertificateChain";
  return methodOf({ kind, certificates: [leaf] }, BUNDLE_VERSIONS.get(mediaType), isLogged);
}

function readKeyHint(material: JsonObject): string | undefined {
  const { hint } = optionalObject(material.publicKey, "verificationMaterial.publicKey");
  return typeof hint === "string" ? hint : undefined;
}

function readLeaf(material: JsonObject): Uint8Array | undefined {
  const path = "verificationMaterial";
  if (isPresent(material.certificate)) {
    const certificate = asOpenObject(material.certificate, `${path}.certificate`);
    return asBytes(certificate.rawBytes, `${path}.certificate.rawBytes`);
  }
  if (!isPresent(material.x509CertificateChain)) return undefined;
  const chain = asOpenObject(material.x509CertificateChain, `${path}.x509CertificateChain`);
  const certificates = asList(chain.certificates, `${path}.x509CertificateChain.certificates`, Infinity);
  const leaf = asOpenObject(certificates[0], `${path}.x509CertificateChain.certificates[0]`);
  return asBytes(leaf.rawBytes, `${path}.x509CertificateChain.certificates[0].rawBytes`);
}

function readLogEntries(value: unknown): LogEntryOutline[] {
  if (!isPresent(value)) return [];
  const path = "verificationMaterial.tlogEntries";
  return asList(value, path, Infinity).map((item, i) => {
    const { logIndex, logId, integratedTime, canonicalizedBody } = asOpenObject(item, `${path}[${i}]`);
    const { keyId } = optionalObject(logId, `${path}[${i}].logId`);
    return {
      logIndex: isPresent(logIndex) ? asDecimal(logIndex, `${path}[${i}].logIndex`) : null,
      logId: typeof keyId === "string" ? keyId : null,
      integratedTime: isPresent(integratedTime) ? Number(asDecimal(integratedTime, `${path}[${i}].integratedTime`)) : 0,
      body: typeof canonicalizedBody === "string" ? canonicalizedBody : undefined,
    };
  });
}

function readContent(bundle: JsonObject): BundleOutline["content"] {
  if (isPresent(bundle.messageSignature)) return { kind: "message", digest: readMessageDigest(bundle) };
  if (!isPresent(bundle.dsseEnvelope)) return undefined;
  const envelope = asOpenObject(bundle.dsseEnvelope, "dsseEnvelope");
  const payloadType = asText(envelope.payloadType, "dsseEnvelope.payloadType");
  // A string was cut out, and what is left is empty.
  if (envelope.payload !== "") asText(envelope.payload, "dsseEnvelope.payload");
  return { kind: "envelope", payloadType };
}

function readMessageDigest(bundle: JsonObject): MessageOutline["digest"] {
  const { messageDigest } = asOpenObject(bundle.messageSignature, "messageSignature");
  if (!isPresent(messageDigest)) return undefined;
  const path = "messageSignature.messageDigest";
  const { algorithm, digest } = asOpenObject(messageDigest, path);
  return {
    algorithm: isPresent(algorithm) ? asText(algorithm, `${path}.algorithm`) : undefined,
    bytes: asBytes(digest, `${path}.digest`),
  };
}
