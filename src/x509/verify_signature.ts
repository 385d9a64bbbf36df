/** Verifies signatures of X.509 and CMS, with exactly the hash and the salt that the signature names. */
import { Buffer } from "node:buffer";
import { constants, createHash, createPublicKey, verify } from "node:crypto";
import { checkDer, DerReader, TAG } from "../asn1/der.ts";
import { type PssParameters, verifyPkcs1, verifyPss } from "./rsa.ts";
import type { PssLimit, SignatureKey } from "./signature_key.ts";
import type { HashName, SignatureScheme } from "./signature_scheme.ts";

/** The largest RSA key that Deno's `node:crypto` reads. */
const MAX_NODE_RSA_BITS = 4096;

/**
 * Verifies a signature.
 *
 * @param scheme The signature scheme.
 * @param key The public key.
 * @param data What was signed.
 * @param signature The signature.
 * @returns Whether it verifies; `false` also if the key is of another kind. The caller rejects weak hashes.
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
    return false; // For example a signature of the wrong length, or a point that is not on the curve.
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

/** The salt length of a key is a minimum (RFC 4055 §3.3). */
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
  // Deno's `node:crypto` rejects digests shorter than half of the curve's order.
  const { p521 } = await import("@noble/curves/nist.js");
  const digest = createHash(hash).update(data).digest();
  return p521.verify(signature, digest, key.point, { prehash: false, lowS: false, format: "der" });
}

/** Ecdsa-Sig-Value (RFC 3279 §2.2.3) in strict DER. */
function checkEcdsaSignature(signature: Uint8Array): void {
  checkDer(signature);
  const numbers = new DerReader(new DerReader(signature).take(TAG.sequence).content);
  numbers.take(TAG.integer);
  numbers.take(TAG.integer);
  numbers.finish("after a signature");
}

function nodeKey(spki: Uint8Array): ReturnType<typeof createPublicKey> {
  return createPublicKey({ key: Buffer.from(spki), format: "der", type: "spki" });
}
