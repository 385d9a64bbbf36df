/** The strict reader of Sigstore bundles, for all methods and for versions 0.1 to 0.3 of the format. */
import { chunksOf, type Source } from "../io/byte_source.ts";
import { Base64Part } from "../json/base64_part.ts";
import { asBytes, asList, asObject, asOneOf, asText, isPresent, jsonError, type JsonObject } from "../json/read.ts";
import { JsonCutter, type Part } from "../json/stream.ts";
import { LIMITS } from "../limits.ts";
import {
  type Bundle,
  BUNDLE_VERSIONS,
  type BundleMethod,
  type BundleVersion,
  type CertificateMaterial,
  type Material,
  MESSAGE_DIGEST_ALGORITHMS,
  type MessageSignature,
  type PublicKeyMaterial,
} from "./bundle.ts";
import { parseEnvelopeHead } from "./envelope.ts";
import { parseLogEntries, parseTimestamps } from "./evidence.ts";
import { hasFulcioExtension } from "./fulcio_extension.ts";

const PAYLOAD = "dsseEnvelope.payload";
const MATERIAL = "verificationMaterial";

/**
 * Reads a bundle. An unknown member is an error: what this program does not understand it does not trust.
 *
 * @param source The signature file. It is read once here, and again when the payload is read.
 * @returns The bundle. Nothing in it is verified.
 * @throws {VerificationError} If it is not a bundle (`SIGNATURE_INVALID`).
 */
export function readBundle(source: Source): Bundle {
  let payloadBytes = 0;
  const json = asObject(readBundleJson(source, (bytes) => payloadBytes += bytes.length), "it", [
    "mediaType",
    MATERIAL,
    "dsseEnvelope",
    "messageSignature",
  ]);
  const version = BUNDLE_VERSIONS.get(asOneOf(json.mediaType, "mediaType", [...BUNDLE_VERSIONS.keys()]))!;
  const material = asObject(json.verificationMaterial, MATERIAL, [
    "publicKey",
    "x509CertificateChain",
    "certificate",
    "tlogEntries",
    "timestampVerificationData",
  ]);
  const evidence = {
    timestamps: parseTimestamps(material.timestampVerificationData, `${MATERIAL}.timestampVerificationData`),
    logEntries: parseLogEntries(material.tlogEntries, `${MATERIAL}.tlogEntries`),
  };
  const parsed = parseMaterial(material, version);
  return {
    version,
    method: methodOf(parsed, version, evidence.logEntries.length > 0),
    material: parsed,
    content: parseContent(json, source, payloadBytes),
    ...evidence,
    json,
  };
}

/**
 * The method of a bundle, from its material. The single `certificate` field is Sigstore's, but the Go tool writes it for
 * a signing certificate without a chain, too. Sigstore's certificates name the OIDC issuer in an extension, and its
 * signatures have a log entry.
 *
 * @param material The material.
 * @param version Version of the format.
 * @param isLogged Whether the bundle has log entries.
 * @returns The method. It only selects what to say; the verifier that the user chose decides what is accepted.
 */
export function methodOf(material: Material, version: BundleVersion | undefined, isLogged: boolean): BundleMethod {
  if (material.kind === "publicKey") return "key";
  if (material.kind === "x509CertificateChain" && version === "0.3") return "certificate";
  return isLogged || hasFulcioExtension(material.certificates[0]!) ? "sigstore" : "certificate";
}

/**
 * Reads the JSON of a bundle without holding the payload of its envelope.
 *
 * @param source The signature file.
 * @param take Takes the payload, decoded. The bytes are overwritten afterwards, and nothing of them is verified.
 * @returns The JSON, in which the payload is an empty string.
 * @throws {VerificationError} If it is not JSON, or larger than allowed besides its payload (`SIGNATURE_INVALID`).
 */
export function readBundleJson(source: Source, take: (bytes: Uint8Array) => void): unknown {
  return cutPayload(source, new Base64Part(PAYLOAD, take));
}

/** Reads the JSON of a bundle, and gives the payload as it is written to a reader of its own. */
export function cutPayload(source: Source, part: Part): unknown {
  const cutter = new JsonCutter([{ path: PAYLOAD.split("."), opening: '"', part }], "it");
  for (const chunk of chunksOf(source)) cutter.append(chunk);
  return cutter.finish();
}

function parseContent(json: JsonObject, source: Source, payloadBytes: number): Bundle["content"] {
  if (isPresent(json.dsseEnvelope) === isPresent(json.messageSignature)) {
    throw jsonError("it", "must hold either a dsseEnvelope or a messageSignature");
  }
  if (isPresent(json.messageSignature)) return parseMessage(json.messageSignature);
  const { payload, ...envelope } = parseEnvelopeHead(json.dsseEnvelope, "dsseEnvelope");
  // A string was cut out, and what is left is empty.
  if (payload !== "") asText(payload, PAYLOAD);
  return {
    kind: "envelope",
    ...envelope,
    payloadBytes,
    readPayload: (take) => void readBundleJson(source, take),
  };
}

function parseMaterial(material: JsonObject, version: BundleVersion): Material {
  const kinds = (["publicKey", "certificate", "x509CertificateChain"] as const)
    .filter((kind) => isPresent(material[kind]));
  if (kinds.length !== 1) {
    throw jsonError(MATERIAL, "must hold exactly one of publicKey, certificate and x509CertificateChain");
  }
  const path = `${MATERIAL}.${kinds[0]}`;
  switch (kinds[0]!) {
    case "publicKey":
      return parsePublicKey(material.publicKey, path);
    case "certificate":
      if (version !== "0.3") throw jsonError(path, `is not allowed in version ${version} of the format`);
      return { kind: "certificate", certificates: [parseCertificate(material.certificate, path)] };
    case "x509CertificateChain":
      return parseChain(material.x509CertificateChain, path);
  }
}

function parsePublicKey(value: unknown, path: string): PublicKeyMaterial {
  const key = asObject(value, path, ["hint", "rawBytes", "keyDetails"]);
  if (!isPresent(key.hint) && !isPresent(key.rawBytes)) throw jsonError(path, "names no key: it has no hint");
  return {
    kind: "publicKey",
    ...(isPresent(key.hint) ? { hint: asText(key.hint, `${path}.hint`) } : {}),
    ...(isPresent(key.rawBytes) ? { rawBytes: asBytes(key.rawBytes, `${path}.rawBytes`) } : {}),
    ...(isPresent(key.keyDetails) ? { keyDetails: asText(key.keyDetails, `${path}.keyDetails`) } : {}),
  };
}

function parseChain(value: unknown, path: string): CertificateMaterial {
  const chain = asObject(value, path, ["certificates"]);
  const certificates = asList(chain.certificates, `${path}.certificates`, LIMITS.certificates)
    .map((item, i) => parseCertificate(item, `${path}.certificates[${i}]`));
  if (certificates.length === 0) throw jsonError(`${path}.certificates`, "is empty");
  return { kind: "x509CertificateChain", certificates };
}

function parseCertificate(value: unknown, path: string): Uint8Array {
  return asBytes(asObject(value, path, ["rawBytes"]).rawBytes, `${path}.rawBytes`);
}

function parseMessage(value: unknown): MessageSignature {
  const path = "messageSignature";
  const message = asObject(value, path, ["messageDigest", "signature"]);
  const digest = asObject(message.messageDigest, `${path}.messageDigest`, ["algorithm", "digest"]);
  return {
    kind: "message",
    algorithm: asOneOf(digest.algorithm, `${path}.messageDigest.algorithm`, MESSAGE_DIGEST_ALGORITHMS),
    digest: asBytes(digest.digest, `${path}.messageDigest.digest`),
    signature: asBytes(message.signature, `${path}.signature`),
  };
}
