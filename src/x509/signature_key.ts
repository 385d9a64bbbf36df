/** Public keys of certificates: SubjectPublicKeyInfo (RFC 5280 §4.1.2.7), for RSA, EC, Ed25519 and Ed448. */
import { DerReader, TAG } from "../asn1/der.ts";
import { encodeDer } from "../asn1/encode_der.ts";
import { formatOid } from "../asn1/object_identifier.ts";
import type { PssParameters, RsaKey } from "./rsa.ts";
import { KEY_OIDS, readAlgorithm, readPss } from "./signature_scheme.ts";

/** Limits the time of a verification. */
export const MAX_RSA_BITS = 8192;

const CURVES: ReadonlyMap<string, Curve> = new Map([
  ["2a8648ce3d030107", "P-256"],
  ["2b81040022", "P-384"],
  ["2b81040023", "P-521"],
]);

type Curve = "P-256" | "P-384" | "P-521";

/** A public key that verifies signatures. */
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

/** How a key restricts its signatures (RFC 4055 §1.2): not, to RSA-PSS, or to RSA-PSS with these parameters. */
export type PssLimit = "none" | "pss" | PssParameters;

/**
 * Reads a public key.
 *
 * @param spki SubjectPublicKeyInfo in DER.
 * @returns The key, or the unsupported kind of key, as in "a key of …".
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
  if (oid === KEY_OIDS.ec) return readEcKey(parameters, bits, spki);
  if (oid === KEY_OIDS.Ed25519) return { kind: "Ed25519", spki };
  if (oid === KEY_OIDS.Ed448) return { kind: "Ed448", spki };
  if (oid !== KEY_OIDS.rsa && oid !== KEY_OIDS.pss) return `the algorithm ${formatOid(Uint8Array.fromHex(oid))}`;
  return readRsaKey(bits, oid === KEY_OIDS.rsa ? "none" : readPssLimit(parameters));
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

/** The same key without the restriction to RSA-PSS, a form that every library reads. */
function plainRsa(bits: Uint8Array): Uint8Array {
  const algorithm = Uint8Array.fromHex(`300d0609${KEY_OIDS.rsa}0500`);
  return encodeDer(TAG.sequence, algorithm, encodeDer(TAG.bitString, Uint8Array.of(0), bits));
}

function toBigInt(content: Uint8Array): bigint {
  return BigInt(`0x${content.toHex() || "0"}`);
}
