/** Signatures of certificates: which there are, and whether one is right. */
import type { Certificate } from "./certificate.ts";
import { formatOid } from "../asn1/object_identifier.ts";
import { DerReader, TAG } from "../asn1/der.ts";
import { readSignatureKey, type SignatureKey } from "./signature_key.ts";
import { readSignatureScheme, type SignatureScheme } from "./signature_scheme.ts";
import { verifySignature } from "./verify_signature.ts";

/** What people call algorithms that are not supported, by OID. */
const UNSUPPORTED_NAMES: ReadonlyMap<string, string> = new Map([
  ["1.2.840.113549.1.1.10", "RSA-PSS with unusual parameters"],
]);

/** Keys are read once, as each is asked about again and again. */
const keys = new WeakMap<Certificate, SignatureKey | string>();

/** Whether a certificate was signed with the key of another. Does not look at names or at anything else. */
export async function isSignedBy(certificate: Certificate, issuer: Certificate): Promise<boolean> {
  const scheme = schemeOf(certificate);
  const key = keyOf(issuer);
  if (scheme === undefined || typeof key === "string") return false;
  return await verifySignature(scheme, key, certificate.signedPart, certificate.signature);
}

/** How a certificate is signed, or `undefined` if such signatures cannot be checked. */
export function schemeOf(certificate: Certificate): SignatureScheme | undefined {
  return readSignatureScheme(certificate.signatureAlgorithm);
}

/** What people call the way in which a certificate is signed, where it is not supported. */
export function schemeLabel({ signatureAlgorithm }: Certificate): string {
  const fields = new DerReader(new DerReader(signatureAlgorithm).take(TAG.sequence).content);
  const oid = formatOid(fields.take(TAG.objectIdentifier).content);
  return UNSUPPORTED_NAMES.get(oid) ?? `the algorithm ${oid}`;
}

/** The key of a certificate, or the reason why nothing that it signed can be checked. */
export function keyOf(certificate: Certificate): SignatureKey | string {
  const key = keys.get(certificate) ?? readSignatureKey(certificate.publicKey);
  keys.set(certificate, key);
  return key;
}

/** Why no signature of a certificate's key can be checked, if so. */
export function unsupportedKey(certificate: Certificate): string | undefined {
  const key = keyOf(certificate);
  return typeof key === "string" ? key : undefined;
}

/** The size of a certificate's key if it is one of RSA. */
export function rsaBits(certificate: Certificate): number | undefined {
  const key = keyOf(certificate);
  return typeof key !== "string" && key.kind === "rsa" ? key.bits : undefined;
}
