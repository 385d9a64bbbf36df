/** An OIDC issuer to log in at, by way of `openid-client`, which is loaded only when somebody logs in. */
import type { Configuration } from "openid-client";
import { ModelSigningError, RefusedError, UnavailableError } from "../../errors.ts";
import { quote } from "../../text/quote.ts";
import { quoteAddress } from "../../text/address.ts";
import { repeatsSecret } from "../../text/redact.ts";
import { REQUEST_POLICY, type ServiceRequest } from "../../io/http.ts";
import { isSecureUrl } from "../tokens/claims.ts";
import { type IdentityToken, readIdentityToken, SIGSTORE_AUDIENCE } from "../tokens/identity_token.ts";
import type { Host } from "../tokens/host.ts";

/** Where to log in, and as which program. */
export interface Login {
  /** The issuer's address. Its discovery document must state the same issuer. */
  readonly issuer: string;
  /** The name of this program at the issuer. @default {"sigstore"} */
  readonly clientId?: string | undefined;
  /** Its password there; most have none. */
  readonly clientSecret?: string | undefined;
  /** Shows a text to the person, who may be on a terminal. */
  readonly tell: (text: string) => void;
  /** Stops the login. */
  readonly signal: AbortSignal;
  /** How the issuer is asked. */
  readonly ask: Host["ask"];
}

/** The library, once it is loaded. */
type OpenIdClient = typeof import("openid-client");

/** What is asked of the issuer: the name and, where there is one, the e-mail address. */
export const SCOPE = "openid email";

/** Real answers have a few kilobytes. */
const MOST_ANSWER_BYTES = 1_000_000;

/** Statuses with which an issuer says no, in JSON (RFC 6749 §5.2). */
const REFUSALS = [400, 401, 403];

/** An issuer whose addresses are known. */
export class Issuer {
  readonly client: OpenIdClient;
  readonly config: Configuration;
  readonly #login: Login;

  constructor(client: OpenIdClient, config: Configuration, login: Login) {
    this.client = client;
    this.config = config;
    this.#login = login;
  }

  /** Whether it has a device flow (RFC 8628). */
  get hasDeviceFlow(): boolean {
    return this.config.serverMetadata().device_authorization_endpoint !== undefined;
  }

  /** A page of the issuer's that a person is to open: printed on a terminal, and handed to a browser. */
  checkPage(address: string): string {
    if (!isSecureUrl(address)) throw refusedBy(this.#login.issuer, `its page ${quoteAddress(address)} is not https`);
    // As parsed, it holds no characters that a terminal would act on.
    return new URL(address).href;
  }

  /** The token that the issuer answered with, whose signature the library has verified; checked as any other is. */
  readToken(idToken: string | undefined): IdentityToken {
    const { issuer, clientId } = this.#login;
    if (idToken === undefined) throw refusedBy(issuer, "it answered without an identity token");
    return readIdentityToken(idToken, {
      source: `the login at ${quoteAddress(issuer)}`,
      audience: clientId ?? SIGSTORE_AUDIENCE,
      issuer: this.config.serverMetadata().issuer,
      isLogin: true,
    });
  }
}

/**
 * Asks an issuer where its services are (OpenID Connect Discovery 1.0 §4).
 *
 * @param login Where to log in.
 * @returns The issuer.
 * @throws {RefusedError} If its answer is of another issuer (`LOGIN`).
 * @throws {UnavailableError} If it does not answer.
 */
export async function findIssuer(login: Login): Promise<Issuer> {
  if (!isSecureUrl(login.issuer)) throw refusedBy(login.issuer, "the address of an issuer must be https");
  const client = await import("openid-client");
  const url = new URL(login.issuer);
  const execute = [client.enableNonRepudiationChecks];
  if (url.protocol === "http:") execute.push(client.allowInsecureRequests);
  return await asked(login, async () => {
    const config = await client.discovery(url, login.clientId ?? SIGSTORE_AUDIENCE, {}, authenticate(client, login), {
      execute,
      [client.customFetch]: (address, init) => fetchBounded(login, address, init),
      // Each request has its own limit; this one is for all tries together.
      timeout: LIBRARY_SECONDS,
    });
    checkName(config.serverMetadata().issuer, login.issuer);
    return new Issuer(client, config, login);
  });
}

/** Seconds; beyond what {@linkcode fetchBounded} takes at most. */
const LIBRARY_SECONDS = 300;

/** The library makes exceptions for two products; there are none here. A final slash is no difference. */
function checkName(found: string, expected: string): void {
  if (URL.parse(found)?.href === new URL(expected).href) return;
  throw refusedBy(expected, `its discovery document is of another issuer, ${quoteAddress(found)}`);
}

/** Without a password the program says its name; with one, in the way that the issuer says, or else the usual one. */
function authenticate(client: OpenIdClient, { clientSecret }: Login): ReturnType<OpenIdClient["None"]> {
  if (clientSecret === undefined || clientSecret === "") return client.None();
  const [basic, post] = [client.ClientSecretBasic(clientSecret), client.ClientSecretPost(clientSecret)];
  return (server, ...rest) => {
    const methods = server.token_endpoint_auth_methods_supported ?? ["client_secret_basic"];
    const method = !methods.includes("client_secret_basic") && methods.includes("client_secret_post") ? post : basic;
    return method(server, ...rest);
  };
}

/** What the library fetches, through the one way that bounds size and time and follows no redirect. */
async function fetchBounded(
  login: Login,
  address: string,
  init: { method?: string; headers?: Record<string, string>; body?: unknown; signal?: AbortSignal | undefined },
): Promise<Response> {
  const url = new URL(address);
  if (!isSecureUrl(url)) {
    throw refusedBy(login.issuer, `it names the address ${quoteAddress(address)}, which is not https`);
  }
  const secrets = init.method === "POST" ? secretsIn(String(init.body)) : [];
  if (login.clientSecret !== undefined) secrets.push(login.clientSecret);
  const answer = await login.ask({
    service: `the issuer ${quoteAddress(login.issuer)}`,
    url,
    accept: REFUSALS,
    maxBytes: MOST_ANSWER_BYTES,
    secrets,
    signal: init.signal === undefined ? login.signal : AbortSignal.any([login.signal, init.signal]),
    ...(init.headers === undefined ? {} : { headers: init.headers }),
    ...(init.method === "POST" ? posted(String(init.body)) : {}),
  });
  if (answer.status >= 300 && repeatsSecret(new TextDecoder().decode(answer.bytes), secrets)) {
    throw refusedBy(
      login.issuer,
      `it answered with status ${answer.status} and an answer that repeats what was sent, and so is not shown`,
    );
  }
  return new Response(answer.bytes.length === 0 ? null : answer.bytes, answer);
}

/** Parameters of a token request that are no secrets (RFC 6749, RFC 8628). */
const PUBLIC_PARAMETERS = ["grant_type", "client_id", "redirect_uri", "scope", "code_challenge_method"];

function secretsIn(body: string): string[] {
  return [...new URLSearchParams(body)].filter(([name]) => !PUBLIC_PARAMETERS.includes(name)).map(([, value]) => value);
}

function posted(body: string): Pick<ServiceRequest, "method" | "body" | "retryPolicy"> {
  // A code is good once: sent again, it would be refused for having been used.
  const once = new URLSearchParams(body).get("grant_type") === "authorization_code";
  return { method: "POST", body, ...(once ? { retryPolicy: { ...REQUEST_POLICY, tries: 1 } } : {}) };
}

/**
 * Does something with an issuer, and turns the library's errors, which carry tokens and codes, into sentences that do
 * not.
 */
export async function asked<T>(login: Login, action: () => T | Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    login.signal.throwIfAborted();
    const own = ownError(error);
    if (own !== undefined) throw own;
    throw refusedBy(login.issuer, reasonOf(error));
  }
}

/** An error of ours, also below one of the library. */
function ownError(error: unknown): ModelSigningError | undefined {
  if (error instanceof ModelSigningError) return error;
  return error instanceof Error && error.cause !== undefined ? ownError(error.cause) : undefined;
}

/** One sentence of an error of the library: never its cause, which may be a whole answer. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return "the answer cannot be used";
  if ("error" in error && typeof error.error === "string") {
    const description = "error_description" in error ? error.error_description : undefined;
    return `it answered ${quote(error.error)}${typeof description === "string" ? `: ${quote(description)}` : ""}`;
  }
  const inner = error.cause instanceof Error ? error.cause : error;
  // The JSON parser quotes the answer, which may be a token.
  if (inner instanceof SyntaxError) return "its answer is not JSON";
  const { message } = inner;
  return `its answer cannot be used: ${quote(message.replaceAll('"', "'"))}`;
}

/** The error for a login that came to nothing good. */
export function refusedBy(issuer: string, reason: string): RefusedError {
  return new RefusedError("LOGIN", `Cannot log in at ${quoteAddress(issuer)}: ${reason}`);
}

/**
 * Logs in, with a time limit.
 *
 * @param login Where to log in.
 * @param timeLimit Milliseconds.
 * @param action The login, with a signal that stops it also when the time is over.
 * @returns What the action returns.
 * @throws {UnavailableError} If the time is over (`LOGIN_TIME`).
 */
export async function withinLimit<T>(
  login: Login,
  timeLimit: number,
  action: (login: Login) => Promise<T>,
): Promise<T> {
  const time = new AbortController();
  const timer = setTimeout(() => time.abort(tooLate(login.issuer, timeLimit)), timeLimit);
  try {
    return await action({ ...login, signal: AbortSignal.any([time.signal, login.signal]) });
  } finally {
    clearTimeout(timer);
  }
}

/** Waits for something that may take no notice of the signal. */
export async function untilStopped<T>({ signal }: Login, wait: Promise<T>): Promise<T> {
  const { promise: stopped, reject } = Promise.withResolvers<never>();
  const stop = (): void => reject(signal.reason);
  signal.addEventListener("abort", stop, { once: true });
  try {
    signal.throwIfAborted();
    return await Promise.race([wait, stopped]);
  } finally {
    signal.removeEventListener("abort", stop);
    wait.catch(() => {}); // It may fail later, when nobody waits any more.
  }
}

function tooLate(issuer: string, timeLimit: number): UnavailableError {
  const message = `Cannot log in at ${quoteAddress(issuer)}: nobody did within ${timeLimit / 1000} seconds; try again`;
  return new UnavailableError("LOGIN_TIME", message);
}
