/** What a certificate must be, at its place on a path, for the path to count (RFC 5280 §6.1). */
import type { ErrorCode } from "../error_codes.ts";
import { VerificationError } from "../errors.ts";
import { type Certificate, EXTENSIONS, extensionValue } from "./certificate.ts";
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
import { weakHash } from "./verify_signature.ts";
import { rsaBits, schemeOf } from "./signature.ts";
import { describeCertificate, formatList } from "./path_errors.ts";

/** What the leaf of a path is used for. */
export interface Purpose {
  /** The purpose as an OID (RFC 5280 §4.2.1.12). */
  readonly oid: string;
  /** In words, as in "code signing (1.3.6…) is needed". */
  readonly name: string;
  /** What the key signs, in words. */
  readonly signs: string;
  /** The key usages of which one is enough. */
  readonly keyUsages: readonly string[];
  /** Whether the leaf must be for this alone, and say so in a critical extension (RFC 3161 §2.3). */
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

/** When a path must be valid, and what for. */
export interface Judgement {
  readonly at: Date;
  readonly purpose: Purpose;
}

const ANY_PURPOSE = "2.5.29.37.0";

/** The extensions that may be critical, as they are obeyed here or restrict nothing that is done here. */
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

/** A certificate on a path that is built upwards from the signing certificate. */
export interface Step {
  readonly certificate: Certificate;
  /** The step that this one issued: none for the signing certificate. */
  readonly below: Step | undefined;
  /** Whether the user trusts it, which ends the path. */
  readonly isAnchor: boolean;
  /** Certificates between this one and the signing one, without the self-issued, which RFC 5280 §4.2.1.9 excepts. */
  readonly intermediates: number;
}

/** Says what is wrong with a certificate at its place on the path, if anything. */
type Rule = (step: Step, judgement: Judgement) => VerificationError | undefined;

const COMMON_RULES: readonly Rule[] = [validityFault, criticalExtensionFault, weakSignatureFault, weakKeyFault];
const LEAF_RULES: readonly Rule[] = [...COMMON_RULES, signingFault, purposeFault];
export const CA_RULES: readonly Rule[] = [
  ...COMMON_RULES,
  authorityFault,
  pathLengthFault,
  issuingFault,
  purposeFault,
  nameConstraintFault,
];

/**
 * The judgement of a whole path, whichever way it was found.
 *
 * @param path The steps from the leaf to the trusted certificate.
 * @param judgement When it must be valid, and what for.
 * @returns The first rule that it breaks, from the leaf upwards.
 */
export function pathFault(path: readonly Step[], judgement: Judgement): VerificationError | undefined {
  for (const step of path) {
    const found = faultOf(isLeaf(step) ? LEAF_RULES : CA_RULES, step, judgement);
    if (found !== undefined) return found;
  }
  return policyFault(path);
}

export function faultOf(rules: readonly Rule[], step: Step, judgement: Judgement): VerificationError | undefined {
  for (const rule of rules) {
    const found = rule(step, judgement);
    if (found !== undefined) return found;
  }
  return undefined;
}

export function throwIfAny(found: VerificationError | undefined): void {
  if (found !== undefined) throw found;
}

/** RFC 5280 §6.1.3 (a)(2). */
export function validityFault(step: Step, { at }: Judgement): VerificationError | undefined {
  const { notBefore, notAfter } = step.certificate;
  const wanted = `a certificate that is valid at ${iso(at)} is needed`;
  if (at < notBefore) {
    const reason = `it is not valid before ${iso(notBefore)}, ${wanted}; is the clock right?`;
    return fault("CERTIFICATE_NOT_YET_VALID", step, reason);
  }
  if (at > notAfter) return fault("CERTIFICATE_EXPIRED", step, `it expired on ${iso(notAfter)}, ${wanted}`);
  return undefined;
}

/** RFC 5280 §6.1.4 (o) and §6.1.5 (f). */
function criticalExtensionFault(step: Step): VerificationError | undefined {
  const oid = step.certificate.criticalExtensions.find((critical) => !PROCESSED_EXTENSIONS.includes(critical));
  if (oid === undefined) return undefined;
  const reason = `its critical extension ${oid} is not supported, a certificate without it is needed`;
  return fault("CRITICAL_EXTENSION", step, reason);
}

/** A trusted certificate is not trusted for the sake of its signature, so that may be weak. */
function weakSignatureFault(step: Step): VerificationError | undefined {
  if (step.isAnchor) return undefined;
  const scheme = schemeOf(step.certificate);
  const weak = scheme && weakHash(scheme);
  if (weak === undefined) return undefined;
  const reason = `it is signed with ${weak}, which can be forged, a certificate signed with SHA-256 is needed`;
  return fault("WEAK_CERTIFICATE", step, reason);
}

function weakKeyFault(step: Step): VerificationError | undefined {
  const bits = rsaBits(step.certificate);
  if (bits === undefined || bits >= 2048) return undefined;
  return fault("WEAK_CERTIFICATE", step, `its RSA key has ${bits} bits, at least 2048 are needed`);
}

/** RFC 5280 §6.1.4 (k). */
function authorityFault(step: Step): VerificationError | undefined {
  if (step.certificate.basicConstraints?.isCa) return undefined;
  const issued = step.below === undefined ? "others" : describeCertificate(step.below.certificate);
  const reason = `it issued ${issued} but is no certificate authority, basicConstraints with CA:TRUE is needed`;
  return fault("CERTIFICATE_NOT_CA", step, reason);
}

/** RFC 5280 §4.2.1.9. */
function pathLengthFault(step: Step): VerificationError | undefined {
  const most = step.certificate.basicConstraints?.pathLength ?? Infinity;
  if (step.intermediates <= most) return undefined;
  const reason = `the intermediate certificates below it number ${step.intermediates}, ` +
    `its path length allows at most ${most}, a shorter chain is needed`;
  return fault("PATH_LENGTH", step, reason);
}

/** RFC 5280 §6.1.4 (n). */
function issuingFault(step: Step): VerificationError | undefined {
  return keyUsageFault(step, ["keyCertSign"], "to issue certificates");
}

export function signingFault(step: Step, { purpose }: Judgement): VerificationError | undefined {
  return keyUsageFault(step, purpose.keyUsages, purpose.signs);
}

function keyUsageFault(step: Step, wanted: readonly string[], purpose: string): VerificationError | undefined {
  const { keyUsage } = step.certificate;
  if (keyUsage === undefined || keyUsage.some((usage) => wanted.includes(usage))) return undefined;
  const needed = wanted.join(" or ");
  return fault("KEY_USAGE", step, `its key usage is ${formatList(keyUsage, "empty")}, ${needed} is needed ${purpose}`);
}

/** The purposes of an authority bound those of what it issues, as all common verifiers have it. */
export function purposeFault(step: Step, { purpose }: Judgement): VerificationError | undefined {
  const { extendedKeyUsage, criticalExtensions } = step.certificate;
  const needed = `${purpose.name} (${purpose.oid})`;
  if (purpose.isExclusive && isLeaf(step)) {
    const isAlone = extendedKeyUsage?.length === 1 && extendedKeyUsage[0] === purpose.oid;
    if (isAlone && criticalExtensions.includes(EXTENSIONS.extendedKeyUsage)) return undefined;
    const found = isAlone ? "is not critical" : `is ${formatList(extendedKeyUsage ?? [], "empty")}`;
    const reason = `its extended key usage ${found}, ${needed} alone is needed in a critical extension`;
    return fault("EXTENDED_KEY_USAGE", step, reason);
  }
  if (extendedKeyUsage === undefined) return undefined;
  if (extendedKeyUsage.includes(purpose.oid) || extendedKeyUsage.includes(ANY_PURPOSE)) return undefined;
  const reason = `its extended key usage is ${formatList(extendedKeyUsage, "empty")}, ${needed} is needed`;
  return fault("EXTENDED_KEY_USAGE", step, reason);
}

/** What an authority permits and excludes, read once. */
const constraintsOf = new WeakMap<Certificate, NameConstraints | string>();

/**
 * RFC 5280 §6.1.3 (b) and (c), for all certificates below, and for the trusted authority too: its constraints are there
 * to be obeyed. Whether the extension is critical does not matter.
 */
function nameConstraintFault(step: Step): VerificationError | undefined {
  const constraints = readConstraints(step.certificate);
  if (constraints === undefined) return undefined;
  if (typeof constraints === "string") return fault("NAME_CONSTRAINTS", step, constraints);
  for (let below = step.below; below !== undefined; below = below.below) {
    if (below.certificate.isSelfIssued && !isLeaf(below)) continue;
    const reason = violationOf(constraints, namesOf(below));
    if (reason === undefined) continue;
    return fault(
      "NAME_CONSTRAINTS",
      below,
      `by the name constraints of ${describeCertificate(step.certificate)}, ${reason}`,
    );
  }
  return undefined;
}

/** Outcomes, as a search asks for the same ones again and again. */
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

/** The names of a leaf, and those of a certificate above one, read once. */
const leafNames = new WeakMap<Certificate, ConstrainedName[]>();
const authorityNames = new WeakMap<Certificate, ConstrainedName[]>();

function namesOf(step: Step): ConstrainedName[] {
  const cache = isLeaf(step) ? leafNames : authorityNames;
  const { subjectDer, generalNames } = step.certificate;
  const names = cache.get(step.certificate) ??
    constrainedNames({ subject: subjectDer, alternativeNames: generalNames }, isLeaf(step));
  cache.set(step.certificate, names);
  return names;
}

/** RFC 5280 §6.1.3 (d) to (f), §6.1.4 (a), (b), (h) to (j), and §6.1.5 (a), (b) and (g). */
function policyFault(path: readonly Step[]): VerificationError | undefined {
  if (path.every(({ certificate }) => extensionValue(certificate, EXTENSIONS.policyConstraints) === undefined)) {
    return undefined;
  }
  try {
    const steps = path.map(({ certificate }) => ({
      extensions: readPolicyExtensions((oid) => extensionValue(certificate, oid)),
      isSelfIssued: certificate.isSelfIssued,
    }));
    const reason = policyViolation(steps.reverse());
    return reason === undefined ? undefined : fault("CERTIFICATE_POLICY", path[0]!, reason);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return fault("CERTIFICATE_POLICY", path[0]!, `the policies on its path are malformed: ${error.message}`);
  }
}

function isLeaf(step: Step): boolean {
  return step.below === undefined;
}

function fault(code: ErrorCode, step: Step, reason: string): VerificationError {
  const what = isLeaf(step) ? "signing certificate" : "certificate";
  return new VerificationError(code, `Cannot accept the ${what} ${describeCertificate(step.certificate)}: ${reason}`);
}

function iso(date: Date): string {
  return date.toISOString().replace(".000Z", "Z");
}
