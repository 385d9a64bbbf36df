/**
 * Path building (RFC 4158): searches certification paths from a certificate up to a trust anchor.
 */
import { createHash } from "node:crypto";
import { VerificationError } from "../errors.ts";
import { type Certificate, extensionValue } from "./certificate.ts";
import { EXTENSIONS } from "./extensions.ts";
import { describeCertificate, untrustedError } from "./path_errors.ts";
import type { Pool } from "./path_pool.ts";
import { CA_RULES, firstError, pathError, type PathRequirements, type Step } from "./path_rules.ts";

/** Maximum steps of a search. A real path takes a handful; only certificates made to confuse take more. */
const MAX_STEPS = 5_000;

/**
 * Finds a path that conforms to all rules.
 *
 * @param leaf The certificate at the lower end.
 * @param pool All certificates.
 * @param requirements When the path must be valid, and for what.
 * @returns The path: the leaf first, the trust anchor last.
 * @throws {VerificationError} If there is none. If signatures alone do form a path, the error states the rule that it
 * breaks, as that is what the user can fix.
 */
export async function findValidPath(
  leaf: Certificate,
  pool: Pool,
  requirements: PathRequirements,
): Promise<Certificate[]> {
  const fitting = await findPath(leaf, pool, {
    stateOf: [...pool.certificates].some(hasConstraints) ? namesBelow : certificateOf,
    fits: (step) => firstError(CA_RULES, step, requirements) === undefined,
    isGood: (path) => pathError(path, requirements) === undefined,
  });
  if (fitting.path !== undefined) return fitting.path.map((step) => step.certificate);
  const any = await findPath(leaf, pool, { stateOf: certificateOf, fits: () => true, isGood: () => true });
  if (any.path === undefined) throw await untrustedError(any.reached, pool);
  throw pathError(any.path, requirements) ?? tooComplex(leaf);
}

/** Which steps a search follows, and which path ends it. */
interface Wanted {
  /** Equal for two steps if following one of them is enough. */
  readonly stateOf: (step: Step) => string;
  /** Whether a step may be on the path. */
  readonly fits: (issuer: Step) => boolean;
  /** Whether a path that ends at a trust anchor is accepted. */
  readonly isGood: (path: readonly Step[]) => boolean;
}

/** The result of a search: the path, if any, and all certificates that signatures lead to. */
interface Search {
  readonly path: Step[] | undefined;
  readonly reached: readonly Certificate[];
}

/**
 * Searches upwards along signatures, with the fewest intermediates first.
 *
 * Another intermediate below a certificate never makes it acceptable, so each certificate is visited once; where
 * constraints apply to the names or policies below it, once for each sequence of them. This ends loops. A limit ends
 * searches among certificates that were made to have endless sequences.
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

/** Whether a certificate constrains those below it. */
function hasConstraints(certificate: Certificate): boolean {
  return [EXTENSIONS.nameConstraints, EXTENSIONS.policyConstraints].some((oid) =>
    extensionValue(certificate, oid) !== undefined
  );
}

function certificateOf(step: Step): string {
  return step.certificate.fingerprint;
}

/** Equal for two steps if no rule further up can distinguish what is below them. */
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

/** A priority queue of steps: fewest intermediates first, then in order of discovery. */
class StepQueue {
  readonly #levels: Step[][] = [];

  add(step: Step): void {
    (this.#levels[step.intermediates] ??= []).push(step);
  }

  take(): Step | undefined {
    return this.#levels.find((level) => level !== undefined && level.length > 0)?.shift();
  }
}

/** The issuers of a certificate, without CAs that are on the path already (RFC 4158 §2.4.2). */
async function stepsAbove(below: Step, pool: Pool): Promise<Step[]> {
  const counts = below.below !== undefined && !below.certificate.isSelfIssued;
  const intermediates = below.intermediates + (counts ? 1 : 0);
  const [, ...authorities] = pathTo(below);
  const onPath = new Set(authorities.map(({ certificate }) => entityOf(certificate)));
  const isNew = (issuer: Certificate): boolean => issuer !== below.certificate && !onPath.has(entityOf(issuer));
  const issuers = (await pool.issuersOf(below.certificate)).filter(isNew);
  return issuers.map((certificate) => ({ certificate, below, isAnchor: pool.isAnchor(certificate), intermediates }));
}

/** The entity that a certificate is for: its name with its key. */
function entityOf({ canonicalSubject, publicKey }: Certificate): string {
  return `${publicKey.toHex()} ${canonicalSubject}`;
}

/** The steps from the leaf up to the given one. */
function pathTo(end: Step): Step[] {
  const path: Step[] = [];
  for (let step: Step | undefined = end; step !== undefined; step = step.below) path.unshift(step);
  return path;
}
