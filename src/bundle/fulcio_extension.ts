/** Recognizes certificates of Sigstore's certificate authority, Fulcio, without a parser of certificates. */
import { Buffer } from "node:buffer";

/**
 * The OIDs 1.3.6.1.4.1.57264.1.1 and .8 as DER writes them: the OIDC issuer, as plain bytes and as a DER string
 * (Fulcio's `docs/oid-info.md`).
 */
const ISSUER_OIDS = ["060a2b0601040183bf300101", "060a2b0601040183bf300108"].map((hex) => Buffer.from(hex, "hex"));

/**
 * Tells whether a certificate names an OIDC issuer, as Fulcio's do. It only searches for the extension's OID, which saves
 * loading a certificate parser: no signature is accepted for the answer.
 *
 * @param der The certificate.
 * @returns Whether the OID occurs in it.
 */
export function hasFulcioExtension(der: Uint8Array): boolean {
  const bytes = Buffer.from(der.buffer, der.byteOffset, der.byteLength);
  return ISSUER_OIDS.some((oid) => bytes.includes(oid));
}
