/** Trusted authorities: the certificate and timestamp authorities of a trusted root, each with a chain and a period. */
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

/** A trusted authority. */
export interface Authority {
  /** Its chain, in any order. It can end at an intermediate, and omit the certificate that signs timestamps. */
  readonly certificates: readonly Certificate[];
  /** When it is trusted, in addition to the validity of its certificates. */
  readonly period: TrustPeriod;
}

/** Whether an authority is trusted at a time. */
export function isTrustedAt({ period: { start, end } }: Authority, at: Date): boolean {
  return (start === undefined || start <= at) && (end === undefined || at <= end);
}

/**
 * The trust anchors of an authority: the self-signed certificates of its chain, and those whose issuer is not in it. All
 * other certificates need a path to an anchor, so that every constraint on that path applies.
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
 * Verifies that an authority issued a certificate: finds and validates a path to it.
 *
 * @param leaf The certificate.
 * @param authorities The trusted authorities.
 * @param requirements When the path must be valid, and for what purpose.
 * @returns The path: the certificate first, the trust anchor last.
 * @throws {VerificationError} If there is none; of several errors, the first that is not `CHAIN_UNTRUSTED`.
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
