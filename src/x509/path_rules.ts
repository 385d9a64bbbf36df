/** The rules of path validation (RFC 5280 §6.1), each a function that returns the error of a certificate on a path. */
import type { ErrorCode } from "../error_codes.ts";
import { VerificationError } from "../errors.ts";
import { type Certificate, extensionValue } from "./certificate.ts";
import { EXTENSIONS } from "./extensions.ts";
import { FormatError } from "../asn1/der.ts";
import {
  type ConstrainedName,
  constrainedNames,
  type NameConstraints,
  nameViolation,
  readNameConstraints,
  UnsupportedConstraintError,
} from "./name_constraints.ts";
import { policyViolation, readPolicyExtensions } from "./policies.ts";
import { weakHash } from "./signature_scheme.ts";
import { rsaBits, schemeOf } from "./certificate_signature.ts";
import { describeCertificate, formatList } from "./path_errors.ts";

/** The purpose of the key of a path's leaf. */
export interface Purpose {
  /** The purpose as an OID (RFC 5280 §4.2.1.12). */
  readonly oid: string;
  /** For messages, as in "code signing (1.3.6…) is needed". */
  readonly name: string;
  /** What the key signs, for messages. */
  readonly signs: string;
  /** The key usages that allow it. One is enough. */
  readonly keyUsages: readonly string[];
  /** Whether this must be the only purpose, in a critical extension (RFC 3161 §2.3). */
  readonly isExclusive: boolean;
}

/** Signing models. */
export const CODE_SIGNING: Purpose = {
  oid: "1.3.6.1.5.5.7.3.3",
  name: "code signing",
  signs: "to sign models",
  keyUsages: ["digitalSignature"],
  isExclusive: false,
};

/** Signing timestamps. */
export const TIME_STAMPING: Purpose = {
  oid: "1.3.6.1.5.5.7.3.8",
  name: "time stamping",
  signs: "to sign timestamps",
  keyUsages: ["digitalSignature", "nonRepudiation"],
  isExclusive: true,
};

/** When a path must be valid, and for what purpose. */
export interface PathRequirements {
  readonly at: Date;
  readonly purpose: Purpose;
}

const ANY_PURPOSE = "2.5.29.37.0";

/** The extensions that may be critical: they are processed here, or restrict nothing that is done here. */
const PROCESSED_EXTENSIONS: readonly string[] = [
  EXTENSIONS.basicConstraints,
  EXTENSIONS.keyUsage,
  EXTENSIONS.extendedKeyUsage,
  EXTENSIONS.subjectAltName,
  EXTENSIONS.subjectKeyIdentifier,
  EXTENSIONS.authorityKeyIdentifier,
  EXTENSIONS.nameConstraints,
  EXTENSIONS.certificatePolicies,
  EXTENSIONS.policyMappings,
  EXTENSIONS.policyConstraints,
  EXTENSIONS.inhibitAnyPolicy,
];

/** A certificate on a path, which is built upwards from the leaf. */
export interface Step {
  readonly certificate: Certificate;
  /** The step of the certificate that this one issued; `undefined` for the leaf. */
  readonly below: Step | undefined;
  /** Whether it is a trust anchor, where the path ends. */
  readonly isAnchor: boolean;
  /** Intermediate certificates below it, not counting self-issued ones (RFC 5280 §4.2.1.9). */
  readonly intermediates: number;
}

/** Returns the error if a certificate may not be where it is on the path. */
type Rule = (step: Step, requirements: PathRequirements) => VerificationError | undefined;

const COMMON_RULES: readonly Rule[] = [validityError, criticalExtensionError, weakSignatureError, weakKeyError];
const LEAF_RULES: readonly Rule[] = [...COMMON_RULES, leafKeyUsageError, extendedKeyUsageError];
export const CA_RULES: readonly Rule[] = [
  ...COMMON_RULES,
  caError,
  pathLengthError,
  keyCertSignError,
  extendedKeyUsageError,
  nameConstraintsError,
];

/**
 * Validates a whole path.
 *
 * @param path The steps, from the leaf to the trust anchor.
 * @param requirements When it must be valid, and for what purpose.
 * @returns The error of the first rule that it breaks, from the leaf upwards.
 */
export function pathError(path: readonly Step[], requirements: PathRequirements): VerificationError | undefined {
  for (const step of path) {
    const found = firstError(isLeaf(step) ? LEAF_RULES : CA_RULES, step, requirements);
    if (found !== undefined) return found;
  }
  return policyError(path);
}

export function firstError(
  rules: readonly Rule[],
  step: Step,
  requirements: PathRequirements,
): VerificationError | undefined {
  for (const rule of rules) {
    const found = rule(step, requirements);
    if (found !== undefined) return found;
  }
  return undefined;
}

export function throwIfAny(found: VerificationError | undefined): void {
  if (found !== undefined) throw found;
}

/** Validity: RFC 5280 §6.1.3 (a)(2). */
export function validityError(step: Step, { at }: PathRequirements): VerificationError | undefined {
  const { notBefore, notAfter } = step.certificate;
  const wanted = `a certificate that is valid at ${iso(at)} is needed`;
  if (at < notBefore) {
    const reason = `it is not valid before ${iso(notBefore)}, ${wanted}; is the clock right?`;
    return ruleError("CERTIFICATE_NOT_YET_VALID", step, reason);
  }
  if (at > notAfter) return ruleError("CERTIFICATE_EXPIRED", step, `it expired on ${iso(notAfter)}, ${wanted}`);
  return undefined;
}

/** Unprocessed critical extensions: RFC 5280 §6.1.4 (o) and §6.1.5 (f). */
function criticalExtensionError(step: Step): VerificationError | undefined {
  const oid = step.certificate.criticalExtensions.find((critical) => !PROCESSED_EXTENSIONS.includes(critical));
  if (oid === undefined) return undefined;
  const reason = `its critical extension ${oid} is not supported, a certificate without it is needed`;
  return ruleError("CRITICAL_EXTENSION", step, reason);
}

/** A hash that can be forged. The signature of a trust anchor plays no part in its being trusted. */
function weakSignatureError(step: Step): VerificationError | undefined {
  if (step.isAnchor) return undefined;
  const scheme = schemeOf(step.certificate);
  const weak = scheme && weakHash(scheme);
  if (weak === undefined) return undefined;
  const reason = `it is signed with ${weak}, which can be forged, a certificate signed with SHA-256 is needed`;
  return ruleError("WEAK_CERTIFICATE", step, reason);
}

function weakKeyError(step: Step): VerificationError | undefined {
  const bits = rsaBits(step.certificate);
  if (bits === undefined || bits >= 2048) return undefined;
  return ruleError("WEAK_CERTIFICATE", step, `its RSA key has ${bits} bits, at least 2048 are needed`);
}

/** basicConstraints: RFC 5280 §6.1.4 (k). */
function caError(step: Step): VerificationError | undefined {
  if (step.certificate.basicConstraints?.isCa) return undefined;
  const issued = step.below === undefined ? "others" : describeCertificate(step.below.certificate);
  const reason = `it issued ${issued} but is no certificate authority, basicConstraints with CA:TRUE is needed`;
  return ruleError("CERTIFICATE_NOT_CA", step, reason);
}

/** pathLenConstraint: RFC 5280 §6.1.4 (l) and (m). */
function pathLengthError(step: Step): VerificationError | undefined {
  const most = step.certificate.basicConstraints?.pathLength ?? Infinity;
  if (step.intermediates <= most) return undefined;
  const reason = `the intermediate certificates below it number ${step.intermediates}, ` +
    `its path length allows at most ${most}, a shorter chain is needed`;
  return ruleError("PATH_LENGTH", step, reason);
}

/** keyCertSign: RFC 5280 §6.1.4 (n). */
function keyCertSignError(step: Step): VerificationError | undefined {
  return keyUsageError(step, ["keyCertSign"], "to issue certificates");
}

export function leafKeyUsageError(step: Step, { purpose }: PathRequirements): VerificationError | undefined {
  return keyUsageError(step, purpose.keyUsages, purpose.signs);
}

function keyUsageError(step: Step, wanted: readonly string[], purpose: string): VerificationError | undefined {
  const { keyUsage } = step.certificate;
  if (keyUsage === undefined || keyUsage.some((usage) => wanted.includes(usage))) return undefined;
  const needed = wanted.join(" or ");
  return ruleError(
    "KEY_USAGE",
    step,
    `its key usage is ${formatList(keyUsage, "empty")}, ${needed} is needed ${purpose}`,
  );
}

/** Extended key usage (RFC 5280 §4.2.1.12). As in all common verifiers, that of a CA also limits what it issues. */
export function extendedKeyUsageError(step: Step, { purpose }: PathRequirements): VerificationError | undefined {
  const { extendedKeyUsage, criticalExtensions } = step.certificate;
  const needed = `${purpose.name} (${purpose.oid})`;
  if (purpose.isExclusive && isLeaf(step)) {
    const isAlone = extendedKeyUsage?.length === 1 && extendedKeyUsage[0] === purpose.oid;
    if (isAlone && criticalExtensions.includes(EXTENSIONS.extendedKeyUsage)) return undefined;
    const found = isAlone ? "is not critical" : `is ${formatList(extendedKeyUsage ?? [], "empty")}`;
    const reason = `its extended key usage ${found}, ${needed} alone is needed in a critical extension`;
    return ruleError("EXTENDED_KEY_USAGE", step, reason);
  }
  if (extendedKeyUsage === undefined) return undefined;
  if (extendedKeyUsage.includes(purpose.oid) || extendedKeyUsage.includes(ANY_PURPOSE)) return undefined;
  const reason = `its extended key usage is ${formatList(extendedKeyUsage, "empty")}, ${needed} is needed`;
  return ruleError("EXTENDED_KEY_USAGE", step, reason);
}

/** Parsed name constraints. */
const constraintsOf = new WeakMap<Certificate, NameConstraints | string>();

/**
 * Name constraints: RFC 5280 §6.1.3 (b) and (c), for all certificates below. Those of a trust anchor apply too (RFC 5937),
 * and those in an extension that is not critical.
 */
function nameConstraintsError(step: Step): VerificationError | undefined {
  const constraints = readConstraints(step.certificate);
  if (constraints === undefined) return undefined;
  if (typeof constraints === "string") return ruleError("NAME_CONSTRAINTS", step, constraints);
  for (let below = step.below; below !== undefined; below = below.below) {
    if (below.certificate.isSelfIssued && !isLeaf(below)) continue;
    const reason = violationOf(constraints, namesOf(below));
    if (reason === undefined) continue;
    return ruleError(
      "NAME_CONSTRAINTS",
      below,
      `by the name constraints of ${describeCertificate(step.certificate)}, ${reason}`,
    );
  }
  return undefined;
}

/** Results. A search asks for the same ones repeatedly. */
const violations = new WeakMap<NameConstraints, WeakMap<ConstrainedName[], string | null>>();

function violationOf(constraints: NameConstraints, names: ConstrainedName[]): string | undefined {
  const known = violations.get(constraints) ?? new WeakMap<ConstrainedName[], string | null>();
  violations.set(constraints, known);
  if (!known.has(names)) known.set(names, nameViolation(constraints, names) ?? null);
  return known.get(names) ?? undefined;
}

function readConstraints(certificate: Certificate): NameConstraints | string | undefined {
  const value = extensionValue(certificate, EXTENSIONS.nameConstraints);
  if (value === undefined) return undefined;
  const known = constraintsOf.get(certificate) ?? tryConstraints(value);
  constraintsOf.set(certificate, known);
  return known;
}

function tryConstraints(value: Uint8Array): NameConstraints | string {
  try {
    return readNameConstraints(value);
  } catch (error) {
    if (error instanceof UnsupportedConstraintError) {
      return `its name constraints limit ${error.message}, which is not supported`;
    }
    if (error instanceof FormatError) return `its name constraints are malformed: ${error.message}`;
    throw error;
  }
}

/** The parsed names of a leaf, and those of a CA. */
const leafNames = new WeakMap<Certificate, ConstrainedName[]>();
const caNames = new WeakMap<Certificate, ConstrainedName[]>();

function namesOf(step: Step): ConstrainedName[] {
  const cache = isLeaf(step) ? leafNames : caNames;
  const { subjectDer, generalNames } = step.certificate;
  const names = cache.get(step.certificate) ??
    constrainedNames({ subject: subjectDer, alternativeNames: generalNames }, isLeaf(step));
  cache.set(step.certificate, names);
  return names;
}

/** Certificate policies: RFC 5280 §6.1.3 (d) to (f), §6.1.4 (a), (b), (h) to (j), and §6.1.5 (a), (b) and (g). */
function policyError(path: readonly Step[]): VerificationError | undefined {
  if (path.every(({ certificate }) => extensionValue(certificate, EXTENSIONS.policyConstraints) === undefined)) {
    return undefined;
  }
  try {
    const steps = path.map(({ certificate }) => ({
      extensions: readPolicyExtensions((oid) => extensionValue(certificate, oid)),
      isSelfIssued: certificate.isSelfIssued,
    }));
    const reason = policyViolation(steps.reverse());
    return reason === undefined ? undefined : ruleError("CERTIFICATE_POLICY", path[0]!, reason);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return ruleError("CERTIFICATE_POLICY", path[0]!, `the policies on its path are malformed: ${error.message}`);
  }
}

function isLeaf(step: Step): boolean {
  return step.below === undefined;
}

function ruleError(code: ErrorCode, step: Step, reason: string): VerificationError {
  const what = isLeaf(step) ? "signing certificate" : "certificate";
  return new VerificationError(code, `Cannot accept the ${what} ${describeCertificate(step.certificate)}: ${reason}`);
}

function iso(date: Date): string {
  return date.toISOString().replace(".000Z", "Z");
}
