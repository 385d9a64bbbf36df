/**
 * Certificate paths (RFC 5280 §6): from the signing certificate to one that the user trusts. What OMS v1.0 §8.2 asks of
 * the method `certificate` is checked here, except for the signature over the model.
 */
import { VerificationError } from "../errors.ts";
import type { Certificate } from "../keys/certificate.ts";
import { LIMITS } from "../limits.ts";
import { Pool } from "./certificate_pool.ts";
import {
  AUTHORITY_RULES,
  checkPath,
  faultOf,
  LEAF_RULES,
  purposeFault,
  signingFault,
  type Step,
  throwIfAny,
  validityFault,
} from "./certificate_rules.ts";
import { whyUntrusted } from "./certificate_untrusted.ts";
import { nameOf } from "./certificate_words.ts";

/** The most certificates in a signature; together with remembered signature checks this bounds the work. */
export const MAX_CERTIFICATES = LIMITS.certificates;

/**
 * Finds the path from a signing certificate to a trusted root and checks it.
 *
 * Every certificate in `roots` is trusted as it is, self-signed or not, within its own limits: it must be valid, may
 * issue certificates only if it says so, and so on. A signing certificate that is itself among the roots is a path of
 * one. No certificate of the signature goes unchecked, be it on the path or not.
 *
 * @param leaf The signing certificate.
 * @param intermediates The other certificates in the signature, in any order.
 * @param roots The certificates that the user trusts.
 * @param at The time for which the path must be valid.
 * @returns The path: the signing certificate first, the trusted one last.
 * @throws {VerificationError} If there is no such path, or if it breaks a rule. The code says which:
 * `CHAIN_TOO_LONG`, `CHAIN_UNTRUSTED`, `CHAIN_UNRELATED`, `CERTIFICATE_EXPIRED`, `CERTIFICATE_NOT_YET_VALID`,
 * `CERTIFICATE_NOT_CA`, `PATH_LENGTH`, `KEY_USAGE`, `EXTENDED_KEY_USAGE`, `CRITICAL_EXTENSION`, `WEAK_CERTIFICATE` or
 * `CERTIFICATE_UNSUPPORTED`.
 * @throws {RangeError} If `at` is not a date.
 */
export async function verifyChain(
  leaf: Certificate,
  intermediates: readonly Certificate[],
  roots: readonly Certificate[],
  at: Date,
): Promise<Certificate[]> {
  checkTime(at);
  checkCount(1 + intermediates.length);
  const pool = new Pool(leaf, intermediates, roots);
  const path = await choosePath(leaf, pool, at);
  checkPath(path, at);
  const certificates = path.map((step) => step.certificate);
  await checkStrays(intermediates, certificates, pool);
  return certificates;
}

/**
 * Checks what a certificate says of itself: whether it is valid and may sign. Whom it can convince is not checked.
 *
 * @param leaf The signing certificate.
 * @param at The time at which it is to sign.
 * @throws {VerificationError} If it must not sign (`CERTIFICATE_EXPIRED`, `CERTIFICATE_NOT_YET_VALID`, `KEY_USAGE` or
 * `EXTENDED_KEY_USAGE`).
 * @throws {RangeError} If `at` is not a date.
 */
export function checkLeafUsage(leaf: Certificate, at: Date): void {
  checkTime(at);
  throwIfAny(faultOf([validityFault, signingFault, purposeFault], byItself(leaf), at));
}

/**
 * Checks all that a signing certificate must be by itself. Who issued it is for others to verify.
 *
 * @param leaf The signing certificate.
 * @param at The time at which it has signed.
 * @throws {VerificationError} If it must not sign, as `checkLeafUsage()` has it, or has an extension that must be known and
 * is not (`CRITICAL_EXTENSION`), or a weak key or signature (`WEAK_CERTIFICATE`).
 * @throws {RangeError} If `at` is not a date.
 */
export function checkLeaf(leaf: Certificate, at: Date): void {
  checkTime(at);
  throwIfAny(faultOf(LEAF_RULES, byItself(leaf), at));
}

/** A signing certificate that no path was looked for. */
function byItself(certificate: Certificate): Step {
  return { certificate, below: undefined, isAnchor: false, intermediates: 0 };
}

/** A date that is none would be neither before nor after any other, and so within every validity. */
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
 * The path to judge: one that keeps all rules if there is one, else one that at least the signatures make, so that the
 * error is about what the user can mend and not just that nothing was found.
 */
async function choosePath(leaf: Certificate, pool: Pool, at: Date): Promise<Step[]> {
  const fitting = await findPath(leaf, pool, (step) => faultOf(AUTHORITY_RULES, step, at) === undefined);
  if (fitting.path !== undefined) return fitting.path;
  const any = await findPath(leaf, pool, () => true);
  if (any.path !== undefined) return any.path;
  throw await whyUntrusted(any.reached, pool);
}

/** What a search found: the path, if any, and all certificates that signatures lead to. */
interface Search {
  readonly path: Step[] | undefined;
  readonly reached: readonly Certificate[];
}

/**
 * Searches upwards, along signatures, the step with the fewest intermediates first. That is enough: one more below a
 * certificate never makes it fit, so each needs to be visited once only. Loops end thereby, and the work is bounded.
 */
async function findPath(leaf: Certificate, pool: Pool, fits: (issuer: Step) => boolean): Promise<Search> {
  const isAnchor = await pool.isAnchorByItself(leaf);
  const open: Step[] = [{ certificate: leaf, below: undefined, isAnchor, intermediates: 0 }];
  const reached = new Set<Certificate>();
  for (let step = takeNearest(open); step !== undefined; step = takeNearest(open)) {
    if (reached.has(step.certificate)) continue;
    reached.add(step.certificate);
    if (step.isAnchor) return { path: pathTo(step), reached: [...reached] };
    open.push(...(await stepsAbove(step, pool)).filter((issuer) => !reached.has(issuer.certificate) && fits(issuer)));
  }
  return { path: undefined, reached: [...reached] };
}

/** Of equals the first, so that all steps of one distance come in the order in which they were found. */
function takeNearest(open: Step[]): Step | undefined {
  const least = open.reduce((least, step) => Math.min(least, step.intermediates), Infinity);
  return open.splice(open.findIndex((step) => step.intermediates === least), 1)[0];
}

async function stepsAbove(below: Step, pool: Pool): Promise<Step[]> {
  const counts = below.below !== undefined && !below.certificate.isSelfIssued;
  const intermediates = below.intermediates + (counts ? 1 : 0);
  const issuers = await pool.issuersOf(below.certificate);
  return issuers.map((certificate) => ({ certificate, below, isAnchor: pool.isAnchor(certificate), intermediates }));
}

/** The steps from the signing certificate up to the given one. */
function pathTo(end: Step): Step[] {
  const path: Step[] = [];
  for (let step: Step | undefined = end; step !== undefined; step = step.below) path.unshift(step);
  return path;
}

/** Each certificate of the signature is on the path, trusted, or signed by one that is here: else it was tampered with. */
async function checkStrays(
  intermediates: readonly Certificate[],
  path: readonly Certificate[],
  pool: Pool,
): Promise<void> {
  const onPath = new Set(path.map((certificate) => certificate.fingerprint));
  for (const certificate of intermediates) {
    if (onPath.has(certificate.fingerprint) || pool.isAnchor(certificate)) continue;
    if ((await pool.issuersOf(certificate)).length > 0) continue;
    throw new VerificationError(
      "CHAIN_UNRELATED",
      `Cannot accept the certificate ${nameOf(certificate)} in the signature: no certificate here has signed it, so ` +
        "it was changed or does not belong there; a signature with just the chain of its signing certificate is needed",
    );
  }
}
