/**
 * Certification paths (RFC 5280 §6): from a certificate to one that the user trusts. This is the one path builder and
 * checker for the method `certificate`, for Fulcio, for timestamp authorities and for the monitor.
 */
import { createHash } from "node:crypto";
import { VerificationError } from "../errors.ts";
import { type Certificate, EXTENSIONS, extensionValue } from "./certificate.ts";
import { LIMITS } from "../limits.ts";
import { Pool } from "./path_pool.ts";
import {
  CA_RULES,
  CODE_SIGNING,
  faultOf,
  type Judgement,
  pathFault,
  purposeFault,
  signingFault,
  type Step,
  throwIfAny,
  validityFault,
} from "./path_rules.ts";
import { describeCertificate, untrustedError } from "./path_errors.ts";

/** The most certificates in a signature; together with remembered signature checks this bounds the work. */
export const MAX_CERTIFICATES = LIMITS.certificates;

/** Steps of a search: a real path is found after a handful, and only certificates made to confuse need more. */
const MAX_STEPS = 5_000;

/**
 * Finds the path from a signing certificate to a trusted root and checks it.
 *
 * Every certificate in `roots` is trusted as it is, self-signed or not, within its own limits: it must be valid, may
 * issue certificates only if it says so, and its constraints are obeyed. A signing certificate that is itself among the
 * roots is a path of one. No certificate of the signature goes unchecked, be it on the path or not.
 *
 * @param leaf The signing certificate.
 * @param intermediates The other certificates in the signature, in any order.
 * @param roots The certificates that the user trusts.
 * @param at The time for which the path must be valid.
 * @returns The path: the signing certificate first, the trusted one last.
 * @throws {VerificationError} If there is no such path, or if it breaks a rule. The code says which:
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

/** What a path may be made of. */
export interface PathSource {
  /** The certificate at the lower end. */
  readonly leaf: Certificate;
  /** The other certificates that came with what is verified: their number is limited, and none may be unrelated. */
  readonly offered: readonly Certificate[];
  /** Intermediate certificates that the user trusts to be harmless, not to be anchors. */
  readonly known: readonly Certificate[];
  /** The certificates that the user trusts, as `verifyChain()` has them. */
  readonly anchors: readonly Certificate[];
}

/**
 * Finds a path and checks it, as `verifyChain()` does.
 *
 * @param source What it may be made of.
 * @param judgement When it must be valid, and what for.
 * @returns The path: the leaf first, the trusted certificate last.
 * @throws {VerificationError} As `verifyChain()` has it.
 * @throws {RangeError} If the time is not a date.
 */
export async function verifyPath(source: PathSource, judgement: Judgement): Promise<Certificate[]> {
  const { leaf, offered, known, anchors } = source;
  checkTime(judgement.at);
  checkCount(1 + offered.length);
  const pool = new Pool(leaf, [...offered, ...known], anchors);
  const path = await choosePath(leaf, pool, judgement);
  await checkStrays(offered, path, pool);
  return path;
}

/**
 * Checks that certificates which came along with a leaf, and are not needed, are of authorities that have to do with the
 * others: they must not be there to impress.
 *
 * @param offered The certificates that came along.
 * @param leaf The certificate that they came with.
 * @param trusted The certificates that the user trusts.
 * @throws {VerificationError} If one is not (`CHAIN_UNRELATED`).
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
  throwIfAny(faultOf([validityFault, signingFault, purposeFault], byItself(leaf), { at, purpose: CODE_SIGNING }));
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
 * The path that keeps all rules. Without one, the error is about a path that at least the signatures make, if there is
 * one: that is what the user can mend.
 */
async function choosePath(leaf: Certificate, pool: Pool, judgement: Judgement): Promise<Certificate[]> {
  const fitting = await findPath(leaf, pool, {
    stateOf: [...pool.certificates].some(hasConstraints) ? namesBelow : certificateOf,
    fits: (step) => faultOf(CA_RULES, step, judgement) === undefined,
    isGood: (path) => pathFault(path, judgement) === undefined,
  });
  if (fitting.path !== undefined) return fitting.path.map((step) => step.certificate);
  const any = await findPath(leaf, pool, { stateOf: certificateOf, fits: () => true, isGood: () => true });
  if (any.path === undefined) throw await untrustedError(any.reached, pool);
  throw pathFault(any.path, judgement) ?? tooComplex(leaf);
}

/** What a search looks for. */
interface Wanted {
  /** Equal for two steps of which only one needs to be followed. */
  readonly stateOf: (step: Step) => string;
  /** Whether a step may be on the path. */
  readonly fits: (issuer: Step) => boolean;
  /** Whether a path that ends at a trusted certificate will do. */
  readonly isGood: (path: readonly Step[]) => boolean;
}

/** What a search found: the path, if any, and all certificates that signatures lead to. */
interface Search {
  readonly path: Step[] | undefined;
  readonly reached: readonly Certificate[];
}

/**
 * Searches upwards, along signatures, the step with the fewest intermediates first.
 *
 * One more intermediate below a certificate never makes it fit, so that it is enough to visit each certificate once,
 * except where names or policies of what is below count: then once for each sequence of such names. This ends loops, and
 * a limit ends searches among certificates that were made to have endless such sequences.
 */
async function findPath(leaf: Certificate, pool: Pool, { stateOf, fits, isGood }: Wanted): Promise<Search> {
  const isAnchor = await pool.isAnchorByItself(leaf);
  const open = new StepQueue();
  open.add({ certificate: leaf, below: undefined, isAnchor, intermediates: 0 });
  const visited = new Set<string>();
  const reached = new Set<Certificate>();
  for (let count = 0; count < MAX_STEPS; count++) {
    const step = open.take();
    if (step === undefined) return { path: undefined, reached: [...reached] };
    const state = stateOf(step);
    if (visited.has(state)) continue;
    visited.add(state);
    reached.add(step.certificate);
    if (step.isAnchor) {
      const path = pathTo(step);
      if (isGood(path)) return { path, reached: [...reached] };
    }
    for (const issuer of await stepsAbove(step, pool)) if (fits(issuer)) open.add(issuer);
  }
  throw tooComplex(leaf);
}

function tooComplex(leaf: Certificate): VerificationError {
  return new VerificationError(
    "CHAIN_TOO_COMPLEX",
    `Cannot find a path from the certificate ${
      describeCertificate(leaf)
    } to a trusted root: the certificates have signed each other ` +
      "in too many ways; a signature with just the chain of its signing certificate is needed",
  );
}

/** Whether it matters what is below a certificate. */
function hasConstraints(certificate: Certificate): boolean {
  return [EXTENSIONS.nameConstraints, EXTENSIONS.policyConstraints].some((oid) =>
    extensionValue(certificate, oid) !== undefined
  );
}

function certificateOf(step: Step): string {
  return step.certificate.fingerprint;
}

/** Equal for two steps if no rule further up can tell what is below them apart. */
function namesBelow(step: Step): string {
  const [{ certificate }, ...below] = pathTo(step).reverse() as [Step, ...Step[]];
  return [certificate.fingerprint, ...below.map((one) => nameDigest(one.certificate))].join(" ");
}

const NAME_EXTENSIONS: readonly string[] = [
  EXTENSIONS.subjectAltName,
  EXTENSIONS.certificatePolicies,
  EXTENSIONS.policyMappings,
  EXTENSIONS.policyConstraints,
  EXTENSIONS.inhibitAnyPolicy,
];

const nameDigests = new WeakMap<Certificate, string>();

function nameDigest(certificate: Certificate): string {
  const known = nameDigests.get(certificate);
  if (known !== undefined) return known;
  const { canonicalSubject, isSelfIssued } = certificate;
  const values = NAME_EXTENSIONS.map((oid) => extensionValue(certificate, oid)?.toHex() ?? "");
  const digest = createHash("sha256").update(JSON.stringify([canonicalSubject, isSelfIssued, ...values])).digest("hex");
  nameDigests.set(certificate, digest);
  return digest;
}

/** Steps by their number of intermediates; of equals the first, so that they come in the order in which they were found. */
class StepQueue {
  readonly #levels: Step[][] = [];

  add(step: Step): void {
    (this.#levels[step.intermediates] ??= []).push(step);
  }

  take(): Step | undefined {
    return this.#levels.find((level) => level !== undefined && level.length > 0)?.shift();
  }
}

/** The certificates that may have issued this one, without authorities on the way already (RFC 4158 §2.4.2). */
async function stepsAbove(below: Step, pool: Pool): Promise<Step[]> {
  const counts = below.below !== undefined && !below.certificate.isSelfIssued;
  const intermediates = below.intermediates + (counts ? 1 : 0);
  const [, ...authorities] = pathTo(below);
  const onPath = new Set(authorities.map(({ certificate }) => entityOf(certificate)));
  const isNew = (issuer: Certificate): boolean => issuer !== below.certificate && !onPath.has(entityOf(issuer));
  const issuers = (await pool.issuersOf(below.certificate)).filter(isNew);
  return issuers.map((certificate) => ({ certificate, below, isAnchor: pool.isAnchor(certificate), intermediates }));
}

/** Who a certificate is for: the same name with the same key. */
function entityOf({ canonicalSubject, publicKey }: Certificate): string {
  return `${publicKey.toHex()} ${canonicalSubject}`;
}

/** The steps from the signing certificate up to the given one. */
function pathTo(end: Step): Step[] {
  const path: Step[] = [];
  for (let step: Step | undefined = end; step !== undefined; step = step.below) path.unshift(step);
  return path;
}

/**
 * Each certificate of the signature is on the path, trusted, or signed by one that is here; or its issuer is not here
 * but it has signed one that is, as a cross-signed certificate has. Else it was tampered with.
 */
async function checkStrays(
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
