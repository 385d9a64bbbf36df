/** Signatures of certificates: which there are, and whether one is right (RFC 3279, RFC 4055, RFC 5758). */
import * as pkijs from "pkijs";
import type { Certificate } from "../keys/certificate.ts";

/** How a certificate is signed. */
export interface Scheme {
  readonly hash: string;
  /** The algorithms of keys that make such signatures. */
  readonly keys: readonly string[];
}

const EC_KEY = "1.2.840.10045.2.1";
const RSA_KEY = "1.2.840.113549.1.1.1";
const RSA_PSS = "1.2.840.113549.1.1.10";
const MASK_GENERATION = "1.2.840.113549.1.1.8";

/** RFC 3279, RFC 4055 and RFC 5758. Those with a weak hash are here to be refused for that. */
const SCHEMES: ReadonlyMap<string, Scheme> = new Map([
  ["1.2.840.113549.1.1.2", { hash: "MD2", keys: [RSA_KEY] }],
  ["1.2.840.113549.1.1.4", { hash: "MD5", keys: [RSA_KEY] }],
  ["1.2.840.113549.1.1.5", { hash: "SHA-1", keys: [RSA_KEY] }],
  ["1.2.840.113549.1.1.11", { hash: "SHA-256", keys: [RSA_KEY] }],
  ["1.2.840.113549.1.1.12", { hash: "SHA-384", keys: [RSA_KEY] }],
  ["1.2.840.113549.1.1.13", { hash: "SHA-512", keys: [RSA_KEY] }],
  ["1.2.840.10045.4.1", { hash: "SHA-1", keys: [EC_KEY] }],
  ["1.2.840.10045.4.3.2", { hash: "SHA-256", keys: [EC_KEY] }],
  ["1.2.840.10045.4.3.3", { hash: "SHA-384", keys: [EC_KEY] }],
  ["1.2.840.10045.4.3.4", { hash: "SHA-512", keys: [EC_KEY] }],
]);

const HASHES: ReadonlyMap<string, string> = new Map([
  ["1.3.14.3.2.26", "SHA-1"],
  ["2.16.840.1.101.3.4.2.1", "SHA-256"],
  ["2.16.840.1.101.3.4.2.2", "SHA-384"],
  ["2.16.840.1.101.3.4.2.3", "SHA-512"],
]);

export const WEAK_HASHES: readonly string[] = ["MD2", "MD5", "SHA-1"];

/** P-256, P-384 and P-521. */
const CURVES: readonly string[] = ["1.2.840.10045.3.1.7", "1.3.132.0.34", "1.3.132.0.35"];

/** WebCrypto in Deno takes no longer ones, which also bounds the time that a check takes. */
export const MAX_RSA_BITS = 4096;

/** What people call the unsupported algorithms that they may meet. */
export const UNSUPPORTED_NAMES: ReadonlyMap<string, string> = new Map([
  ["1.3.101.112", "Ed25519"],
  ["1.3.101.113", "Ed448"],
  [RSA_PSS, "RSA-PSS with unusual parameters"],
]);

/** A crypto engine of our own, as that of pkijs is a global variable which others may replace. */
const ENGINE = new pkijs.CryptoEngine({ name: "WebCrypto", crypto });

/** Whether a certificate was signed with the key of another. Does not look at names or at anything else. */
export async function isSignedBy(certificate: Certificate, issuer: Certificate): Promise<boolean> {
  // pkijs goes by the key alone: it would verify with ECDSA what claims to be signed with RSA.
  if (!schemeOf(certificate)?.keys.includes(keyAlgorithm(issuer)) || keyObstacle(issuer) !== undefined) return false;
  try {
    return await certificate.parsed.verify(issuer.parsed, ENGINE);
  } catch {
    return false; // A signature of the wrong length, a point that is not on the curve, SHA-1 with P-384, and so on.
  }
}

/** How a certificate is signed, or `undefined` if such signatures cannot be checked. */
export function schemeOf({ parsed }: Certificate): Scheme | undefined {
  const { algorithmId, algorithmParams } = parsed.signatureAlgorithm;
  return algorithmId === RSA_PSS ? pssScheme(algorithmParams) : SCHEMES.get(algorithmId);
}

/** RSA-PSS with one hash for message and mask, which is all that WebCrypto can do (RFC 4055 §3.1). */
function pssScheme(schema: unknown): Scheme | undefined {
  try {
    const { hashAlgorithm, maskGenAlgorithm, trailerField } = new pkijs.RSASSAPSSParams({ schema });
    const maskHash = new pkijs.AlgorithmIdentifier({ schema: maskGenAlgorithm.algorithmParams });
    const hash = HASHES.get(hashAlgorithm.algorithmId);
    const isUsual = maskGenAlgorithm.algorithmId === MASK_GENERATION && trailerField === 1 &&
      maskHash.algorithmId === hashAlgorithm.algorithmId;
    return hash !== undefined && isUsual ? { hash, keys: [RSA_KEY, RSA_PSS] } : undefined;
  } catch {
    return undefined;
  }
}

/** Why no signature of a certificate's key can be checked, if so. */
export function keyObstacle(certificate: Certificate): string | undefined {
  const { algorithmId, algorithmParams } = certificate.parsed.subjectPublicKeyInfo.algorithm;
  if (algorithmId === EC_KEY) {
    const curve = String(algorithmParams?.valueBlock);
    if (CURVES.includes(curve)) return undefined;
    return /^[\d.]+$/.test(curve) ? `the elliptic curve ${curve}` : "an elliptic curve without a name";
  }
  const bits = rsaBits(certificate);
  if (bits === undefined) return UNSUPPORTED_NAMES.get(algorithmId) ?? `the algorithm ${algorithmId}`;
  return bits > MAX_RSA_BITS ? `RSA with ${bits} bits` : undefined;
}

function keyAlgorithm({ parsed }: Certificate): string {
  return parsed.subjectPublicKeyInfo.algorithm.algorithmId;
}

export function rsaBits({ parsed }: Certificate): number | undefined {
  const key = parsed.subjectPublicKeyInfo.parsedKey;
  if (!(key instanceof pkijs.RSAPublicKey)) return undefined;
  return BigInt(`0x${key.modulus.valueBlock.valueHexView.toHex()}`).toString(2).length;
}
