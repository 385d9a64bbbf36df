/**
 * Signatures as X.509 and CMS have them: an AlgorithmIdentifier says how a key signed (RFC 3279, RFC 4055, RFC 5758,
 * RFC 8410). Whatever hash or salt is named is what is verified with.
 */
import { Buffer } from "node:buffer";
import { constants, createHash, createPublicKey, verify } from "node:crypto";
import { checkDer, DerReader, TAG } from "../asn1/der.ts";
import { formatOid } from "../asn1/object_identifier.ts";
import { type PssParameters, type RsaKey, verifyPkcs1, verifyPss } from "./rsa.ts";

/** A hash, as `node:crypto` names it. */
export type HashName = "md2" | "md5" | "sha1" | "sha224" | "sha256" | "sha384" | "sha512";

/** How something is signed. */
export type SignatureScheme =
  | { readonly kind: "pkcs1" | "ecdsa"; readonly hash: HashName }
  | { readonly kind: "pss"; readonly hash: HashName; readonly maskHash: HashName; readonly saltLength: number }
  | { readonly kind: "Ed25519" | "Ed448" };

/** The OIDs of keys, as the hex of their bytes. */
const KEYS = {
  rsa: "2a864886f70d010101",
  pss: "2a864886f70d01010a",
  ec: "2a8648ce3d0201",
  Ed25519: "2b6570",
  Ed448: "2b6571",
} as const;

const CURVES: ReadonlyMap<string, Curve> = new Map([
  ["2a8648ce3d030107", "P-256"],
  ["2b81040022", "P-384"],
  ["2b81040023", "P-521"],
]);

type Curve = "P-256" | "P-384" | "P-521";

/** Schemes without parameters. Those with a weak hash are known so that they can be refused by name. */
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
  [KEYS.Ed25519, { kind: "Ed25519" }],
  [KEYS.Ed448, { kind: "Ed448" }],
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

/** Hashes for which different contents with one digest can be made, or soon could. */
const WEAK: readonly HashName[] = ["md2", "md5", "sha1"];

/** Bounds the time that a check takes. */
export const MAX_RSA_BITS = 8192;

/** Beyond this `node:crypto` of Deno reads no RSA key. */
const MAX_NODE_RSA_BITS = 4096;

/** The weak hash of a scheme, as people write it; `undefined`: it has none. */
export function weakHash(scheme: SignatureScheme): string | undefined {
  return "hash" in scheme && WEAK.includes(scheme.hash) ? hashLabel(scheme.hash) : undefined;
}

/** The name of a hash as people write it. */
export function hashLabel(hash: HashName): string {
  return hash.toUpperCase().replace("SHA", "SHA-");
}

/**
 * Reads a hash.
 *
 * @param der AlgorithmIdentifier in DER.
 * @returns The hash, or `undefined` if it is not a known one.
 * @throws {FormatError} If it is malformed.
 */
export function readHash(der: Uint8Array): HashName | undefined {
  const { oid, parameters } = readAlgorithm(der);
  return isAbsentOrNull(parameters) ? HASHES.get(oid) : undefined;
}

/**
 * Reads how something is signed.
 *
 * @param der AlgorithmIdentifier in DER.
 * @param digest The hash where the algorithm names just the kind of key, as CMS allows.
 * @returns The scheme, or `undefined` if it is not a known one.
 */
export function readSignatureScheme(der: Uint8Array, digest?: HashName): SignatureScheme | undefined {
  try {
    const { oid, parameters } = readAlgorithm(der);
    if (oid === KEYS.pss) return readPss(parameters);
    if (!isAbsentOrNull(parameters)) return undefined;
    if (digest !== undefined && oid === KEYS.rsa) return { kind: "pkcs1", hash: digest };
    if (digest !== undefined && oid === KEYS.ec) return { kind: "ecdsa", hash: digest };
    return SCHEMES.get(oid);
  } catch {
    return undefined;
  }
}

interface Algorithm {
  readonly oid: string;
  /** Whatever follows the OID, in DER. */
  readonly parameters: Uint8Array | undefined;
}

function readAlgorithm(der: Uint8Array): Algorithm {
  const input = new DerReader(der);
  const reader = new DerReader(input.take(TAG.sequence).content);
  input.finish("behind an algorithm");
  const oid = reader.take(TAG.objectIdentifier).content.toHex();
  const parameters = reader.isEmpty ? undefined : reader.next().bytes;
  reader.finish("behind the parameters of an algorithm");
  return { oid, parameters };
}

function isAbsentOrNull(parameters: Uint8Array | undefined): boolean {
  return parameters === undefined || parameters[0] === TAG.null;
}

/** RSASSA-PSS-params (RFC 4055 §3.1): what is absent is SHA-1, with 20 bytes of salt. */
function readPss(parameters: Uint8Array | undefined): SignatureScheme | undefined {
  if (parameters === undefined) return undefined;
  const fields = new DerReader(new DerReader(parameters).take(TAG.sequence).content);
  const hash = fields.takeOptional(0xa0)?.content;
  const mask = fields.takeOptional(0xa1)?.content;
  const salt = fields.takeOptional(0xa2)?.content;
  const trailer = fields.takeOptional(0xa3)?.content;
  fields.finish("behind the parameters of RSA-PSS");
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

/** A public key, as far as signatures need to know it. */
export type SignatureKey =
  | {
    readonly kind: "rsa";
    readonly key: RsaKey;
    readonly bits: number;
    readonly spki: Uint8Array;
    readonly pss: PssLimit;
  }
  | { readonly kind: "ec"; readonly curve: Curve; readonly point: Uint8Array; readonly spki: Uint8Array }
  | { readonly kind: "Ed25519" | "Ed448"; readonly spki: Uint8Array };

/** What a key says of the signatures that it makes (RFC 4055 §1.2): any, or RSA-PSS only, perhaps with these parameters. */
type PssLimit = "none" | "pss" | PssParameters;

/**
 * Reads a public key.
 *
 * @param spki SubjectPublicKeyInfo in DER.
 * @returns The key, or the reason why nothing that it signs can be verified, as in "a key of …".
 */
export function readSignatureKey(spki: Uint8Array): SignatureKey | string {
  try {
    return readKey(spki);
  } catch {
    return "a malformed encoding";
  }
}

function readKey(spki: Uint8Array): SignatureKey | string {
  const fields = new DerReader(new DerReader(spki).take(TAG.sequence).content);
  const { oid, parameters } = readAlgorithm(fields.take(TAG.sequence).bytes);
  const bits = fields.take(TAG.bitString).content.subarray(1);
  if (oid === KEYS.ec) return readEcKey(parameters, bits, spki);
  if (oid === KEYS.Ed25519) return { kind: "Ed25519", spki };
  if (oid === KEYS.Ed448) return { kind: "Ed448", spki };
  if (oid !== KEYS.rsa && oid !== KEYS.pss) return `the algorithm ${formatOid(Uint8Array.fromHex(oid))}`;
  return readRsaKey(bits, oid === KEYS.rsa ? "none" : readPssLimit(parameters));
}

function readEcKey(parameters: Uint8Array | undefined, point: Uint8Array, spki: Uint8Array): SignatureKey | string {
  if (parameters?.[0] !== TAG.objectIdentifier) return "an elliptic curve without a name";
  const oid = new DerReader(parameters).take(TAG.objectIdentifier).content.toHex();
  const curve = CURVES.get(oid);
  return curve === undefined
    ? `the elliptic curve ${formatOid(Uint8Array.fromHex(oid))}`
    : { kind: "ec", curve, point, spki };
}

function readPssLimit(parameters: Uint8Array | undefined): PssLimit | undefined {
  if (parameters === undefined) return "pss";
  const scheme = readPss(parameters);
  return scheme?.kind === "pss" ? scheme : undefined;
}

function readRsaKey(bits: Uint8Array, pss: PssLimit | undefined): SignatureKey | string {
  const numbers = new DerReader(new DerReader(bits).take(TAG.sequence).content);
  const modulus = numbers.take(TAG.integer).content;
  const exponent = numbers.take(TAG.integer).content;
  const key = { modulus: toBigInt(modulus), exponent: toBigInt(exponent) };
  const size = key.modulus.toString(2).length;
  if (size > MAX_RSA_BITS) return `RSA with ${size} bits`;
  if (pss === undefined) return "RSA-PSS with unusual parameters";
  return { kind: "rsa", key, bits: size, spki: plainRsa(bits), pss };
}

/** The same key as one that is not for RSA-PSS alone, which is the form that every library reads. */
function plainRsa(bits: Uint8Array): Uint8Array {
  const algorithm = Uint8Array.fromHex(`300d0609${KEYS.rsa}0500`);
  return sequence(concat(algorithm, element(TAG.bitString, concat(Uint8Array.of(0), bits))));
}

function sequence(content: Uint8Array): Uint8Array {
  return element(TAG.sequence, content);
}

function element(tag: number, content: Uint8Array): Uint8Array {
  const size = content.length;
  const length = size < 0x80 ? [size] : size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 0xff];
  return concat(Uint8Array.of(tag, ...length), content);
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  const all = new Uint8Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
}

function toBigInt(content: Uint8Array): bigint {
  return BigInt(`0x${content.toHex() || "0"}`);
}

/**
 * Verifies a signature.
 *
 * @param scheme How it was made.
 * @param key The public key.
 * @param data What was signed.
 * @param signature The signature.
 * @returns Whether it is right; `false` too if the key is not for such signatures. A weak hash is for the caller to refuse.
 */
export async function verifySignature(
  scheme: SignatureScheme,
  key: SignatureKey,
  data: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  try {
    if (key.kind === "ec") return scheme.kind === "ecdsa" && await verifyEcdsa(scheme.hash, key, data, signature);
    if (key.kind === "rsa") return verifyRsa(scheme, key, data, signature);
    return scheme.kind === key.kind && verify(null, data, nodeKey(key.spki), signature);
  } catch {
    return false; // A signature of the wrong length, a point that is not on the curve, and so on.
  }
}

type RsaSignatureKey = Extract<SignatureKey, { kind: "rsa" }>;

function verifyRsa(scheme: SignatureScheme, key: RsaSignatureKey, data: Uint8Array, signature: Uint8Array): boolean {
  const isLarge = key.bits > MAX_NODE_RSA_BITS;
  if (scheme.kind === "pkcs1") {
    if (key.pss !== "none") return false;
    if (isLarge) return verifyPkcs1(key.key, scheme.hash, data, signature);
    return verify(scheme.hash, data, nodeKey(key.spki), signature);
  }
  if (scheme.kind !== "pss" || !isWithin(scheme, key.pss)) return false;
  if (isLarge || scheme.hash !== scheme.maskHash) return verifyPss(key.key, scheme, data, signature);
  const padding = constants.RSA_PKCS1_PSS_PADDING;
  return verify(scheme.hash, data, { key: nodeKey(key.spki), padding, saltLength: scheme.saltLength }, signature);
}

/** The salt of a key is the least one (RFC 4055 §3.3). */
function isWithin(scheme: PssParameters, limit: PssLimit): boolean {
  if (typeof limit === "string") return true;
  return scheme.hash === limit.hash && scheme.maskHash === limit.maskHash && scheme.saltLength >= limit.saltLength;
}

type EcSignatureKey = Extract<SignatureKey, { kind: "ec" }>;

async function verifyEcdsa(
  hash: HashName,
  key: EcSignatureKey,
  data: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  checkEcdsaSignature(signature);
  const isShort = key.curve === "P-521" && (hash === "sha224" || hash === "sha256");
  if (!isShort) return verify(hash, data, nodeKey(key.spki), signature);
  // `node:crypto` of Deno says false for digests that are shorter than half of the curve's order.
  const { p521 } = await import("@noble/curves/nist.js");
  const digest = createHash(hash).update(data).digest();
  return p521.verify(signature, digest, key.point, { prehash: false, lowS: false, format: "der" });
}

/** Ecdsa-Sig-Value (RFC 3279 §2.2.3), in the one form that DER has for it. */
function checkEcdsaSignature(signature: Uint8Array): void {
  checkDer(signature);
  const numbers = new DerReader(new DerReader(signature).take(TAG.sequence).content);
  numbers.take(TAG.integer);
  numbers.take(TAG.integer);
  numbers.finish("behind a signature");
}

function nodeKey(spki: Uint8Array): ReturnType<typeof createPublicKey> {
  return createPublicKey({ key: Buffer.from(spki), format: "der", type: "spki" });
}
