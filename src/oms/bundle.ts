/** The Sigstore bundle that a signature file holds (OMS v1.0 §4, §6.8). */
import { VerificationError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { Base64Part } from "../json/base64_part.ts";
import { type Envelope, parseEnvelopeHead } from "./envelope.ts";
import { asBytes, asList, asObject, asOneOf, asOpenObject, asText, isPresent, jsonError } from "../json/read.ts";
import { JsonCutter, type Part } from "../json/stream.ts";
import { base64Pieces, chunksOf, type Source } from "../io/byte_source.ts";

/** The media type of every bundle that OMS has written. */
export const MEDIA_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json";

/** How every signature file begins that this program writes. */
export const SIGNATURE_BEGIN = `{"mediaType":"${MEDIA_TYPE}"`;

/** Which key a bundle names (OMS v1.0 §11.1). */
export interface PublicKeyMaterial {
  readonly kind: "publicKey";
  /** Hex SHA-256 of the key's PEM text. */
  readonly hint?: string;
  /** The key's PEM text, before OMS v1.1. */
  readonly rawBytes?: Uint8Array;
  /** Key and hash, before OMS v1.1. */
  readonly keyDetails?: string;
}

/** Certificates in DER, leaf first. */
export interface CertificateChainMaterial {
  readonly kind: "x509CertificateChain";
  readonly certificates: readonly Uint8Array[];
}

/** What a signature of the methods `key` or `certificate` is verified with. */
export type Material = PublicKeyMaterial | CertificateChainMaterial;

/** A signature over plain bytes, as `h1` and `h2` have it. */
export interface MessageSignature {
  readonly kind: "message";
  /** Algorithm of the digest, as Sigstore names it. */
  readonly algorithm: MessageDigestAlgorithm;
  /** Digest of the message, not of the model. */
  readonly digest: Uint8Array;
  readonly signature: Uint8Array;
}

const MESSAGE_DIGEST_ALGORITHMS = ["SHA2_256", "SHA2_384", "SHA2_512"] as const;

/** The digests of a message that a bundle may hold. */
export type MessageDigestAlgorithm = typeof MESSAGE_DIGEST_ALGORITHMS[number];

/** An envelope that is to be written, whose payload may be larger than is good to hold in memory. */
export interface UnwrittenEnvelope extends Omit<Envelope, "payload"> {
  readonly kind: "envelope";
  readonly payload: Source;
}

/** A bundle of the methods `key` or `certificate`. */
export interface Bundle {
  readonly material: Material;
  readonly content: UnwrittenEnvelope | MessageSignature;
}

/** An envelope in a file, whose payload stays there: it may be larger than is good to hold in memory. */
export interface StoredEnvelope extends Omit<Envelope, "payload"> {
  readonly kind: "envelope";
  /** Length of the payload in bytes. */
  readonly payloadBytes: number;
  /** Reads the payload and hands on its bytes, which are overwritten afterwards. */
  readPayload(take: (bytes: Uint8Array) => void): void;
}

/** A bundle of the methods `key` or `certificate` in a file. */
export interface StoredBundle {
  readonly material: Material;
  readonly content: StoredEnvelope | MessageSignature;
}

/**
 * Reads a bundle of the methods `key` or `certificate`.
 *
 * @param source The signature file.
 * @returns The bundle; nothing in it is verified.
 * @throws {VerificationError} If it is not one (`SIGNATURE_INVALID`), or of another method (`OTHER_METHOD`).
 */
export function parseBundle(source: Source): StoredBundle {
  let payloadBytes = 0;
  const value = readBundleJson(source, (bytes) => payloadBytes += bytes.length);
  const bundle = asObject(value, "it", ["mediaType", "verificationMaterial", "dsseEnvelope", "messageSignature"]);
  asOneOf(bundle.mediaType, "mediaType", [MEDIA_TYPE]);
  const material = parseMaterial(bundle.verificationMaterial);
  if (isPresent(bundle.dsseEnvelope) === isPresent(bundle.messageSignature)) {
    throw jsonError("it", "must hold either a dsseEnvelope or a messageSignature");
  }
  if (isPresent(bundle.messageSignature)) return { material, content: parseMessage(bundle.messageSignature) };
  const { payload, ...envelope } = parseEnvelopeHead(bundle.dsseEnvelope, "dsseEnvelope");
  // If it is a text it was cut out, and what is left is empty.
  if (payload !== "") asText(payload, PAYLOAD);
  return {
    material,
    content: { kind: "envelope", ...envelope, payloadBytes, readPayload: (take) => void cutPayload(source, take) },
  };
}

const PAYLOAD = "dsseEnvelope.payload";

/**
 * Reads the JSON of a bundle without holding the payload of its envelope, which may be large.
 *
 * @param source The signature file.
 * @param take Takes the payload, decoded; the bytes are overwritten afterwards, and nothing of them is verified.
 * @returns The JSON; the payload is an empty text in it.
 * @throws {VerificationError} If it is not JSON, or larger than allowed besides its payload (`SIGNATURE_INVALID`).
 */
export function readBundleJson(source: Source, take: (bytes: Uint8Array) => void): unknown {
  return cutPayload(source, take).finish();
}

function cutPayload(source: Source, take: (bytes: Uint8Array) => void): JsonCutter {
  return cutOut(source, new Base64Part(PAYLOAD, take));
}

/** Reads a bundle whose payload goes to a part of its own. */
function cutOut(source: Source, part: Part): JsonCutter {
  const cutter = new JsonCutter([{ path: PAYLOAD.split("."), opening: '"', part }], "it");
  for (const chunk of chunksOf(source)) cutter.append(chunk);
  return cutter;
}

function parseMaterial(value: unknown): Material {
  const place = "verificationMaterial";
  const material = asObject(value, place, [
    "publicKey",
    "x509CertificateChain",
    "certificate",
    "tlogEntries",
    "timestampVerificationData",
  ]);
  if (isPresent(material.certificate)) {
    throw new VerificationError(
      "OTHER_METHOD",
      "Cannot verify with this method: the signature was made with an identity; use method sigstore",
    );
  }
  if (isPresent(material.publicKey) === isPresent(material.x509CertificateChain)) {
    throw jsonError(place, "must hold either a publicKey or an x509CertificateChain");
  }
  refuseEntries(material.tlogEntries, `${place}.tlogEntries`);
  if (isPresent(material.timestampVerificationData)) {
    const timestamps = asObject(material.timestampVerificationData, `${place}.timestampVerificationData`, [
      "rfc3161Timestamps",
    ]);
    refuseEntries(timestamps.rfc3161Timestamps, `${place}.timestampVerificationData.rfc3161Timestamps`);
  }
  if (isPresent(material.publicKey)) return parsePublicKey(material.publicKey);
  return parseChain(material.x509CertificateChain);
}

/** The methods `key` and `certificate` would not look at these; what is not verified must not be there to impress. */
function refuseEntries(value: unknown, place: string): void {
  if (isPresent(value) && asList(value, place, Infinity).length > 0) {
    throw jsonError(
      place,
      "holds entries, which this method of signing does not have and would not verify; a signature made with a key or a " +
        "certificate is verified with that alone, so it must be made without a transparency log and without timestamps",
    );
  }
}

function parsePublicKey(value: unknown): PublicKeyMaterial {
  const place = "verificationMaterial.publicKey";
  const key = asObject(value, place, ["hint", "rawBytes", "keyDetails"]);
  if (!isPresent(key.hint) && !isPresent(key.rawBytes)) throw jsonError(place, "names no key: it has no hint");
  return {
    kind: "publicKey",
    ...(isPresent(key.hint) ? { hint: asText(key.hint, `${place}.hint`) } : {}),
    ...(isPresent(key.rawBytes) ? { rawBytes: asBytes(key.rawBytes, `${place}.rawBytes`) } : {}),
    ...(isPresent(key.keyDetails) ? { keyDetails: asText(key.keyDetails, `${place}.keyDetails`) } : {}),
  };
}

function parseChain(value: unknown): CertificateChainMaterial {
  const place = "verificationMaterial.x509CertificateChain";
  const chain = asObject(value, place, ["certificates"]);
  const certificates = asList(chain.certificates, `${place}.certificates`, LIMITS.certificates).map((item, i) => {
    const certificate = asObject(item, `${place}.certificates[${i}]`, ["rawBytes"]);
    return asBytes(certificate.rawBytes, `${place}.certificates[${i}].rawBytes`);
  });
  if (certificates.length === 0) throw jsonError(`${place}.certificates`, "is empty");
  return { kind: "x509CertificateChain", certificates };
}

/** Reads a signature over plain bytes. */
export function parseMessage(value: unknown): MessageSignature {
  const place = "messageSignature";
  const message = asObject(value, place, ["messageDigest", "signature"]);
  const digest = asObject(message.messageDigest, `${place}.messageDigest`, ["algorithm", "digest"]);
  return {
    kind: "message",
    algorithm: asOneOf(digest.algorithm, `${place}.messageDigest.algorithm`, MESSAGE_DIGEST_ALGORITHMS),
    digest: asBytes(digest.digest, `${place}.messageDigest.digest`),
    signature: asBytes(message.signature, `${place}.signature`),
  };
}

/**
 * Writes a bundle as the text of a signature file.
 *
 * @param bundle The bundle.
 * @returns JSON, ending with a newline, in pieces.
 */
export function* serializeBundle({ material, content }: Bundle): Generator<string> {
  const text = JSON.stringify({
    mediaType: MEDIA_TYPE,
    verificationMaterial: { ...serializeMaterial(material), tlogEntries: [] },
    ...serializeContent(content),
  }) + "\n";
  if (content.kind === "message") return yield text;
  const at = text.indexOf(PAYLOAD_BEGIN) + PAYLOAD_BEGIN.length;
  yield text.slice(0, at);
  yield* base64Pieces(content.payload);
  yield text.slice(at);
}

const PAYLOAD_BEGIN = '"dsseEnvelope":{"payload":"';

function serializeMaterial(material: Material): Record<string, unknown> {
  if (material.kind === "publicKey") return { publicKey: { hint: material.hint } };
  const certificates = material.certificates.map((der) => ({ rawBytes: der.toBase64() }));
  return { x509CertificateChain: { certificates } };
}

function serializeContent(content: Bundle["content"]): Record<string, unknown> {
  const signature = content.signature.toBase64();
  if (content.kind === "message") {
    const messageDigest = { algorithm: content.algorithm, digest: content.digest.toBase64() };
    return { messageSignature: { messageDigest, signature } };
  }
  const { payloadType } = content;
  // keyid is empty, not absent: older versions of the Python tool want the member to be there.
  const signatures = [{ sig: signature, keyid: "" }];
  return { dsseEnvelope: { payload: "", payloadType, signatures } };
}

/**
 * Tells whether a file looks like a Sigstore bundle, so that replacing it loses no more than an older signature.
 *
 * @param source The file.
 * @returns Whether it is JSON with the media type of a bundle.
 */
export function looksLikeBundle(source: Source): boolean {
  // The payload may be large, and what it is does not matter here.
  const nowhere = { append(): void {}, end(): void {} };
  try {
    const { mediaType } = asOpenObject(cutOut(source, nowhere).finish(), "it");
    return typeof mediaType === "string" && mediaType.startsWith("application/vnd.dev.sigstore.bundle");
  } catch (error) {
    if (!(error instanceof VerificationError)) throw error;
    return false;
  }
}
