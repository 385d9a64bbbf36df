/** Signatures on certificates: their scheme, the issuer's key, and verification. */
import type { Certificate } from "./certificate.ts";
import { formatOid } from "../asn1/object_identifier.ts";
import { DerReader, TAG } from "../asn1/der.ts";
import { readSignatureKey, type SignatureKey } from "./signature_key.ts";
import { readSignatureScheme, type SignatureScheme } from "./signature_scheme.ts";
import { verifySignature } from "./verify_signature.ts";

/** Common names of unsupported algorithms, by OID. */
const UNSUPPORTED_NAMES: ReadonlyMap<string, string> = new Map([
  ["1.2.840.113549.1.1.10", "RSA-PSS with unusual parameters"],
]);

/** Parsed keys. A path search asks for the same ones repeatedly. */
const keys = new WeakMap<Certificate, SignatureKey | string>();

/** Whether the key of one certificate signed another. Ignores names and everything else. */
export async function isSignedBy(certificate: Certificate, issuer: Certificate): Promise<boolean> {
  const scheme = schemeOf(certificate);
  const key = keyOf(issuer);
  if (scheme === undefined || typeof key === "string") return false;
  return await verifySignature(scheme, key, certificate.signedPart, certificate.signature);
}

/** The signature scheme of a certificate, or `undefined` if it is not supported. */
export function schemeOf(certificate: Certificate): SignatureScheme | undefined {
  return readSignatureScheme(certificate.signatureAlgorithm);
}

/** The unsupported signature algorithm of a certificate, for messages. */
export function schemeLabel({ signatureAlgorithm }: Certificate): string {
  const fields = new DerReader(new DerReader(signatureAlgorithm).take(TAG.sequence).content);
  const oid = formatOid(fields.take(TAG.objectIdentifier).content);
  return UNSUPPORTED_NAMES.get(oid) ?? `the algorithm ${oid}`;
}

/** The key of a certificate, or the kind of key if it is not supported. */
export function keyOf(certificate: Certificate): SignatureKey | string {
  const key = keys.get(certificate) ?? readSignatureKey(certificate.publicKey);
  keys.set(certificate, key);
  return key;
}

/** The kind of a certificate's key, if it is not supported. */
export function unsupportedKey(certificate: Certificate): string | undefined {
  const key = keyOf(certificate);
  return typeof key === "string" ? key : undefined;
}

/** The size of a certificate's key, if it is an RSA key. */
export function rsaBits(certificate: Certificate): number | undefined {
  const key = keyOf(certificate);
  return typeof key !== "string" && key.kind === "rsa" ? key.bits : undefined;
}
