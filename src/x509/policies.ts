/**
 * Certificate policies (RFC 5280 §6.1, with the graph of RFC 9618 in place of the exponential tree). No particular policy
 * is asked for here, so all that counts is whether a path has any, where one of its authorities demands that.
 */
import { checkDer, DerReader, FormatError, TAG } from "../asn1/der.ts";

/** What a certificate says about policies; OIDs are the hex of their bytes. */
export interface PolicyExtensions {
  /** `undefined`: it names none. */
  readonly policies: readonly string[] | undefined;
  /** From a policy of the issuer to one of the subject that is as good. */
  readonly mappings: readonly (readonly [from: string, to: string])[];
  /** After how many certificates a policy is needed, mapping ends, and "any policy" counts no more. */
  readonly requireExplicit: number | undefined;
  readonly inhibitMapping: number | undefined;
  readonly inhibitAny: number | undefined;
}

/** The OIDs of the extensions about policies (RFC 5280 §4.2.1.4, .5, .11 and .14). */
export const POLICY_EXTENSIONS = {
  policies: "2.5.29.32",
  mappings: "2.5.29.33",
  constraints: "2.5.29.36",
  inhibitAny: "2.5.29.54",
} as const;

/** 2.5.29.32.0 */
const ANY = "551d2000";

/** More than any path has certificates. */
const NEVER = 1 << 16;

/**
 * Reads the extensions of a certificate that are about policies.
 *
 * @param valueOf The value of an extension, by OID.
 * @returns What they say.
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

/** A reader of a value that is one element. */
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
    pair.finish("behind a policy mapping");
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
  fields.finish("behind its policy constraints");
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

/** The policies that may stand in the next certificate; with `ANY` in it, all. */
type Expected = ReadonlySet<string>;

/**
 * Says why a path breaks the policy rules of its authorities, if it does.
 *
 * @param path The certificates, the trusted one first and the leaf last. The trusted one is obeyed too (RFC 5937).
 * @returns The reason, or `undefined` if the path keeps all rules.
 */
export function policyViolation(path: readonly PolicyStep[]): string | undefined {
  // Without such a demand, policies are for display only.
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

/** RFC 5280 §6.1.3 (d) and (e): without any, every policy is lost for good. */
function policiesOf(policies: readonly string[], expected: Expected, isAnyAllowed: boolean): Expected {
  const isFree = expected.has(ANY);
  const named = policies.filter((policy) => policy !== ANY && (isFree || expected.has(policy)));
  const isAny = policies.includes(ANY) && isAnyAllowed;
  return new Set(isAny ? [...named, ...expected] : named);
}

/** RFC 5280 §6.1.4 (b). */
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
