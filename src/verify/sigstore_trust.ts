/** A trusted root, made ready to verify with. */
import "../sigstore/node_crypto_patch.ts";
import type { CertificateAuthority, TrustedRoot } from "@sigstore/protobuf-specs";
import { toTrustMaterial, type TrustMaterial } from "@sigstore/verify";
import { type Certificate, parseCertificate } from "../x509/certificate.ts";
import { type LogKey, logKeys } from "../sigstore/log/log_key.ts";
import type { Authority } from "../x509/authority.ts";

/** What a signature is verified with. */
export interface Trust {
  /** For the library: the keys of the logs. It does not see the authorities, which are verified without it. */
  readonly material: TrustMaterial;
  /** The transparency logs. */
  readonly logs: readonly LogKey[];
  /** The certificate authorities. */
  readonly certificateAuthorities: readonly Authority[];
  /** The timestamp authorities. */
  readonly timestampAuthorities: readonly Authority[];
}

/**
 * Makes a trusted root ready.
 *
 * @param root The trusted root.
 * @returns The trust.
 */
export function readTrust(root: TrustedRoot): Trust {
  return {
    material: toTrustMaterial({ ...root, certificateAuthorities: [], timestampAuthorities: [] }),
    logs: logKeys(root),
    certificateAuthorities: readAuthorities(root.certificateAuthorities),
    timestampAuthorities: readAuthorities(root.timestampAuthorities),
  };
}

/**
 * The authorities of a trusted root.
 *
 * @param authorities Certificate authorities or timestamp authorities.
 * @returns The same, ready to verify with. A certificate that cannot be read vouches for nothing.
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
