/**
 * Signature algorithms of X.509 and CMS: which scheme and which hash an AlgorithmIdentifier names (RFC 3279, RFC 4055,
 * RFC 5758, RFC 8410).
 */
import { DerReader, TAG } from "../asn1/der.ts";

/** A hash, under its `node:crypto` name. */
export type HashName = "md2" | "md5" | "sha1" | "sha224" | "sha256" | "sha384" | "sha512";

/** A signature scheme with its parameters. */
export type SignatureScheme =
  | { readonly kind: "pkcs1" | "ecdsa"; readonly hash: HashName }
  | { readonly kind: "pss"; readonly hash: HashName; readonly maskHash: HashName; readonly saltLength: number }
  | { readonly kind: "Ed25519" | "Ed448" };

/** The OIDs of key types, as the hex of their bytes. */
export const KEY_OIDS = {
  rsa: "2a864886f70d010101",
  pss: "2a864886f70d01010a",
  ec: "2a8648ce3d0201",
  Ed25519: "2b6570",
  Ed448: "2b6571",
} as const;

/** Schemes without parameters. Those with a weak hash are listed so that errors can name them. */
const SCHEMES: ReadonlyMap<string, SignatureScheme> = new Map([
  ["2a864886f70d010102", { kind: "pkcs1", hash: "md2" }],
  ["2a864886f70d010104", { kind: "pkcs1", hash: "md5" }],
  ["2a864886f70d010105", { kind: "pkcs1", hash: "sha1" }],
  ["2a864886f70d01010e", { kind: "pkcs1", hash: "sha224" }],
  ["2a864886f70d01010b", { kind: "pkcs1", hash: "sha256" }],
  ["2a864886f70d01010c", { kind: "pkcs1", hash: "sha384" }],
  ["2a864886f70d01010d", { kind: "pkcs1", hash: "sha512" }],
  ["2a8648ce3d0401", { kind: "ecdsa", hash: "sha1" }],
  ["2a8648ce3d040301", { kind: "ecdsa", hash: "sha224" }],
  ["2a8648ce3d040302", { kind: "ecdsa", hash: "sha256" }],
  ["2a8648ce3d040303", { kind: "ecdsa", hash: "sha384" }],
  ["2a8648ce3d040304", { kind: "ecdsa", hash: "sha512" }],
  [KEY_OIDS.Ed25519, { kind: "Ed25519" }],
  [KEY_OIDS.Ed448, { kind: "Ed448" }],
]);

const HASHES: ReadonlyMap<string, HashName> = new Map([
  ["2a864886f70d0202", "md2"],
  ["2a864886f70d0205", "md5"],
  ["2b0e03021a", "sha1"],
  ["608648016503040204", "sha224"],
  ["608648016503040201", "sha256"],
  ["608648016503040202", "sha384"],
  ["608648016503040203", "sha512"],
]);

/** 1.2.840.113549.1.1.8 */
const MGF1 = "2a864886f70d010108";

/** Hashes with practical collision attacks. */
const WEAK: readonly HashName[] = ["md2", "md5", "sha1"];

/** The weak hash of a scheme, for messages; `undefined` if its hash is not weak. */
export function weakHash(scheme: SignatureScheme): string | undefined {
  return "hash" in scheme && WEAK.includes(scheme.hash) ? hashLabel(scheme.hash) : undefined;
}

/** The name of a hash for messages, such as `SHA-256`. */
export function hashLabel(hash: HashName): string {
  return hash.toUpperCase().replace("SHA", "SHA-");
}

/**
 * Reads a hash.
 *
 * @param der AlgorithmIdentifier in DER.
 * @returns The hash, or `undefined` if it is unknown.
 * @throws {FormatError} If it is malformed.
 */
export function readHash(der: Uint8Array): HashName | undefined {
  const { oid, parameters } = readAlgorithm(der);
  return isAbsentOrNull(parameters) ? HASHES.get(oid) : undefined;
}

/**
 * Reads a signature scheme.
 *
 * @param der AlgorithmIdentifier in DER.
 * @param digest The hash, if the algorithm names only the kind of key, as CMS allows.
 * @returns The scheme, or `undefined` if it is unknown.
 */
export function readSignatureScheme(der: Uint8Array, digest?: HashName): SignatureScheme | undefined {
  try {
    const { oid, parameters } = readAlgorithm(der);
    if (oid === KEY_OIDS.pss) return readPss(parameters);
    if (!isAbsentOrNull(parameters)) return undefined;
    if (digest !== undefined && oid === KEY_OIDS.rsa) return { kind: "pkcs1", hash: digest };
    if (digest !== undefined && oid === KEY_OIDS.ec) return { kind: "ecdsa", hash: digest };
    return SCHEMES.get(oid);
  } catch {
    return undefined;
  }
}

/** AlgorithmIdentifier. */
export interface Algorithm {
  readonly oid: string;
  /** The parameters in DER. */
  readonly parameters: Uint8Array | undefined;
}

/** Reads an AlgorithmIdentifier (RFC 5280 §4.1.1.2). */
export function readAlgorithm(der: Uint8Array): Algorithm {
  const input = new DerReader(der);
  const reader = new DerReader(input.take(TAG.sequence).content);
  input.finish("after an algorithm");
  const oid = reader.take(TAG.objectIdentifier).content.toHex();
  const parameters = reader.isEmpty ? undefined : reader.next().bytes;
  reader.finish("after the parameters of an algorithm");
  return { oid, parameters };
}

function isAbsentOrNull(parameters: Uint8Array | undefined): boolean {
  return parameters === undefined || parameters[0] === TAG.null;
}

/** RSASSA-PSS-params (RFC 4055 §3.1). The defaults are SHA-1 and 20 bytes of salt. */
export function readPss(parameters: Uint8Array | undefined): SignatureScheme | undefined {
  if (parameters === undefined) return undefined;
  const fields = new DerReader(new DerReader(parameters).take(TAG.sequence).content);
  const hash = fields.takeOptional(0xa0)?.content;
  const mask = fields.takeOptional(0xa1)?.content;
  const salt = fields.takeOptional(0xa2)?.content;
  const trailer = fields.takeOptional(0xa3)?.content;
  fields.finish("after the parameters of RSA-PSS");
  const saltLength = salt === undefined ? 20 : readSmall(salt);
  const hashName = hash === undefined ? "sha1" : readHash(hash);
  const maskHash = mask === undefined ? "sha1" : readMaskHash(mask);
  const isKnown = hashName !== undefined && maskHash !== undefined && saltLength !== undefined;
  if (!isKnown || (trailer !== undefined && readSmall(trailer) !== 1)) return undefined;
  return { kind: "pss", hash: hashName, maskHash, saltLength };
}

function readMaskHash(der: Uint8Array): HashName | undefined {
  const { oid, parameters } = readAlgorithm(der);
  return oid === MGF1 && parameters !== undefined ? readHash(parameters) : undefined;
}

/** A number below 65,536. */
function readSmall(der: Uint8Array): number | undefined {
  const { content } = new DerReader(der).take(TAG.integer);
  if (content.length > 3 || content[0]! >= 0x80) return undefined;
  return content.reduce((sum, byte) => sum * 256 + byte, 0);
}
