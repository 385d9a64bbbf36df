/** Authorities that the user trusts: certificate authorities and timestamp authorities, each with a chain. */
import { VerificationError } from "../errors.ts";
import type { Certificate } from "./certificate.ts";
import type { PathRequirements } from "./path_rules.ts";
import { isSignedBy } from "./certificate_signature.ts";
import { verifyPath } from "./path.ts";

/** When an authority is trusted; without a start or an end it is open there. */
export interface TrustPeriod {
  readonly start?: Date | undefined;
  readonly end?: Date | undefined;
}

/** An authority. */
export interface Authority {
  /** Its chain, in any order. It may end at an intermediate certificate, and be without that of a timestamp's signer. */
  readonly certificates: readonly Certificate[];
  /** When it is trusted, besides the validity of its certificates. */
  readonly period: TrustPeriod;
}

/** Whether an authority is trusted at a time. */
export function isTrustedAt({ period: { start, end } }: Authority, at: Date): boolean {
  return (start === undefined || start <= at) && (end === undefined || at <= end);
}

/**
 * The certificates of an authority that are trusted as they are: those that sign themselves, and those whose issuer is
 * not among the others. All others lead to them, so that every constraint on the way counts.
 *
 * @param authority The authority.
 * @returns The anchors.
 */
export async function anchorsOf({ certificates }: Authority): Promise<Certificate[]> {
  const anchors: Certificate[] = [];
  for (const certificate of certificates) if (await isTop(certificate, certificates)) anchors.push(certificate);
  return anchors;
}

async function isTop(certificate: Certificate, all: readonly Certificate[]): Promise<boolean> {
  if (certificate.isSelfIssued && await isSignedBy(certificate, certificate)) return true;
  const isIssuer = (other: Certificate): boolean => other.canonicalSubject === certificate.canonicalIssuer;
  return !all.some((other) => other.fingerprint !== certificate.fingerprint && isIssuer(other));
}

/**
 * Finds the path from a certificate to an authority, and checks it.
 *
 * @param leaf The certificate.
 * @param authorities The authorities that the user trusts.
 * @param requirements When the path must be valid, and what for.
 * @returns The path: the certificate first, the trusted one last.
 * @throws {VerificationError} If there is none. If several authorities could have issued it, about the most telling one.
 */
export async function verifyIssued(
  leaf: Certificate,
  authorities: readonly Authority[],
  requirements: PathRequirements,
): Promise<Certificate[]> {
  let reason: VerificationError | undefined;
  for (const authority of authorities.filter((one) => isTrustedAt(one, requirements.at))) {
    const anchors = await anchorsOf(authority);
    try {
      return await verifyPath({ leaf, offered: [], known: authority.certificates, anchors }, requirements);
    } catch (error) {
      if (!(error instanceof VerificationError)) throw error;
      if (reason === undefined || reason.code === "CHAIN_UNTRUSTED") reason = error;
    }
  }
  throw reason ?? new VerificationError(
    "CHAIN_UNTRUSTED",
    `Cannot trust a certificate: no certificate authority was trusted at ${requirements.at.toISOString()}`,
  );
}
