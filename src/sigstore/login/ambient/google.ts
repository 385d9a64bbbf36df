/** Google Cloud: the metadata server vouches for the machine's service account, or for one that it may act for. */
import { UnavailableError } from "../../../errors.ts";
import { failure, type ServiceRequest } from "../../../io/http.ts";
import { MOST_TOKEN_LENGTH } from "../../tokens/claims.ts";
import { askForField } from "./answer.ts";
import type { AmbientProvider, TokenRequest } from "./provider.ts";

/** The documented name, which only Google's own network answers; plain http, as nothing leaves the machine. */
const METADATA = "http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default";
const IMPERSONATION = "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts";
const PRODUCT_NAME = "/sys/class/dmi/id/product_name";
const METADATA_HEADERS = { "metadata-flavor": "Google" };

/** The shape of a service account's e-mail address or number; it becomes part of an address. */
const ACCOUNT = /^[A-Za-z0-9][A-Za-z0-9.@:_-]{0,254}$/;

/** Google Cloud, with `GOOGLE_SERVICE_ACCOUNT_NAME` for a service account other than the machine's. */
export const GOOGLE: AmbientProvider = {
  name: "Google Cloud",
  detect: ({ env, readText }) => env("GOOGLE_SERVICE_ACCOUNT_NAME") !== undefined || isGoogleMachine(readText),
  prepare: ({ environment }) => {
    const account = environment.env("GOOGLE_SERVICE_ACCOUNT_NAME");
    if (account !== undefined) checkAccount(account);
    return undefined;
  },
  token: (request) => {
    const account = request.environment.env("GOOGLE_SERVICE_ACCOUNT_NAME");
    return account === undefined ? machineToken(request) : impersonatedToken(account, request);
  },
  acceptsIssuer: (issuer) => issuer === "https://accounts.google.com",
};

function isGoogleMachine(readText: (path: string) => string | undefined): boolean {
  try {
    return ["Google", "Google Compute Engine"].includes(readText(PRODUCT_NAME)?.trim() ?? "");
  } catch {
    return false; // Who may not read it is told of no machine.
  }
}

async function machineToken(request: TokenRequest): Promise<string> {
  const url = new URL(`${METADATA}/identity`);
  url.searchParams.set("audience", request.audience);
  // The full format has the e-mail address, which the certificate will carry.
  url.searchParams.set("format", "full");
  const service: ServiceRequest = { service: "Google's metadata server", url, headers: METADATA_HEADERS };
  const { environment, signal } = request;
  const { headers, bytes } = await environment.ask({ ...service, maxBytes: MOST_TOKEN_LENGTH, signal });
  // Google's way to tell the metadata server from whatever else may answer to that name.
  if (headers.get("metadata-flavor") !== "Google") throw failure(service, "it is not Google's metadata server");
  return new TextDecoder().decode(bytes).trim();
}

function checkAccount(account: string): void {
  if (ACCOUNT.test(account)) return;
  throw new UnavailableError(
    "NO_TOKEN",
    "Cannot act for GOOGLE_SERVICE_ACCOUNT_NAME: it is no account's e-mail address",
  );
}

async function impersonatedToken(account: string, request: TokenRequest): Promise<string> {
  checkAccount(account);
  const tokenUrl = new URL(`${METADATA}/token`);
  tokenUrl.searchParams.set("scopes", "https://www.googleapis.com/auth/cloud-platform");
  const metadata: ServiceRequest = { service: "Google's metadata server", url: tokenUrl, headers: METADATA_HEADERS };
  const access = await askForField(metadata, "access_token", request);
  const impersonation: ServiceRequest = {
    service: "Google's service for acting as another account",
    url: new URL(`${IMPERSONATION}/${encodeURIComponent(account)}:generateIdToken`),
    method: "POST",
    headers: { authorization: `Bearer ${access}`, "content-type": "application/json" },
    body: JSON.stringify({ audience: request.audience, includeEmail: true }),
  };
  return await askForField(impersonation, "token", request);
}
