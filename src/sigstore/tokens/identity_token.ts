/** An OIDC identity token: checked before it is sent anywhere, and kept out of everything that prints. */
import { RefusedError } from "../../errors.ts";
import { quote } from "../../text/quote.ts";
import { expectedIdentity } from "./expected_identity.ts";
import { decodeClaims, isSecureUrl } from "./claims.ts";

/** For whom Sigstore's tokens are made out, and the name of its OAuth client. */
export const SIGSTORE_AUDIENCE = "sigstore";

/** What a token must be. */
export interface TokenExpectation {
  /** Where the token comes from, for messages, such as `SIGSTORE_ID_TOKEN`. */
  readonly source: string;
  /** For whom it must be made out. @default {"sigstore"} */
  readonly audience?: string;
  /** The issuer that it must name, or a test of it; without, any with a safe address. */
  readonly issuer?: string | ((issuer: string) => boolean);
  /** The time of the check. */
  readonly now?: Date;
  /** Whether a person has just logged in for it. */
  readonly isLogin?: boolean;
}

/** What is known of a token besides its text. */
interface TokenFacts {
  readonly source: string;
  readonly identity: string;
  readonly isEmail: boolean;
  readonly subject: string;
  readonly issuer: string;
  readonly expires: Date;
  readonly otherIdentities?: readonly string[];
  readonly tokenIssuer?: string;
}

/**
 * A token that says who signs. Its text is a password for some minutes: it can be had by {@linkcode IdentityToken.reveal}
 * alone, so that it is not logged by accident.
 */
export class IdentityToken {
  readonly #text: string;
  /** Where it comes from, for people. */
  readonly source: string;
  /** The name that the certificate will carry: an e-mail address, or the address of a workflow. */
  readonly identity: string;
  /** Whether that name is an e-mail address, which becomes public. */
  readonly isEmail: boolean;
  /** What Fulcio takes for the subject, when a proof of possession is made by signing it. */
  readonly subject: string;
  /** The issuer as the certificate will name it: behind a federated login, the one that knows the person. */
  readonly issuer: string;
  /** When it ceases to be good. */
  readonly expires: Date;
  readonly #otherIdentities: readonly string[];
  readonly #tokenIssuer: string;

  /** Keeps a token that was checked; use {@linkcode readIdentityToken}. */
  constructor(text: string, facts: TokenFacts) {
    this.#text = text;
    this.source = facts.source;
    this.identity = facts.identity;
    this.isEmail = facts.isEmail;
    this.subject = facts.subject;
    this.issuer = facts.issuer;
    this.expires = facts.expires;
    this.#otherIdentities = facts.otherIdentities ?? [];
    this.#tokenIssuer = facts.tokenIssuer ?? facts.issuer;
  }

  /**
   * Whether a certificate authority may certify these names for this token: it may be configured to certify the subject,
   * as it is or with a domain behind it (`sub!domain`), though the token has an e-mail address.
   */
  mayBeCertifiedAs({ identity, issuer }: { readonly identity: string; readonly issuer: string }): boolean {
    const known = [this.identity, ...this.#otherIdentities];
    const isKnown = known.includes(identity) || this.#otherIdentities.some((one) => identity.startsWith(`${one}!`));
    return isKnown && [this.issuer, this.#tokenIssuer].includes(issuer);
  }

  /** The token's text, for the request that needs it and nothing else. */
  reveal(): string {
    return this.#text;
  }
}

/** Clocks differ a little: seconds that a token may come from the future. */
const CLOCK_SKEW = 60;

/** The last second that a `Date` can hold. */
const LAST_SECOND = 8.64e12;

/**
 * Reads a token and checks what can be checked without its issuer: shape, audience, times and the issuer's name. The
 * signature is for Fulcio to check; for a token that came over an interactive login it was checked there too.
 *
 * @param text The token, a JWT.
 * @param expectation What it must be.
 * @returns The token.
 * @throws {RefusedError} If it must not be sent (`TOKEN`). The message names its source, never its text.
 */
export function readIdentityToken(text: string, expectation: TokenExpectation): IdentityToken {
  const { source } = expectation;
  const claims = decodeClaims(text, (reason) => refuse(source, reason));
  checkAudience(claims.aud, expectation);
  const expires = checkTimes(claims, expectation);
  checkIssuer(claims.iss, expectation);
  const name = expectedIdentity(claims, {
    fail: (reason) => refuse(source, reason),
    isLogin: expectation.isLogin,
  });
  return new IdentityToken(text, { source, expires, ...name });
}

function checkAudience(aud: unknown, { source, audience = SIGSTORE_AUDIENCE }: TokenExpectation): void {
  const named = Array.isArray(aud) ? aud : [aud];
  if (named.includes(audience)) return;
  const found = named.filter((one) => typeof one === "string").slice(0, 3).map(quote).join(" and ") || "nobody";
  throw refuse(source, `it is made out for ${found}; ask its issuer for one with the audience ${quote(audience)}`);
}

function checkTimes(claims: Record<string, unknown>, { source, now = new Date() }: TokenExpectation): Date {
  const seconds = now.getTime() / 1000;
  const expires = timeClaim(claims, "exp", source);
  if (expires <= seconds) {
    const when = new Date(expires * 1000).toISOString();
    throw refuse(source, `it expired at ${when}; get a new one, and see that this machine's clock is right`);
  }
  const starts = [timeClaim(claims, "iat", source), claims.nbf === undefined ? 0 : timeClaim(claims, "nbf", source)];
  if (Math.max(...starts) > seconds + CLOCK_SKEW) {
    throw refuse(source, "it is from the future; see that this machine's clock is right");
  }
  return new Date(expires * 1000);
}

function timeClaim(claims: Record<string, unknown>, name: string, source: string): number {
  const value = claims[name];
  if (typeof value === "number" && value >= 0 && value <= LAST_SECOND) return value;
  throw refuse(source, `its claim ${name} is missing or no time`);
}

function checkIssuer(issuer: unknown, { source, issuer: expected }: TokenExpectation): void {
  if (typeof issuer !== "string" || !isSecureUrl(issuer)) {
    throw refuse(source, "its issuer must be an https address");
  }
  const accepts = typeof expected === "string" ? issuer === expected : expected?.(issuer) ?? true;
  if (accepts) return;
  const wanted = typeof expected === "string" ? `, not by ${quote(expected)}` : ", which is not the one expected there";
  throw refuse(source, `it was issued by ${quote(issuer)}${wanted}`);
}

function refuse(source: string, reason: string): RefusedError {
  return new RefusedError("TOKEN", `Cannot use the identity token from ${source}: ${reason}`);
}
