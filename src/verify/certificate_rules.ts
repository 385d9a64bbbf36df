/** What a certificate must be, at its place on a path, for the path to count (RFC 5280 §6.1). */
import { VerificationError } from "../errors.ts";
import { type Certificate, EXTENSIONS } from "../keys/certificate.ts";
import { rsaBits, schemeOf, WEAK_HASHES } from "./certificate_signature.ts";
import { list, nameOf } from "./certificate_words.ts";

const CODE_SIGNING = "1.3.6.1.5.5.7.3.3";
const ANY_PURPOSE = "2.5.29.37.0";

/** The extensions that may be critical, as they are obeyed here or restrict nothing that is done here. */
const PROCESSED_EXTENSIONS: readonly string[] = [
  EXTENSIONS.basicConstraints,
  EXTENSIONS.keyUsage,
  EXTENSIONS.extendedKeyUsage,
  EXTENSIONS.subjectAltName,
  EXTENSIONS.subjectKeyIdentifier,
  EXTENSIONS.authorityKeyIdentifier,
  EXTENSIONS.certificatePolicies,
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
type Rule = (step: Step, at: Date) => VerificationError | undefined;

const COMMON_RULES: readonly Rule[] = [validityFault, criticalExtensionFault, weakSignatureFault, weakKeyFault];
export const LEAF_RULES: readonly Rule[] = [...COMMON_RULES, signingFault, purposeFault];
export const AUTHORITY_RULES: readonly Rule[] = [
  ...COMMON_RULES,
  authorityFault,
  pathLengthFault,
  issuingFault,
  purposeFault,
];

/** The judgement of a path, whichever way it was found. */
export function checkPath(path: readonly Step[], at: Date): void {
  for (const step of path) throwIfAny(faultOf(isLeaf(step) ? LEAF_RULES : AUTHORITY_RULES, step, at));
}

export function faultOf(rules: readonly Rule[], step: Step, at: Date): VerificationError | undefined {
  for (const rule of rules) {
    const found = rule(step, at);
    if (found !== undefined) return found;
  }
  return undefined;
}

export function throwIfAny(found: VerificationError | undefined): void {
  if (found !== undefined) throw found;
}

/** RFC 5280 §6.1.3 (a)(2). */
export function validityFault(step: Step, at: Date): VerificationError | undefined {
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
  const reason = oid === EXTENSIONS.nameConstraints
    ? `it limits the names below it by the critical extension ${oid} (nameConstraints), which is not supported, ` +
      "a chain without name constraints is needed"
    : `its critical extension ${oid} is not supported, a certificate without it is needed`;
  return fault("CRITICAL_EXTENSION", step, reason);
}

/** A trusted certificate is not trusted for the sake of its signature, so that may be weak. */
function weakSignatureFault(step: Step): VerificationError | undefined {
  if (step.isAnchor) return undefined;
  const scheme = schemeOf(step.certificate);
  if (scheme === undefined || !WEAK_HASHES.includes(scheme.hash)) return undefined;
  const reason = `it is signed with ${scheme.hash}, which can be forged, a certificate signed with SHA-256 is needed`;
  return fault("WEAK_CERTIFICATE", step, reason);
}

function weakKeyFault(step: Step): VerificationError | undefined {
  const bits = rsaBits(step.certificate);
  if (bits === undefined || bits >= 2048) return undefined;
  return fault("WEAK_CERTIFICATE", step, `its RSA key has ${bits} bits, at least 2048 are needed`);
}

/** RFC 5280 §6.1.4 (k). */
function authorityFault(step: Step): VerificationError | undefined {
  if (step.certificate.basicConstraints?.isAuthority) return undefined;
  const issued = step.below === undefined ? "others" : nameOf(step.below.certificate);
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
  return keyUsageFault(step, "keyCertSign", "to issue certificates");
}

export function signingFault(step: Step): VerificationError | undefined {
  return keyUsageFault(step, "digitalSignature", "to sign models");
}

function keyUsageFault(step: Step, wanted: string, purpose: string): VerificationError | undefined {
  const { keyUsage } = step.certificate;
  if (keyUsage === undefined || keyUsage.includes(wanted)) return undefined;
  return fault("KEY_USAGE", step, `its key usage is ${list(keyUsage, "empty")}, ${wanted} is needed ${purpose}`);
}

/** The purposes of an authority bound those of what it issues, as all common verifiers have it. */
export function purposeFault(step: Step): VerificationError | undefined {
  const { extendedKeyUsage } = step.certificate;
  if (extendedKeyUsage === undefined) return undefined;
  if (extendedKeyUsage.includes(CODE_SIGNING) || extendedKeyUsage.includes(ANY_PURPOSE)) return undefined;
  const reason = `its extended key usage is ${
    list(extendedKeyUsage, "empty")
  }, code signing (${CODE_SIGNING}) is needed`;
  return fault("EXTENDED_KEY_USAGE", step, reason);
}

function isLeaf(step: Step): boolean {
  return step.below === undefined;
}

function fault(code: string, step: Step, reason: string): VerificationError {
  const what = isLeaf(step) ? "signing certificate" : "certificate";
  return new VerificationError(code, `Cannot accept the ${what} ${nameOf(step.certificate)}: ${reason}`);
}

function iso(date: Date): string {
  return date.toISOString().replace(".000Z", "Z");
}
