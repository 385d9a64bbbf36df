/** GitHub Actions: a job with the permission `id-token: write` is told where to get a token. */
import { UnavailableError } from "../../../errors.ts";
import { checkRequest, type ServiceRequest } from "../../../io/http.ts";
import { isSecureUrl } from "../../tokens/claims.ts";
import { askForField } from "./answer.ts";
import type { AmbientProvider, TokenRequest } from "./provider.ts";

/** The issuer of github.com; an enterprise may have its own below it. */
const ISSUER = /^https:\/\/token\.actions\.githubusercontent\.com(\/[^/]+)?$/;

/** GitHub Actions, of github.com or of a GitHub Enterprise Server. */
export const GITHUB: AmbientProvider = {
  name: "GitHub Actions",
  detect: ({ env }) => env("GITHUB_ACTIONS") !== undefined,
  prepare: (request) => void tokenRequest(request),
  token: (request) => askForField(tokenRequest(request), "value", request),
  // A server of one's own has an issuer of its own, which only Fulcio can know.
  acceptsIssuer: (issuer, { env }) =>
    !isGitHubCom(requestUrl(env("ACTIONS_ID_TOKEN_REQUEST_URL") ?? "")) || ISSUER.test(issuer),
};

function isGitHubCom(url: URL): boolean {
  return url.hostname.endsWith(".actions.githubusercontent.com");
}

function tokenRequest({ environment, audience }: TokenRequest): ServiceRequest {
  const { env } = environment;
  const [bearer, address] = [env("ACTIONS_ID_TOKEN_REQUEST_TOKEN"), env("ACTIONS_ID_TOKEN_REQUEST_URL")];
  if (bearer === undefined || address === undefined) throw missingPermission();
  const url = requestUrl(address);
  // The address has a query already.
  url.searchParams.set("audience", audience);
  const request = { service: "GitHub's token service", url, headers: { authorization: `bearer ${bearer}` } };
  checkRequest(request);
  return request;
}

function requestUrl(address: string): URL {
  // The bearer token goes there.
  if (isSecureUrl(address)) return new URL(address);
  const message = "Cannot get an identity token from GitHub Actions: ACTIONS_ID_TOKEN_REQUEST_URL must be https";
  throw new UnavailableError("NO_TOKEN", message);
}

function missingPermission(): UnavailableError {
  const message = "Cannot get an identity token from GitHub Actions: the job may not ask for one; give it " +
    "`permissions: id-token: write` in the workflow (a pull request from a fork is never given it)";
  return new UnavailableError("NO_TOKEN", message);
}
