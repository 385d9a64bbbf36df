/**
 * Certificate policies (RFC 5280 §6.1, with the sets of RFC 9618 instead of the exponential tree). The initial policy set
 * is any-policy, so the only question is whether a path has a valid policy where one of its CAs requires one.
 */
import { checkDer, DerReader, FormatError, TAG } from "../asn1/der.ts";

/** The policy extensions of a certificate. OIDs are the hex of their bytes. */
export interface PolicyExtensions {
  /** `undefined`: it has no certificatePolicies. */
  readonly policies: readonly string[] | undefined;
  /** From a policy of the issuer to an equivalent one of the subject. */
  readonly mappings: readonly (readonly [from: string, to: string])[];
  /** After how many certificates a policy is required, mapping is inhibited, and any-policy is inhibited. */
  readonly requireExplicit: number | undefined;
  readonly inhibitMapping: number | undefined;
  readonly inhibitAny: number | undefined;
}

/** The OIDs of the policy extensions (RFC 5280 §4.2.1.4, .5, .11 and .14). */
export const POLICY_EXTENSIONS = {
  policies: "2.5.29.32",
  mappings: "2.5.29.33",
  constraints: "2.5.29.36",
  inhibitAny: "2.5.29.54",
} as const;

/** anyPolicy, 2.5.29.32.0. */
const ANY = "551d2000";

/** Longer than any path. */
const NEVER = 1 << 16;

/**
 * Reads the policy extensions of a certificate.
 *
 * @param valueOf The value of an extension, by OID.
 * @returns The extensions.
 * @throws {FormatError} If one of them is malformed.
 */
export function readPolicyExtensions(valueOf: (oid: string) => Uint8Array | undefined): PolicyExtensions {
  const constraints = valueOf(POLICY_EXTENSIONS.constraints);
  const inhibitAny = valueOf(POLICY_EXTENSIONS.inhibitAny);
  return {
    policies: readPolicies(valueOf(POLICY_EXTENSIONS.policies)),
    mappings: readMappings(valueOf(POLICY_EXTENSIONS.mappings)),
    ...readConstraints(constraints),
    inhibitAny: inhibitAny && readCount(readOnly(inhibitAny).take(TAG.integer).content),
  };
}

/** A reader of a value, which must be one element. */
function readOnly(value: Uint8Array): DerReader {
  checkDer(value);
  return new DerReader(value);
}

function readPolicies(value: Uint8Array | undefined): string[] | undefined {
  if (value === undefined) return undefined;
  const policies: string[] = [];
  for (const list = new DerReader(readOnly(value).take(TAG.sequence).content); !list.isEmpty;) {
    policies.push(new DerReader(list.take(TAG.sequence).content).take(TAG.objectIdentifier).content.toHex());
  }
  if (new Set(policies).size !== policies.length) throw new FormatError("it has a certificate policy twice");
  return policies;
}

function readMappings(value: Uint8Array | undefined): [string, string][] {
  if (value === undefined) return [];
  const mappings: [string, string][] = [];
  for (const list = new DerReader(readOnly(value).take(TAG.sequence).content); !list.isEmpty;) {
    const pair = new DerReader(list.take(TAG.sequence).content);
    mappings.push([pair.take(TAG.objectIdentifier).content.toHex(), pair.take(TAG.objectIdentifier).content.toHex()]);
    pair.finish("after a policy mapping");
  }
  return mappings;
}

function readConstraints(
  value: Uint8Array | undefined,
): Pick<PolicyExtensions, "requireExplicit" | "inhibitMapping"> {
  if (value === undefined) return { requireExplicit: undefined, inhibitMapping: undefined };
  const fields = new DerReader(readOnly(value).take(TAG.sequence).content);
  const requireExplicit = fields.takeOptional(0x80)?.content;
  const inhibitMapping = fields.takeOptional(0x81)?.content;
  fields.finish("after its policy constraints");
  if (requireExplicit === undefined && inhibitMapping === undefined) {
    throw new FormatError("its policy constraints are empty");
  }
  return {
    requireExplicit: requireExplicit && readCount(requireExplicit),
    inhibitMapping: inhibitMapping && readCount(inhibitMapping),
  };
}

function readCount(content: Uint8Array): number {
  const isPositive = content.length > 0 && content[0]! < 0x80;
  if (!isPositive) throw new FormatError("its policies begin after a negative number of certificates");
  return content.reduce((sum, byte) => Math.min(sum * 256 + byte, NEVER), 0);
}

/** A certificate of a path. */
export interface PolicyStep {
  readonly extensions: PolicyExtensions;
  readonly isSelfIssued: boolean;
}

const NO_POLICY = "an authority requires a certificate policy, and the path has none";

/** The policies that the next certificate may have; all, if it includes `ANY`. */
type Expected = ReadonlySet<string>;

/**
 * Checks a path against the policy requirements of its CAs.
 *
 * @param path The certificates, from the trust anchor, whose constraints apply too (RFC 5937), to the leaf.
 * @returns The reason why the path does not conform, or `undefined` if it does.
 */
export function policyViolation(path: readonly PolicyStep[]): string | undefined {
  // If no CA requires a policy, policies are informational.
  if (path.every(({ extensions }) => extensions.requireExplicit === undefined)) return undefined;
  const counters = new Counters();
  let expected: Expected = new Set([ANY]);
  for (const [i, { extensions, isSelfIssued }] of path.entries()) {
    const isLast = i === path.length - 1;
    if (i > 0) {
      const isAnyAllowed = counters.inhibitAny > 0 || (isSelfIssued && !isLast);
      expected = policiesOf(extensions.policies ?? [], expected, isAnyAllowed);
      if (!counters.isSatisfiedBy(expected)) return NO_POLICY;
    }
    if (isLast) break;
    if (extensions.mappings.flat().includes(ANY)) return 'a mapping of certificate policies includes "any policy"';
    expected = mapped(expected, extensions.mappings, counters.inhibitMapping > 0);
    counters.advance(extensions, isSelfIssued || i === 0);
  }
  counters.finish(path[path.length - 1]!.extensions);
  return counters.isSatisfiedBy(expected) ? undefined : NO_POLICY;
}

/** RFC 5280 §6.1.3 (d) and (e): a certificate without policies ends all valid policies of the path. */
function policiesOf(policies: readonly string[], expected: Expected, isAnyAllowed: boolean): Expected {
  const isFree = expected.has(ANY);
  const named = policies.filter((policy) => policy !== ANY && (isFree || expected.has(policy)));
  const isAny = policies.includes(ANY) && isAnyAllowed;
  return new Set(isAny ? [...named, ...expected] : named);
}

/** Policy mapping: RFC 5280 §6.1.4 (b). */
function mapped(expected: Expected, mappings: PolicyExtensions["mappings"], isAllowed: boolean): Expected {
  const from = new Set(mappings.map(([policy]) => policy));
  const kept = [...expected].filter((policy) => !from.has(policy));
  if (!isAllowed) return new Set(kept);
  const to = mappings.filter(([policy]) => expected.has(policy) || expected.has(ANY)).map(([, policy]) => policy);
  return new Set([...kept, ...to]);
}

/** The state variables explicit_policy, policy_mapping and inhibit_anyPolicy (RFC 5280 §6.1.2). */
class Counters {
  requireExplicit = NEVER;
  inhibitMapping = NEVER;
  inhibitAny = NEVER;

  isSatisfiedBy(expected: Expected): boolean {
    return this.requireExplicit > 0 || expected.size > 0;
  }

  /** RFC 5280 §6.1.4 (h), (i) and (j). */
  advance(extensions: PolicyExtensions, isExempt: boolean): void {
    const step = isExempt ? 0 : 1;
    this.requireExplicit = next(this.requireExplicit, step, extensions.requireExplicit);
    this.inhibitMapping = next(this.inhibitMapping, step, extensions.inhibitMapping);
    this.inhibitAny = next(this.inhibitAny, step, extensions.inhibitAny);
  }

  /** RFC 5280 §6.1.5 (a) and (b). */
  finish({ requireExplicit }: PolicyExtensions): void {
    this.requireExplicit = requireExplicit === 0 ? 0 : next(this.requireExplicit, 1, undefined);
  }
}

function next(counter: number, step: number, limit: number | undefined): number {
  return Math.min(Math.max(counter - step, 0), limit ?? NEVER);
}
