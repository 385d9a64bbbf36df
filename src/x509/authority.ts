/** Authorities that the user trusts: certificate authorities and timestamp authorities, each with a chain. */
import { VerificationError } from "../errors.ts";
import type { Certificate } from "../keys/certificate.ts";
import type { Judgement } from "../verify/certificate_rules.ts";
import { isSignedBy } from "../verify/certificate_signature.ts";
import { verifyPath } from "../verify/chain.ts";

/** A period; without an end it is open there. */
export interface Period {
  readonly start?: Date | undefined;
  readonly end?: Date | undefined;
}

/** An authority, ready to verify with. */
export interface Authority {
  /** All its certificates, in the order in which they were given. */
  readonly certificates: readonly Certificate[];
  /** Those at the upper end of its chain, which are trusted as they are. */
  readonly anchors: readonly Certificate[];
  /** When it is trusted. */
  readonly period: Period;
}

/**
 * Makes an authority ready to verify with. The certificates that sign themselves are its anchors, and those whose issuer
 * is not among the others: a chain may end at an intermediate certificate.
 *
 * @param certificates Its chain, in any order.
 * @param period When it is trusted, besides the validity of its certificates.
 * @returns The authority.
 */
export async function createAuthority(certificates: readonly Certificate[], period: Period = {}): Promise<Authority> {
  const anchors: Certificate[] = [];
  for (const certificate of certificates) if (await isTop(certificate, certificates)) anchors.push(certificate);
  return { certificates, anchors, period };
}

async function isTop(certificate: Certificate, all: readonly Certificate[]): Promise<boolean> {
  if (certificate.isSelfIssued && await isSignedBy(certificate, certificate)) return true;
  const isIssuer = (other: Certificate): boolean => other.canonicalSubject === certificate.canonicalIssuer;
  return !all.some((other) => other.fingerprint !== certificate.fingerprint && isIssuer(other));
}

/** Whether an authority is trusted at a time. */
export function isTrustedAt({ period: { start, end } }: Authority, at: Date): boolean {
  return (start === undefined || start <= at) && (end === undefined || at <= end);
}

/**
 * Finds the path from a certificate to an authority, and checks it.
 *
 * @param leaf The certificate.
 * @param authorities The authorities that the user trusts.
 * @param judgement When the path must be valid, and what for.
 * @returns The path: the certificate first, the trusted one last.
 * @throws {VerificationError} If there is none. If several authorities could have issued it, about the most telling one.
 */
export async function verifyIssued(
  leaf: Certificate,
  authorities: readonly Authority[],
  judgement: Judgement,
): Promise<Certificate[]> {
  const trusted = authorities.filter((authority) => isTrustedAt(authority, judgement.at));
  let reason: VerificationError | undefined;
  for (const { certificates, anchors } of trusted) {
    try {
      return await verifyPath({ leaf, offered: [], known: certificates, anchors }, judgement);
    } catch (error) {
      if (!(error instanceof VerificationError)) throw error;
      if (reason === undefined || reason.code === "CHAIN_UNTRUSTED") reason = error;
    }
  }
  const at = judgement.at.toISOString();
  throw reason ??
    new VerificationError("CHAIN_UNTRUSTED", `Cannot trust a certificate: no authority was trusted at ${at}`);
}
