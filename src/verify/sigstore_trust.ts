/** A trusted root, made ready to verify with. */
import "../sigstore/mend.ts";
import type { CertificateAuthority, TrustedRoot } from "@sigstore/protobuf-specs";
import { toTrustMaterial, type TrustMaterial } from "@sigstore/verify";
import { type Certificate, parseCertificate } from "../keys/certificate.ts";
import { type LogKey, logKeys } from "../sigstore/log/log_key.ts";

/** What a signature is verified with. */
export interface Trust {
  /** For the library. */
  readonly material: TrustMaterial;
  /** The transparency logs. */
  readonly logs: readonly LogKey[];
  /** Certificates of the timestamp authorities, in DER. */
  readonly timestampCertificates: readonly Uint8Array[];
  /** Certificates of the certificate authorities, in DER. */
  readonly authorityCertificates: readonly Uint8Array[];
  /** What the timestamp authority is called whose certificate has this serial number. */
  timestampAuthorityName(serialNumber: Uint8Array): string;
}

/** The purpose "time stamping" of a certificate. */
const TIME_STAMPING = "1.3.6.1.5.5.7.3.8";

/**
 * Makes a trusted root ready.
 *
 * @param root The trusted root.
 * @returns The trust.
 */
export function readTrust(root: TrustedRoot): Trust {
  const timestampAuthorities = root.timestampAuthorities.filter(mayStamp);
  return {
    material: toTrustMaterial({ ...root, timestampAuthorities }),
    logs: logKeys(root),
    timestampCertificates: timestampAuthorities.flatMap(certificatesOf),
    authorityCertificates: root.certificateAuthorities.flatMap(certificatesOf),
    timestampAuthorityName(serialNumber): string {
      const wanted = numberOf(serialNumber.toHex());
      const leaves = timestampAuthorities.map(leafOf);
      return leaves.find((leaf) => leaf !== undefined && numberOf(leaf.serialNumber) === wanted)?.subject ?? "";
    },
  };
}

function numberOf(hex: string): bigint {
  return BigInt(`0x${hex || "0"}`);
}

function certificatesOf(authority: CertificateAuthority): Uint8Array[] {
  return (authority.certChain?.certificates ?? []).map((certificate) => certificate.rawBytes);
}

/** One that this program cannot read stamps nothing; the others still do. */
function leafOf(authority: CertificateAuthority): Certificate | undefined {
  const [der] = certificatesOf(authority);
  try {
    return der && parseCertificate(der, "the certificate of a timestamp authority");
  } catch {
    return undefined;
  }
}

/** The library does not look at the purpose of a certificate (RFC 3161 §2.3). */
function mayStamp(authority: CertificateAuthority): boolean {
  return leafOf(authority)?.extendedKeyUsage?.includes(TIME_STAMPING) ?? false;
}
