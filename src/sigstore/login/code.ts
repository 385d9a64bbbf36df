/** The authorization code flow (RFC 6749 §4.1) with PKCE (RFC 7636), as both ways of getting the code use it. */
import { asked, type Issuer, type Login, SCOPE } from "./issuer.ts";
import type { IdentityToken } from "../tokens/identity_token.ts";

/** What binds the issuer's answer to this one login. None of it is used twice. */
export interface CodeSecrets {
  /** What the answer must repeat. */
  readonly state: string;
  /** What the token must repeat. */
  readonly nonce: string;
  /** What the program alone knows until it trades the code for the token. */
  readonly verifier: string;
}

/** Makes the secrets of a login, 256 random bits each. */
export function newSecrets({ client }: Issuer): CodeSecrets {
  return { state: client.randomState(), nonce: client.randomNonce(), verifier: client.randomPKCECodeVerifier() };
}

/** The address at which a person logs in. */
export async function loginUrl(
  login: Login,
  issuer: Issuer,
  secrets: CodeSecrets,
  redirectUri: string,
): Promise<string> {
  const parameters = {
    scope: SCOPE,
    redirect_uri: redirectUri,
    state: secrets.state,
    nonce: secrets.nonce,
    code_challenge: await issuer.client.calculatePKCECodeChallenge(secrets.verifier),
    code_challenge_method: "S256",
  };
  const url = await asked(login, () => issuer.client.buildAuthorizationUrl(issuer.config, parameters));
  return issuer.checkPage(url.href);
}

/**
 * Trades a code for the token.
 *
 * @param login Where to log in.
 * @param issuer The issuer.
 * @param secrets The secrets of the login that the code answers.
 * @param answer The redirect address, with the answer in its query.
 * @returns The token.
 */
export async function tradeCode(
  login: Login,
  issuer: Issuer,
  secrets: CodeSecrets,
  answer: URL,
): Promise<IdentityToken> {
  const { id_token } = await asked(login, () =>
    issuer.client.authorizationCodeGrant(issuer.config, answer, {
      expectedState: secrets.state,
      expectedNonce: secrets.nonce,
      pkceCodeVerifier: secrets.verifier,
      idTokenExpected: true,
    }));
  return issuer.readToken(id_token);
}
