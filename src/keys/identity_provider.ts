/** Who vouched for the identity in a certificate of Sigstore's Fulcio, as far as it can be told. */
import type { Certificate } from "../x509/certificate.ts";
import { extensionText, ISSUER, OLD_ISSUER } from "../x509/fulcio_certificate.ts";

/**
 * The OIDC issuer that a Fulcio certificate names, to show it; `readFulcioIdentity` is for what decides.
 *
 * @param certificate The certificate.
 * @returns Its URL, or `undefined` if the certificate names none.
 */
export function identityProvider(certificate: Certificate): string | undefined {
  return extensionText(certificate, ISSUER) ?? extensionText(certificate, OLD_ISSUER);
}
