/** Whether a certificate in the log is of an authority that is trusted: anyone may put others there, with any name. */
import type { CertificateAuthority, TrustedRoot } from "@sigstore/protobuf-specs";
import { VerificationError } from "../errors.ts";
import { type Certificate, parseCertificate } from "../keys/certificate.ts";
import { verifyChain } from "../verify/chain.ts";

/**
 * Makes ready to tell whether certificates are of an authority of the trusted root.
 *
 * @param root The trusted root.
 * @returns Tells it of a certificate, for the moment at which that was issued.
 */
export function createAuthorityCheck(root: TrustedRoot): (certificate: Certificate) => Promise<boolean> {
  const authorities = root.certificateAuthorities.map((authority) => ({
    authority,
    certificates: (authority.certChain?.certificates ?? []).flatMap(({ rawBytes }) => tryParse(rawBytes)),
  }));
  return async (certificate) => {
    const at = certificate.notBefore;
    const roots = authorities.filter(({ authority }) => wasValid(authority, at)).flatMap((one) => one.certificates);
    try {
      await verifyChain(certificate, [], roots, at);
      return true;
    } catch (error) {
      if (error instanceof VerificationError) return false;
      throw error;
    }
  };
}

/** What cannot be read cannot vouch for anything. */
function tryParse(der: Uint8Array): Certificate[] {
  try {
    return [parseCertificate(der, "a certificate of the trusted root")];
  } catch {
    return [];
  }
}

function wasValid({ validFor }: CertificateAuthority, at: Date): boolean {
  return validFor?.start !== undefined && validFor.start <= at && (validFor.end === undefined || at <= validFor.end);
}
