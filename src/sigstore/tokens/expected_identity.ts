/**
 * The names that Fulcio will put into a certificate for a token: what its public configuration says
 * (`sigstore/fulcio`, `config/identity/config.yaml` and `pkg/identity/`). The certificate has the last word; this is for
 * telling the signer beforehand what will be on record.
 */
import { isRecord } from "./claims.ts";

/** Who the certificate will say signed, and who vouches for it. */
export interface ExpectedIdentity {
  readonly identity: string;
  readonly isEmail: boolean;
  readonly subject: string;
  readonly issuer: string;
  /** Other identities that an instance may certify for this token, depending on how it is configured. */
  readonly otherIdentities?: readonly string[];
  /** The issuer of the token itself, if `issuer` is the one behind it. */
  readonly tokenIssuer?: string;
}

type Claims = Readonly<Record<string, unknown>>;
type Fail = (reason: string) => Error;

/** How a kind of machine identity is named: an address with claims in it, as `{claim}`. */
interface Template {
  readonly issuer: RegExp;
  readonly name: string;
  /** Values of claims that may be absent. */
  readonly defaults?: Claims;
}

const TEMPLATES: readonly Template[] = [
  {
    issuer: /^https:\/\/token\.actions\.githubusercontent\.com(\/[^/]+)?$/,
    name: "https://github.com/{job_workflow_ref}",
  },
  {
    issuer: /^https:\/\/(gitlab\.com|dev\.gitlab\.org|gitlab\.archlinux\.org|ops\.gitlab\.net)$/,
    name: "https://{ci_config_ref_uri}",
  },
  { issuer: /^https:\/\/agent\.buildkite\.com$/, name: "https://buildkite.com/{organization_slug}/{pipeline_slug}" },
  {
    issuer: /^https:\/\/oidc\.circleci\.com(\/org\/[^/]+)?$/,
    name: "{api_url}/projects/{oidc.circleci.com/project-id}" +
      "/pipeline-definitions/{oidc.circleci.com/pipeline-definition-id}",
    defaults: { api_url: "https://circleci.com/api/v2" },
  },
  {
    issuer: /^https:\/\/oidc\.codefresh\.io$/,
    name: "{platform_url}/{account_name}/{pipeline_name}:{account_id}/{pipeline_id}",
    defaults: { platform_url: "https://g.codefresh.io" },
  },
];

/** Longer than any name that a certificate should carry. */
const MOST_NAME_LENGTH = 2048;

/** Fulcio's own test of an e-mail address. */
const EMAIL = /^.+@.+\..+$/;

/** How to read the names. */
export interface NameOptions {
  /** Makes the error from a reason. */
  readonly fail: Fail;
  /** Whether a person has just logged in, who can have an e-mail address verified at the issuer. */
  readonly isLogin?: boolean | undefined;
}

/**
 * The names that a certificate for these claims will carry.
 *
 * @param claims The claims of a token.
 * @param options How to read them.
 * @returns The names.
 */
export function expectedIdentity(claims: Claims, options: NameOptions): ExpectedIdentity {
  const { fail } = options;
  const issuer = text(claims, "iss", fail);
  const template = TEMPLATES.find((one) => one.issuer.test(issuer));
  if (template !== undefined) {
    return { identity: fill(template, claims, fail), isEmail: false, subject: text(claims, "sub", fail), issuer };
  }
  if (isRecord(claims["kubernetes.io"])) return kubernetesName(claims["kubernetes.io"], claims, issuer, fail);
  return personName(claims, options);
}

function fill({ name, defaults }: Template, claims: Claims, fail: Fail): string {
  const filled = name.replace(/\{([^}]+)\}/g, (_, claim) => text({ ...defaults, ...claims }, claim, fail));
  return checkLength(filled, fail);
}

/** A service account: `https://kubernetes.io/namespaces/NAMESPACE/serviceaccounts/NAME`. */
function kubernetesName(account: Claims, claims: Claims, issuer: string, fail: Fail): ExpectedIdentity {
  const service = isRecord(account.serviceaccount) ? account.serviceaccount : {};
  const path = `namespaces/${text(account, "namespace", fail)}/serviceaccounts/${text(service, "name", fail)}`;
  return { identity: `https://kubernetes.io/${path}`, isEmail: false, subject: text(claims, "sub", fail), issuer };
}

/** Issuers of whose tokens every instance certifies the e-mail address (Fulcio's public configuration). */
const EMAIL_ISSUERS = /^https:\/\/(accounts\.google\.com|oauth2\.sigstore\.dev\/auth|oauth2\.sigstage\.dev\/auth)$/;

/**
 * A verified e-mail address where there is one, else the issuer's own name for the subject. A private instance may be
 * configured to certify the subject (types `uri`, `username` and others) though there is an address; then it need not be
 * verified either.
 */
function personName(claims: Claims, options: NameOptions): ExpectedIdentity {
  const { fail } = options;
  const tokenIssuer = text(claims, "iss", fail);
  const issuer = federatedIssuer(claims, fail) ?? tokenIssuer;
  const needsEmail = EMAIL_ISSUERS.test(tokenIssuer);
  const email = emailOf(claims, { ...options, needsEmail });
  if (email === undefined) {
    const subject = text(claims, "sub", fail);
    return { identity: subject, isEmail: false, subject, issuer, tokenIssuer };
  }
  const others = !needsEmail && isText(claims.sub) ? [text(claims, "sub", fail)] : [];
  return { identity: email, isEmail: true, subject: email, issuer, tokenIssuer, otherIdentities: others };
}

function emailOf(
  claims: Claims,
  { fail, isLogin, needsEmail }: NameOptions & { needsEmail: boolean },
): string | undefined {
  if (claims.email === undefined || claims.email === "") return undefined;
  if (!needsEmail && !isLogin && isCertifiableSubject(claims.sub) && !isVerifiedEmail(claims)) return undefined;
  const email = text(claims, "email", fail);
  if (!EMAIL.test(email)) throw fail("its claim email is no e-mail address");
  if (!isVerified(claims)) {
    throw fail("its issuer has not verified the e-mail address; verify it there and log in again");
  }
  return email;
}

/** Fulcio certifies a subject as a URI, or as a user name, which has no `@`. */
function isCertifiableSubject(subject: unknown): boolean {
  return isText(subject) && (URL.canParse(subject) || !subject.includes("@"));
}

function isVerifiedEmail(claims: Claims): boolean {
  return isText(claims.email) && EMAIL.test(claims.email) && isVerified(claims);
}

/** Some issuers write the boolean as a text. */
function isVerified(claims: Claims): boolean {
  return claims.email_verified === true || claims.email_verified === "true";
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

/** Behind the public instance's issuer stand Google, GitHub and Microsoft: the certificate names that one. */
function federatedIssuer(claims: Claims, fail: Fail): string | undefined {
  const federated = claims.federated_claims;
  if (!isRecord(federated) || federated.connector_id === undefined) return undefined;
  return text(federated, "connector_id", fail);
}

function text(claims: Claims, name: string, fail: Fail): string {
  const value = claims[name];
  if (typeof value !== "string" || value === "") throw fail(`its claim ${name} is missing or no text`);
  // It will be printed, and copied into a command.
  if (/\p{Cc}/u.test(value)) throw fail(`its claim ${name} has control characters`);
  return checkLength(value, fail);
}

function checkLength(name: string, fail: Fail): string {
  if (name.length > MOST_NAME_LENGTH) throw fail(`it has a name of more than ${MOST_NAME_LENGTH} characters`);
  return name;
}
