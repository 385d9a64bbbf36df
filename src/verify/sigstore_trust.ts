/** The keys and authorities of a trusted root, in the form that verification uses. */
import "../sigstore/node_crypto_patch.ts";
import type { CertificateAuthority, TrustedRoot } from "@sigstore/protobuf-specs";
import { toTrustMaterial, type TrustMaterial } from "@sigstore/verify";
import { type Certificate, parseCertificate } from "../x509/certificate.ts";
import { type LogKey, logKeys } from "../sigstore/log/log_key.ts";
import type { Authority } from "../x509/authority.ts";

/** What a signature is verified with. */
export interface VerificationKeys {
  /** For `@sigstore/verify`: the keys of the logs. It gets no authorities, because certificates are verified without it. */
  readonly library: TrustMaterial;
  /** The transparency logs. */
  readonly logs: readonly LogKey[];
  /** The certificate authorities. */
  readonly certificateAuthorities: readonly Authority[];
  /** The timestamp authorities. */
  readonly timestampAuthorities: readonly Authority[];
}

/**
 * Reads the keys and authorities of a trusted root.
 *
 * @param root The trusted root.
 * @returns The keys and authorities.
 */
export function readVerificationKeys(root: TrustedRoot): VerificationKeys {
  return {
    library: toTrustMaterial({ ...root, certificateAuthorities: [], timestampAuthorities: [] }),
    logs: logKeys(root),
    certificateAuthorities: readAuthorities(root.certificateAuthorities),
    timestampAuthorities: readAuthorities(root.timestampAuthorities),
  };
}

/**
 * Reads authorities of a trusted root.
 *
 * @param authorities Certificate authorities or timestamp authorities.
 * @returns The authorities. A certificate that cannot be read is left out, so it proves nothing.
 */
export function readAuthorities(authorities: readonly CertificateAuthority[]): Authority[] {
  return authorities.map(({ certChain, validFor }) => ({
    certificates: (certChain?.certificates ?? []).flatMap(({ rawBytes }) => tryParse(rawBytes)),
    period: { start: validFor?.start, end: validFor?.end },
  }));
}

function tryParse(der: Uint8Array): Certificate[] {
  try {
    return [parseCertificate(der, "a certificate of the trusted root")];
  } catch {
    return [];
  }
}
