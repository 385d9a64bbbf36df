/** Which place, if any, hands out tokens where the program runs. */
import { type IdentityToken, readIdentityToken } from "../../tokens/identity_token.ts";
import { BUILDKITE } from "./buildkite.ts";
import { CIRCLECI } from "./circleci.ts";
import { GITHUB } from "./github.ts";
import { GITLAB } from "./gitlab.ts";
import { GOOGLE } from "./google.ts";
import type { AmbientProvider, TokenRequest } from "./provider.ts";
import { FILE } from "./token_file.ts";

/** In the order in which they are tried, which is that of Sigstore's Python client. */
export const PROVIDERS: readonly AmbientProvider[] = [GITHUB, GOOGLE, BUILDKITE, GITLAB, CIRCLECI, FILE];

/**
 * Finds the first place that the program runs in, and checks what can be known without the network.
 *
 * @param request For whom the token is to be made out, where, and what stops it.
 * @returns What gets a token, or `undefined` if the program runs in none of the places.
 * @throws {UnavailableError} If the place gives none; it is not passed over for another.
 * @throws {RefusedError} If its token must not be used.
 */
export function prepareAmbientToken(request: TokenRequest): (() => Promise<IdentityToken>) | undefined {
  const { environment, audience } = request;
  const provider = PROVIDERS.find((one) => one.detect(environment));
  if (provider === undefined) return undefined;
  const read = (text: string): IdentityToken =>
    readIdentityToken(text, {
      source: provider.name,
      audience,
      issuer: (issuer) => provider.acceptsIssuer(issuer, environment),
    });
  const known = provider.prepare(request);
  if (known !== undefined) read(known);
  return async () => read(await provider.token(request));
}

/**
 * Gets a token from the first place that the program runs in.
 *
 * @param request For whom the token is to be made out, where, and what stops it.
 * @returns The token, or `undefined` if the program runs in none of them.
 * @throws {UnavailableError} If the place gives none; it is not passed over for another.
 * @throws {RefusedError} If its token must not be used.
 */
export async function ambientToken(request: TokenRequest): Promise<IdentityToken | undefined> {
  return await prepareAmbientToken(request)?.();
}
