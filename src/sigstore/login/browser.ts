/** Logging in with the browser of this machine. */
import { CallbackServer } from "./callback.ts";
import { loginUrl, newSecrets, tradeCode } from "./code.ts";
import { type Issuer, type Login, untilStopped } from "./issuer.ts";
import type { IdentityToken } from "../tokens/identity_token.ts";

/**
 * Opens the issuer's page in the browser and waits for its answer on a loopback port (RFC 8252).
 *
 * @param login Where to log in.
 * @param issuer The issuer.
 * @param openBrowser Opens a page, and says whether it did.
 * @returns The token, or `undefined` if there is no browser.
 * @throws {RefusedError} If the login was refused (`LOGIN`), or its answer is to another login (`LOGIN_STATE`).
 * @throws {UnavailableError} If nobody logs in within the time (`LOGIN_TIME`), or there is no port to listen on (`LISTEN`).
 */
export async function logInWithBrowser(
  login: Login,
  issuer: Issuer,
  openBrowser: (url: string) => Promise<boolean>,
): Promise<IdentityToken | undefined> {
  const secrets = newSecrets(issuer);
  await using server = new CallbackServer(secrets.state);
  const url = await loginUrl(login, issuer, secrets, server.redirectUri);
  const token = server.answer.then((answer) => tradeCode(login, issuer, secrets, answer));
  // A browser may have answered before it is known to have opened.
  const opened = Promise.race([openBrowser(url), token.then(() => true)]);
  if (!await untilStopped(login, opened)) return undefined;
  login.tell(`Log in with your browser. If no page opens there, open this one:\n\n  ${url}\n`);
  const received = await untilStopped(login, token);
  server.finish(true);
  return received;
}
