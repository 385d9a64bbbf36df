/** The identity that must have made a signature of the method `sigstore`. */
import { UsageError, VerificationError } from "../errors.ts";
import type { Certificate } from "../x509/certificate.ts";
import { allCiTexts, extensionText, type FulcioIdentity } from "../x509/fulcio_certificate.ts";
import { option, type OptionName } from "../text/option.ts";
import { quote } from "../text/quote.ts";

/** The identity and OIDC issuer to trust, each an exact string or a pattern that must match the whole string. */
export interface IdentityPolicy {
  /** The identity, compared exactly. */
  identity?: string;
  /** A regular expression that the whole identity must match. */
  identityRegexp?: string;
  /** The OIDC issuer, compared exactly. */
  identityProvider?: string;
  /** A regular expression that the whole issuer must match. */
  identityProviderRegexp?: string;
  /** Extensions that the certificate must have, as `OID=VALUE`, compared exactly. */
  certificateOids?: readonly string[];
  /** The repository of the workflow that signed: `OWNER/NAME`, or its whole address. */
  githubRepository?: string;
  /** Branch or tag that the workflow ran for, such as `refs/heads/main`. */
  githubRef?: string;
  /** The commit that the workflow ran for. */
  githubSha?: string;
}

/** A rule for the signer. It returns why a signer breaks it. */
type IdentityRule = (signer: FulcioIdentity, certificate: Certificate) => string | undefined;

/** Parsed rules for the signer. */
export interface IdentityRules {
  /**
   * Checks a signer.
   *
   * @throws {VerificationError} If the signer breaks a rule (`OTHER_IDENTITY`).
   */
  check(signer: FulcioIdentity, certificate: Certificate): void;
}

/**
 * Parses a policy before there is a signer to apply it to, so that a mistake in it is never taken for a match.
 *
 * @param policy The identity to trust.
 * @returns The rules.
 * @throws {UsageError} If it names no identity or no issuer (`IDENTITY`, `IDENTITY_PROVIDER`), or a pattern or OID is
 * malformed.
 */
export function readPolicy(policy: IdentityPolicy): IdentityRules {
  const rules = [
    nameRule("identity", policy.identity, policy.identityRegexp, (signer) => signer.identity),
    nameRule("identityProvider", policy.identityProvider, policy.identityProviderRegexp, (signer) => signer.issuer),
    ...(policy.certificateOids ?? []).map(oidRule),
    ...githubRules(policy),
  ];
  return {
    check(signer, certificate): void {
      for (const rule of rules) {
        const reason = rule(signer, certificate);
        if (reason !== undefined) {
          throw new VerificationError(
            "OTHER_IDENTITY",
            `Cannot accept the signature: it is by another signer: ${reason}`,
          );
        }
      }
    },
  };
}

function nameRule(
  name: "identity" | "identityProvider",
  exact: string | undefined,
  pattern: string | undefined,
  nameOf: (signer: FulcioIdentity) => string,
): IdentityRule {
  const what = name === "identity" ? "identity" : "identity provider";
  if ((exact === undefined) === (pattern === undefined)) {
    const reason = exact === undefined ? "is needed" : `and ${option(`${name}Regexp`)} exclude each other`;
    throw new UsageError(
      name === "identity" ? "IDENTITY" : "IDENTITY_PROVIDER",
      `Cannot verify with method sigstore: ${
        option(name)
      } ${reason}; model-signing inspect SIGNATURE shows who claims to ` +
        "have signed",
    );
  }
  // Nobody has an empty name, and an empty pattern is an unset variable in a script.
  if ((exact ?? pattern) === "") throw new UsageError("EMPTY_POLICY", `Cannot verify: ${option(name)} is empty`);
  if (exact !== undefined) {
    return (signer) =>
      nameOf(signer) === exact ? undefined : `its ${what} is ${quote(nameOf(signer))}, not ${quote(exact)}`;
  }
  const regexp = wholePattern(pattern!, `${name}Regexp`);
  return (signer) =>
    regexp.test(nameOf(signer))
      ? undefined
      : `its ${what} is ${quote(nameOf(signer))}, which the whole of ${quote(pattern!)} does not match`;
}

/** The group keeps the anchors outside of any alternatives, and `$` without the flag `m` is only the very end. */
function wholePattern(pattern: string, name: OptionName): RegExp {
  try {
    new RegExp(pattern, "u"); // By itself, so that a stray bracket cannot close the group.
    return new RegExp(`^(?:${pattern})$`, "u");
  } catch (cause) {
    // V8 writes "Invalid regular expression: /PATTERN/u: REASON".
    const reason = cause instanceof Error ? cause.message.split(": ").at(-1)! : "it cannot be read";
    const message = `Cannot verify: ${option(name)} is not a regular expression: ${quote(pattern)}: ${reason}`;
    throw new UsageError("BAD_PATTERN", message, { cause });
  }
}

function oidRule(text: string): IdentityRule {
  const match = /^((?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*))+)=(.+)$/s.exec(text);
  if (match === null) {
    const message =
      `Cannot verify: ${option("certificateOids")} must be OID=VALUE, such as 1.3.6.1.4.1.57264.1.20=push, ` +
      `not ${quote(text)}`;
    throw new UsageError("BAD_OID", message);
  }
  const [, oid, value] = match;
  return (_, certificate) => {
    const found = extensionText(certificate, oid!);
    if (found === value) return undefined;
    const has = found === undefined ? "has no text there" : `has ${quote(found)}`;
    return `its certificate must have ${quote(value!)} as extension ${oid}, and ${has}`;
  };
}

function githubRules({ githubRepository, githubRef, githubSha }: IdentityPolicy): IdentityRule[] {
  const rules: IdentityRule[] = [];
  if (githubRepository !== undefined) {
    const name = githubRepository.replace(/^https:\/\/github\.com\//, "");
    rules.push(ciRule("repository", "githubRepository", [name, `https://github.com/${name}`]));
  }
  if (githubRef !== undefined) rules.push(ciRule("ref", "githubRef", [githubRef]));
  if (githubSha !== undefined) rules.push(ciRule("commit", "githubSha", [githubSha]));
  return rules;
}

/** Every form of the claim that the certificate has must be the wanted one, and there must be at least one. */
function ciRule(claim: "repository" | "ref" | "commit", name: OptionName, wanted: readonly string[]): IdentityRule {
  if (wanted[0] === "") throw new UsageError("EMPTY_POLICY", `Cannot verify: ${option(name)} is empty`);
  return (_, certificate) => {
    const found = allCiTexts(certificate, claim);
    if (found.length > 0 && found.every((text) => wanted.includes(text))) return undefined;
    const has = found.length === 0 ? "none" : found.map(quote).join(" and ");
    return `the ${claim} must be ${quote(wanted[0]!)}, and its certificate has ${has}`;
  };
}
