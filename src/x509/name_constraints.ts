/**
 * Name constraints (RFC 5280 §4.2.1.10): which names a CA's subordinate certificates may have.
 *
 * Where the standard is ambiguous, permitted subtrees are matched as OpenSSL does and excluded ones more broadly, so that
 * another spelling does not escape an exclusion. A name that cannot be compared is rejected.
 */
import { checkDer, DerReader, FormatError, TAG } from "../asn1/der.ts";
import {
  canonicalLevels,
  commonNames,
  emailAddresses,
  foldAscii,
  foldUnicode,
  formatName,
  readName,
  type RelativeName,
} from "./distinguished_name.ts";
import { formatIpAddress, type GeneralName, readGeneralName } from "./general_names.ts";
import { quote } from "../text/quote.ts";

/** The forms of names whose constraints are implemented. */
type Form = "directory" | "email" | "dns" | "uri" | "address";

/** The subtrees that a CA permits and excludes. */
export interface NameConstraints {
  readonly permitted: readonly GeneralSubtree[];
  readonly excluded: readonly GeneralSubtree[];
}

/** The base of a subtree. */
export type GeneralSubtree =
  | Directory
  | { readonly form: "email" | "dns" | "uri"; readonly base: string }
  | { readonly form: "address"; readonly address: Uint8Array; readonly mask: Uint8Array };

/** A name of a certificate, prepared for comparison. */
export type ConstrainedName =
  | Directory
  | { readonly form: "email" | "dns" | "uri"; readonly text: string }
  | { readonly form: "address"; readonly bytes: Uint8Array };

interface Directory {
  readonly form: "directory";
  readonly text: string;
  /** The canonical form of each level. */
  readonly exact: readonly string[];
  /** The same with all letters folded, for exclusions. */
  readonly folded: readonly string[];
}

/** The constraints are of an unsupported kind, so no certificate below them can be accepted. */
export class UnsupportedConstraintError extends Error {}

/** 1.3.6.1.5.5.7.8.9, an e-mail address with letters beyond ASCII (RFC 9598). */
const SMTP_UTF8_MAILBOX = "2b06010505070809";

const PERMITTED = 0xa0;
const EXCLUDED = 0xa1;
const MINIMUM = 0x80;
const MAXIMUM = 0x81;

/** Maximum comparisons for one certificate and one CA: far more than real ones need, and a few milliseconds. */
const MAX_COMPARISONS = 1 << 16;

/** Labels of letters, digits, hyphens and, in practice, underscores. */
const HOST = /^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$/i;
const IPV4 = /^\d+\.\d+\.\d+\.\d+$/;

/**
 * Reads the extension.
 *
 * @param value Its value in DER.
 * @returns The constraints.
 * @throws {FormatError} If it is malformed.
 * @throws {UnsupportedConstraintError} If it constrains an unsupported form of names, or the number of levels.
 */
export function readNameConstraints(value: Uint8Array): NameConstraints {
  checkDer(value);
  const input = new DerReader(value);
  const fields = new DerReader(input.take(TAG.sequence).content);
  const permitted = fields.takeOptional(PERMITTED);
  const excluded = fields.takeOptional(EXCLUDED);
  fields.finish("after its name constraints");
  input.finish("after its name constraints");
  if (permitted === undefined && excluded === undefined) throw new FormatError("its name constraints are empty");
  return { permitted: readSubtrees(permitted?.content), excluded: readSubtrees(excluded?.content) };
}

function readSubtrees(content: Uint8Array | undefined): GeneralSubtree[] {
  if (content === undefined) return [];
  const subtrees: GeneralSubtree[] = [];
  for (const list = new DerReader(content); !list.isEmpty;) {
    subtrees.push(readSubtree(new DerReader(list.take(TAG.sequence).content)));
  }
  if (subtrees.length === 0) throw new FormatError("its name constraints are empty");
  return subtrees;
}

/** GeneralSubtree. RFC 5280 §4.2.1.10 fixes minimum at 0 and forbids maximum; other values have no agreed meaning. */
function readSubtree(fields: DerReader): GeneralSubtree {
  const base = readGeneralName(fields.next());
  const minimum = fields.takeOptional(MINIMUM)?.content;
  const maximum = fields.takeOptional(MAXIMUM);
  fields.finish("after a subtree");
  if (maximum !== undefined || (minimum !== undefined && minimum.some((byte) => byte !== 0))) {
    throw new UnsupportedConstraintError("a minimum or maximum number of levels");
  }
  return toSubtree(base);
}

function toSubtree(base: GeneralName): GeneralSubtree {
  switch (base.form) {
    case "directory":
      return toDirectory(base.der);
    case "email":
    case "dns":
    case "uri":
      checkBase(base.form, base.text);
      return { form: base.form, base: base.text };
    case "address":
      return toAddressRange(base.bytes);
    default:
      throw new UnsupportedConstraintError(`names of the form ${base.form}`);
  }
}

/** A base that is not a domain would match nothing, and so not exclude what its author intended. */
function checkBase(form: "email" | "dns" | "uri", base: string): void {
  const at = form === "email" ? base.lastIndexOf("@") : -1;
  const domain = base.slice(at + 1);
  const isWhole = at >= 0 ? HOST.test(domain) : domain === "" || HOST.test(domain.replace(/^\./, ""));
  if (!isWhole) throw new UnsupportedConstraintError(`${LABELS[form]} ${quote(base)}`);
}

function toAddressRange(bytes: Uint8Array): GeneralSubtree {
  if (bytes.length !== 8 && bytes.length !== 32) throw new FormatError("its name constraints have a wrong IP address");
  const half = bytes.length / 2;
  return { form: "address", address: bytes.subarray(0, half), mask: bytes.subarray(half) };
}

function toDirectory(der: Uint8Array): Directory {
  const name = readName(der);
  return {
    form: "directory",
    text: formatName(der),
    exact: canonicalLevels(name),
    folded: canonicalLevels(name, foldUnicode),
  };
}

/** The names of a certificate's subject. */
export interface SubjectNames {
  /** `Name` in DER. */
  readonly subject: Uint8Array;
  readonly alternativeNames: readonly GeneralName[];
}

/**
 * The names of a certificate that constraints apply to.
 *
 * @param names Subject and alternative names.
 * @param isLeaf Whether it is the last certificate of its path.
 * @returns The names.
 */
export function constrainedNames({ subject, alternativeNames }: SubjectNames, isLeaf: boolean): ConstrainedName[] {
  const name = readName(subject);
  const names = alternativeNames.map(toConstrained).filter((one) => one !== undefined);
  if (name.length > 0) names.push(toDirectory(subject));
  // An address that is not text is kept as one that matches nothing.
  names.push(...emailAddresses(name).map((text): ConstrainedName => ({ form: "email", text: text ?? "" })));
  const hasDns = names.some(({ form }) => form === "dns");
  if (isLeaf && !hasDns) names.push(...hostsIn(name));
  return names;
}

function toConstrained(name: GeneralName): ConstrainedName | undefined {
  if (name.form === "directory") return toDirectory(name.der);
  if (name.form === "other") return name.type === SMTP_UTF8_MAILBOX ? { form: "email", text: "" } : undefined;
  return "text" in name || "bytes" in name ? name : undefined;
}

/** A common name that looks like a host must satisfy the DNS constraints, as in OpenSSL. */
function hostsIn(name: readonly RelativeName[]): ConstrainedName[] {
  return commonNames(name).filter((text) => text !== undefined && text.includes(".") && HOST.test(text))
    .map((text) => ({ form: "dns", text: text! }));
}

/**
 * Checks the names of a certificate against constraints (RFC 5280 §6.1.3 (b) and (c)).
 *
 * @param constraints The constraints of a CA above the certificate.
 * @param names The names of the certificate.
 * @returns The reason why a name is not allowed, or `undefined` if all are.
 */
export function nameViolation(constraints: NameConstraints, names: readonly ConstrainedName[]): string | undefined {
  const { permitted, excluded } = constraints;
  if (names.length * (permitted.length + excluded.length) > MAX_COMPARISONS) return "there are too many to compare";
  for (const name of names) {
    const reason = violationOf(name, permitted.filter(hasForm(name.form)), excluded.filter(hasForm(name.form)));
    if (reason !== undefined) return `${LABELS[name.form]} ${shown(name)} ${reason}`;
  }
  return undefined;
}

function violationOf(
  name: ConstrainedName,
  permitted: readonly GeneralSubtree[],
  excluded: readonly GeneralSubtree[],
): string | undefined {
  if (permitted.length + excluded.length === 0) return undefined;
  if (!isComparable(name)) return "cannot be compared with them";
  if (permitted.length > 0 && !permitted.some((base) => isWithin(name, base, false))) return "is not permitted";
  return excluded.some((base) => isWithin(name, base, true)) ? "is excluded" : undefined;
}

const LABELS: Readonly<Record<Form, string>> = {
  directory: "the name",
  email: "the e-mail address",
  dns: "the DNS name",
  uri: "the URI",
  address: "the IP address",
};

function hasForm(form: Form): (subtree: GeneralSubtree) => boolean {
  return (subtree) => subtree.form === form;
}

function shown(name: ConstrainedName): string {
  return name.form === "address" ? formatIpAddress(name.bytes) : quote(name.text);
}

/** A name that does not conform to its standard could mean something else to other programs. */
function isComparable(name: ConstrainedName): boolean {
  switch (name.form) {
    case "directory":
      return true;
    case "address":
      return name.bytes.length === 4 || name.bytes.length === 16;
    case "dns":
      return HOST.test(name.text.replace(/^\*\./, ""));
    case "uri":
      return hostOf(name.text) !== undefined;
    case "email":
      return splitAddress(name.text) !== undefined;
  }
}

/** `isWide`: match broadly, for an exclusion. */
function isWithin(name: ConstrainedName, subtree: GeneralSubtree, isWide: boolean): boolean {
  if (name.form === "directory" && subtree.form === "directory") {
    return isWide ? beginsWith(name.folded, subtree.folded) : beginsWith(name.exact, subtree.exact);
  }
  if (name.form === "address" && subtree.form === "address") return isInRange(name.bytes, subtree);
  if (name.form === "dns" && subtree.form === "dns") return isBelow(name.text, subtree.base, isWide);
  if (name.form === "uri" && subtree.form === "uri") return isHost(hostOf(name.text)!, subtree.base, isWide);
  if (name.form === "email" && subtree.form === "email") return isMailbox(name.text, subtree.base, isWide);
  return false;
}

function beginsWith(name: readonly string[], base: readonly string[]): boolean {
  return base.length <= name.length && base.every((level, i) => level === name[i]);
}

function isInRange(bytes: Uint8Array, { address, mask }: Extract<GeneralSubtree, { form: "address" }>): boolean {
  return bytes.length === address.length && bytes.every((byte, i) => (byte & mask[i]!) === (address[i]! & mask[i]!));
}

/** The host and everything below it. A leading dot, which the standard does not have for DNS, means only what is below. */
function isBelow(name: string, base: string, isWide: boolean): boolean {
  const [host, domain] = [foldAscii(name), foldAscii(base)];
  if (domain === "" || host === domain) return true;
  const suffix = domain.startsWith(".") ? domain : `.${domain}`;
  if (host.endsWith(suffix) || (isWide && host === suffix.slice(1))) return true;
  // A wildcard also stands for the excluded host.
  return isWide && host.startsWith("*.") && suffix.endsWith(host.slice(1));
}

/** The host itself or, with a leading dot, everything below it. */
function isHost(name: string, base: string, isWide: boolean): boolean {
  if (base === "") return isWide;
  const [host, domain] = [foldAscii(name), foldAscii(base)];
  return domain.startsWith(".") ? host.endsWith(domain) : host === domain;
}

/** One mailbox, the mailboxes of a host or, with a leading dot, those of all hosts below. */
function isMailbox(address: string, base: string, isWide: boolean): boolean {
  const { local, host } = splitAddress(address)!;
  const at = base.lastIndexOf("@");
  const wanted = base.slice(0, Math.max(at, 0));
  return (wanted === "" || wanted === local) && isHost(host, base.slice(at + 1), isWide);
}

function splitAddress(address: string): { local: string; host: string } | undefined {
  const at = address.lastIndexOf("@");
  const [local, host] = [address.slice(0, Math.max(at, 0)), address.slice(at + 1)];
  const isWhole = /^[\x21-\x7e]+$/.test(local) || /^"[\x20-\x7e]*"$/.test(local);
  return isWhole && HOST.test(host) ? { local, host } : undefined;
}

/** The host name of a URI (RFC 3986 §3.2). URIs without one are rejected (RFC 5280 §4.2.1.10). */
function hostOf(uri: string): string | undefined {
  const authority = /^[a-z][a-z0-9+.-]*:\/\/(?:[\w.~!$&'()*+,;=:%-]*@)?([^/?#]*)/i.exec(uri)?.[1];
  const host = authority?.replace(/:\d*$/, "");
  return host !== undefined && HOST.test(host) && !IPV4.test(host) ? host : undefined;
}
