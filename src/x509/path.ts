/**
 * Certification paths (RFC 5280 §6), from a certificate to a trust anchor. The method `certificate`, Fulcio, timestamp
 * authorities and the monitor all use this one implementation.
 */
import { VerificationError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import type { Certificate } from "./certificate.ts";
import { describeCertificate } from "./path_errors.ts";
import { Pool } from "./path_pool.ts";
import {
  CODE_SIGNING,
  extendedKeyUsageError,
  firstError,
  leafKeyUsageError,
  type PathRequirements,
  type Step,
  throwIfAny,
  validityError,
} from "./path_rules.ts";
import { findValidPath } from "./path_search.ts";

/** Maximum number of certificates in a signature. With cached signature checks, this bounds the work. */
export const MAX_CERTIFICATES = LIMITS.certificates;

/**
 * Finds the path from a signing certificate to a trusted root and checks it.
 *
 * Every certificate in `roots` is a trust anchor, self-signed or not, within its own limits: it must be valid, must be a
 * CA to issue certificates, and its constraints apply (RFC 5937). A signing certificate among the roots is a path of one.
 * Every certificate of the signature is checked, whether or not it is on the path.
 *
 * @param leaf The signing certificate.
 * @param intermediates The other certificates in the signature, in any order.
 * @param roots The certificates that the user trusts.
 * @param at The time for which the path must be valid.
 * @returns The path: the signing certificate first, the trust anchor last.
 * @throws {VerificationError} If there is no such path, or it breaks a rule. The code names the rule:
 * `CHAIN_TOO_LONG`, `CHAIN_TOO_COMPLEX`, `CHAIN_UNTRUSTED`, `CHAIN_UNRELATED`, `CERTIFICATE_EXPIRED`,
 * `CERTIFICATE_NOT_YET_VALID`, `CERTIFICATE_NOT_CA`, `CERTIFICATE_POLICY`, `PATH_LENGTH`, `KEY_USAGE`,
 * `EXTENDED_KEY_USAGE`, `NAME_CONSTRAINTS`, `CRITICAL_EXTENSION`, `WEAK_CERTIFICATE` or `CERTIFICATE_UNSUPPORTED`.
 * @throws {RangeError} If `at` is not a date.
 */
export function verifyChain(
  leaf: Certificate,
  intermediates: readonly Certificate[],
  roots: readonly Certificate[],
  at: Date,
): Promise<Certificate[]> {
  return verifyPath({ leaf, offered: intermediates, known: [], anchors: roots }, { at, purpose: CODE_SIGNING });
}

/** The certificates to build a path from. */
export interface PathSource {
  /** The certificate at the lower end. */
  readonly leaf: Certificate;
  /** The other certificates of the signature. Their number is limited, and none may be unrelated. */
  readonly offered: readonly Certificate[];
  /** Intermediate certificates from a trusted source. They are not trust anchors. */
  readonly known: readonly Certificate[];
  /** The trust anchors. */
  readonly anchors: readonly Certificate[];
}

/**
 * Finds a certification path and validates it.
 *
 * @param source The certificates.
 * @param requirements When the path must be valid, and for what purpose.
 * @returns The path: the leaf first, the trust anchor last.
 * @throws {VerificationError} If there is none, with the codes of {@linkcode verifyChain}.
 * @throws {RangeError} If the time is not a date.
 */
export async function verifyPath(source: PathSource, requirements: PathRequirements): Promise<Certificate[]> {
  const { leaf, offered, known, anchors } = source;
  checkTime(requirements.at);
  checkCount(1 + offered.length);
  const pool = new Pool(leaf, [...offered, ...known], anchors);
  const path = await findValidPath(leaf, pool, requirements);
  await checkUnrelated(offered, path, pool);
  return path;
}

/**
 * Rejects extra certificates that are unrelated to a leaf's path. Each must be a CA that issued, or was issued by, another
 * certificate here.
 *
 * @param offered The extra certificates.
 * @param leaf The certificate that they accompany.
 * @param trusted The trusted certificates.
 * @throws {VerificationError} If one is unrelated (`CHAIN_UNRELATED`).
 */
export async function checkRelated(
  offered: readonly Certificate[],
  leaf: Certificate,
  trusted: readonly Certificate[],
): Promise<void> {
  const pool = new Pool(leaf, offered, trusted);
  for (const certificate of offered) {
    if (pool.isAnchor(certificate)) continue;
    const isCa = certificate.basicConstraints?.isCa ?? false;
    const issuers = (await pool.issuersOf(certificate)).filter((issuer) =>
      issuer.fingerprint !== certificate.fingerprint
    );
    if (!isCa || (issuers.length === 0 && !await pool.hasIssued(certificate))) throw unrelated(certificate);
  }
}

/**
 * Checks that a certificate is valid and that its usages allow signing models. Does not build a path.
 *
 * @param leaf The signing certificate.
 * @param at The time of signing.
 * @throws {VerificationError} If it may not sign (`CERTIFICATE_EXPIRED`, `CERTIFICATE_NOT_YET_VALID`, `KEY_USAGE` or
 * `EXTENDED_KEY_USAGE`).
 * @throws {RangeError} If `at` is not a date.
 */
export function checkLeafUsage(leaf: Certificate, at: Date): void {
  checkTime(at);
  throwIfAny(
    firstError([validityError, leafKeyUsageError, extendedKeyUsageError], byItself(leaf), {
      at,
      purpose: CODE_SIGNING,
    }),
  );
}

/** A signing certificate outside of any path. */
function byItself(certificate: Certificate): Step {
  return { certificate, below: undefined, isAnchor: false, intermediates: 0 };
}

/** An invalid date compares as neither before nor after any other, and so would be within every validity. */
function checkTime(at: Date): void {
  if (Number.isNaN(at.getTime())) throw new RangeError("Cannot check certificates: the time is not a date");
}

function checkCount(count: number): void {
  if (count <= MAX_CERTIFICATES) return;
  throw new VerificationError(
    "CHAIN_TOO_LONG",
    `Cannot check the certificates in the signature: there are ${count}, at most ${MAX_CERTIFICATES} are allowed`,
  );
}

/**
 * Rejects certificates of the signature that are unrelated to the path. A certificate is related if it is on the path or
 * a trust anchor, if a certificate here signed it, or if its issuer is absent and it signed one here, as a cross-signed
 * certificate does.
 */
async function checkUnrelated(
  intermediates: readonly Certificate[],
  path: readonly Certificate[],
  pool: Pool,
): Promise<void> {
  const onPath = new Set(path.map((certificate) => certificate.fingerprint));
  for (const certificate of intermediates) {
    if (onPath.has(certificate.fingerprint) || pool.isAnchor(certificate)) continue;
    if ((await pool.issuersOf(certificate)).length > 0) continue;
    if (!pool.hasNamedSigner(certificate) && await pool.hasIssued(certificate)) continue;
    throw unrelated(certificate);
  }
}

function unrelated(certificate: Certificate): VerificationError {
  return new VerificationError(
    "CHAIN_UNRELATED",
    `Cannot accept the certificate ${
      describeCertificate(certificate)
    } in the signature: no certificate here has signed it or was ` +
      "signed by it, so it was changed or does not belong there; a signature with just the chain of its signing " +
      "certificate is needed",
  );
}
