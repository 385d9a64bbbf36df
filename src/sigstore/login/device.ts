/** Logging in with a browser on any machine, where a short code is typed (RFC 8628). */
import { quote } from "../../text/quote.ts";
import { asked, type Issuer, type Login, refusedBy, SCOPE, untilStopped } from "./issuer.ts";
import type { IdentityToken } from "../tokens/identity_token.ts";

/** A code as it can be typed; it is printed on a terminal. */
const USER_CODE = /^[\x20-\x7e]{1,64}$/;

/**
 * Shows a page and a code, and polls the issuer until the user has logged in there.
 *
 * @param login Where to log in.
 * @param issuer An issuer that has a device flow.
 * @returns The token.
 * @throws {RefusedError} If the login was refused, or the code has expired (`LOGIN`).
 * @throws {UnavailableError} If nobody logs in within the time (`LOGIN_TIME`).
 */
export async function logInByDevice(login: Login, issuer: Issuer): Promise<IdentityToken> {
  const { client, config } = issuer;
  const verifier = client.randomPKCECodeVerifier();
  // The RFC knows no PKCE here, but Sigstore's issuer does: who overhears the device code has no token yet.
  const challenge = {
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
  };
  const device = await asked(login, () => client.initiateDeviceAuthorization(config, { scope: SCOPE, ...challenge }));
  const { user_code, verification_uri, verification_uri_complete } = device;
  if (!USER_CODE.test(user_code)) throw refusedBy(login.issuer, `its code ${quote(user_code)} cannot be typed`);
  const page = issuer.checkPage(verification_uri_complete ?? verification_uri);
  login.tell(`Open this page in a browser, on any machine, and log in with the code ${user_code}:\n\n  ${page}\n`);
  const options = { signal: login.signal };
  const answer = client.pollDeviceAuthorizationGrant(config, device, { code_verifier: verifier }, options);
  // The library looks at the signal between its pauses only.
  const { id_token } = await asked(login, () => untilStopped(login, answer));
  return issuer.readToken(id_token);
}
