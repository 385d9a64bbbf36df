/** Certificates whose validity no clock of a test run will leave, for what goes by the clock: signing and verifying. */
import { type CertificateOptions, makeAuthority, makeLeaf, type TestCertificate } from "../_certificates.ts";

/** Validity from long ago until the end of all years. */
export const LASTING = {
  notBefore: new Date("2000-01-01T00:00:00Z"),
  notAfter: new Date("9999-12-31T23:59:59Z"),
} as const;

/** Validity that is over. */
export const EXPIRED = { ...LASTING, notAfter: new Date("2001-01-01T00:00:00Z") } as const;

/** Validity that is far off. */
export const NOT_YET = { ...LASTING, notBefore: new Date("9000-01-01T00:00:00Z") } as const;

/** An authority that keeps all rules. */
export function lastingAuthority(
  subject: string,
  options: Partial<CertificateOptions> = {},
): Promise<TestCertificate> {
  return makeAuthority(subject, { ...LASTING, ...options });
}

/** A signing certificate that keeps all rules. */
export function lastingLeaf(
  issuer: TestCertificate | undefined,
  options: Partial<CertificateOptions> = {},
): Promise<TestCertificate> {
  return makeLeaf(issuer, { ...LASTING, ...options });
}
