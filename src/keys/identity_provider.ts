/** Who vouched for the identity in a certificate of Sigstore's Fulcio. */
import { type Certificate, extensionValue } from "./certificate.ts";

/** The issuer as a DER text, and the older form as plain bytes (Fulcio's OID list, 1.8 and 1.1). */
const ISSUER = "1.3.6.1.4.1.57264.1.8";
const OLD_ISSUER = "1.3.6.1.4.1.57264.1.1";

/**
 * The OIDC issuer that a Fulcio certificate names.
 *
 * @param certificate The certificate.
 * @returns Its URL, or `undefined` if the certificate names none.
 */
export function identityProvider(certificate: Certificate): string | undefined {
  const value = extensionValue(certificate, ISSUER);
  // A short DER UTF8String: its tag, one byte of length, the text.
  if (value !== undefined && value[0] === 0x0c && value[1] === value.length - 2) {
    return new TextDecoder().decode(value.subarray(2));
  }
  const old = extensionValue(certificate, OLD_ISSUER);
  return old === undefined ? undefined : new TextDecoder().decode(old);
}
