/** Whether a certificate in the log is of an authority that is trusted: anyone may put others there, with any name. */
import type { TrustedRoot } from "@sigstore/protobuf-specs";
import { VerificationError } from "../errors.ts";
import type { Certificate } from "../x509/certificate.ts";
import { CODE_SIGNING } from "../x509/path_rules.ts";
import { readAuthorities } from "../verify/sigstore_trust.ts";
import { verifyIssued } from "../x509/authority.ts";

/**
 * Makes ready to tell whether certificates are of an authority of the trusted root.
 *
 * @param root The trusted root.
 * @returns Tells it of a certificate, for the moment at which that was issued.
 */
export function createAuthorityCheck(root: TrustedRoot): (certificate: Certificate) => Promise<boolean> {
  const authorities = readAuthorities(root.certificateAuthorities);
  return async (certificate) => {
    try {
      await verifyIssued(certificate, authorities, { at: certificate.notBefore, purpose: CODE_SIGNING });
      return true;
    } catch (error) {
      if (error instanceof VerificationError) return false;
      throw error;
    }
  };
}
