/** Logging in with a browser on any machine, and typing here the code that it shows. */
import { loginUrl, newSecrets, tradeCode } from "./code.ts";
import { type Issuer, type Login, refusedBy, untilStopped } from "./issuer.ts";
import type { IdentityToken } from "../tokens/identity_token.ts";

/** Asks the issuer to show the code instead of sending it somewhere. */
const REDIRECT_URI = "urn:ietf:wg:oauth:2.0:oob";

/** Longer than any code; and without spaces or anything that is not typed. */
const CODE = /^[\x21-\x7e]{1,4096}$/;

/**
 * Shows the address of the issuer's page and asks for the code.
 *
 * @param login Where to log in.
 * @param issuer The issuer.
 * @param askPerson Asks the person for a line, with what to ask it by; `null` if there is none.
 * @returns The token.
 * @throws {RefusedError} If the login was refused (`LOGIN`).
 * @throws {UnavailableError} If nobody logs in within the time (`LOGIN_TIME`).
 */
export async function logInOutOfBand(
  login: Login,
  issuer: Issuer,
  askPerson: (question: string) => Promise<string | null> | string | null,
): Promise<IdentityToken> {
  const secrets = newSecrets(issuer);
  const url = await loginUrl(login, issuer, secrets, REDIRECT_URI);
  login.tell(`Open this page in a browser, on any machine, and log in:\n\n  ${url}\n`);
  const typed = await untilStopped(login, Promise.resolve(askPerson("The code that it shows then: ")));
  const code = typed?.trim() ?? "";
  if (!CODE.test(code)) throw refusedBy(login.issuer, "no code was typed, or it is none");
  return await tradeCode(login, issuer, secrets, answerWith(code, secrets.state, issuer));
}

/**
 * The code alone comes back this way. State and issuer, which guard against answers from elsewhere, are what they should
 * be because the person typed the code; the verifier and the nonce still bind it to this login.
 */
function answerWith(code: string, state: string, { config }: Issuer): URL {
  const url = new URL(REDIRECT_URI);
  url.search = new URLSearchParams({ code, state, iss: config.serverMetadata().issuer }).toString();
  return url;
}
