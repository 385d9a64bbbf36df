import { Buffer } from "node:buffer";
import type { Server as NodeServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type FaultOptions, Faults, type WireFault } from "./faults.ts";
import { type Account, CLIENT_ID, OUT_OF_BAND, startOidcProvider } from "./oidc_provider.ts";
import { Server } from "./server.ts";
import { TokenKey, type TokenOptions } from "./tokens.ts";

/** What an issuer may do wrong of its own. */
export type IssuerFault =
  /** The answer of a login has another `state`. */
  | "otherState"
  /** The answer of a login has no `state`. */
  | "noState"
  /** The answer of a login names another issuer. */
  | "otherIss"
  /** The token is for another login: it has another `nonce`. */
  | "otherNonce"
  /** The token is for another audience. */
  | "otherAudience"
  /** The token is of another issuer. */
  | "otherIssuer"
  /** The token has expired. */
  | "expiredToken"
  /** The token is signed by another key than the issuer gives. */
  | "otherKey";

/** Faults of tokens: what their claims say instead. */
const TOKEN_FAULTS: readonly (readonly [IssuerFault, Record<string, unknown>])[] = [
  ["otherNonce", { nonce: "another" }],
  ["otherAudience", { aud: "another" }],
  ["otherIssuer", { iss: "https://issuer.example" }],
  ["expiredToken", { iat: 1_000_000_000, exp: 1_000_000_600 }],
];

/**
 * An OIDC issuer with the client `sigstore`: it has no secret, may listen on any port of this machine, and must use PKCE.
 * Every visitor is logged in as {@link Issuer.account} at once. It is `oidc-provider`, started when first asked; its clock
 * is the real one.
 */
export class Issuer implements AsyncDisposable {
  readonly faults: Faults<IssuerFault> = new Faults();
  readonly server: Server;
  readonly key: TokenKey;
  /** Who logs in, or `undefined` if they refuse. */
  account: Account | undefined = { sub: "CgVqYW5l", email: "jane@example.com", emailVerified: true };
  readonly #now: () => Date;
  #provider: Promise<NodeServer> | undefined;

  private constructor(key: TokenKey, now: () => Date) {
    this.key = key;
    this.#now = now;
    this.server = new Server((request, url) => this.#answer(request, url), this.faults);
  }

  /** Starts one. */
  static async start(now: () => Date): Promise<Issuer> {
    return new Issuer(await TokenKey.create(), now);
  }

  /** Its name, which is where it is. */
  get url(): string {
    return this.server.url;
  }

  /** Makes it misbehave. */
  misbehave(fault: IssuerFault | WireFault, options?: FaultOptions): void {
    this.faults.add(fault, options);
  }

  /** Makes a token, without any login. */
  token(options: TokenOptions = {}): Promise<string> {
    return this.key.sign(options, this.url, this.#now());
  }

  /** Stops it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
    const provider = await this.#provider;
    if (provider === undefined || !provider.listening) return;
    provider.closeAllConnections();
    await new Promise((resolve) => provider.close(resolve));
  }

  /** Asks `oidc-provider`, and alters its answer as the faults say. */
  async #answer(request: Request, url: URL): Promise<Response> {
    this.#provider ??= startOidcProvider(this.url, this.key, () => this.account);
    const { port } = (await this.#provider).address() as AddressInfo;
    const answer = await fetch(`http://127.0.0.1:${port}${url.pathname}${url.search}`, {
      method: request.method,
      headers: forwardedHeaders(request, url),
      ...(request.method === "POST" ? { body: withoutEmptySecret(await request.text(), request.headers) } : {}),
      redirect: "manual",
    });
    const location = answer.headers.get("location");
    if (location !== null) return this.#redirect(answer, location);
    return url.pathname === "/token" && answer.ok ? await this.#tokenAnswer(answer) : answer;
  }

  async #redirect(answer: Response, location: string): Promise<Response> {
    await answer.body?.cancel();
    const headers = new Headers(answer.headers);
    const target = new URL(location, this.url);
    if (target.searchParams.has("state")) this.#alterLogin(target.searchParams);
    if (target.href.startsWith(OUT_OF_BAND)) return codePage(target.searchParams.get("code") ?? "");
    headers.set("location", target.href);
    headers.delete("content-length");
    return new Response(null, { status: answer.status, headers });
  }

  #alterLogin(answer: URLSearchParams): void {
    if (this.faults.take("otherState")) answer.set("state", "another");
    if (this.faults.take("noState")) answer.delete("state");
    if (this.faults.take("otherIss")) answer.set("iss", "https://issuer.example");
  }

  async #tokenAnswer(answer: Response): Promise<Response> {
    const changes = TOKEN_FAULTS.filter(([fault]) => this.faults.take(fault)).map(([, claims]) => claims);
    const otherKey = this.faults.take("otherKey") ? await TokenKey.create() : undefined;
    const body = await answer.json();
    if (changes.length > 0 || otherKey !== undefined) {
      const key = otherKey ?? this.key;
      const claims = JSON.parse(Buffer.from(body.id_token.split(".")[1], "base64url").toString());
      body.id_token = await key.signClaims(Object.assign(claims, ...changes), this.key.publicJwk.kid!);
    }
    const headers = new Headers(answer.headers);
    headers.delete("content-length");
    return new Response(JSON.stringify(body), { status: answer.status, headers });
  }
}

/** What comes from outside, as from the public's address; the client's empty secret is none. */
function forwardedHeaders(request: Request, url: URL): Headers {
  const headers = new Headers(request.headers);
  headers.set("x-forwarded-host", url.host);
  headers.set("x-forwarded-proto", "http");
  headers.delete("host");
  headers.delete("content-length");
  if (isEmptySecret(headers)) headers.delete("authorization");
  return headers;
}

/** Programs send the empty secret in one way or another, or not at all. */
function withoutEmptySecret(body: string, headers: Headers): string {
  const parameters = new URLSearchParams(body);
  if (parameters.get("client_secret") === "") parameters.delete("client_secret");
  if (isEmptySecret(headers)) parameters.set("client_id", CLIENT_ID);
  return parameters.toString();
}

function isEmptySecret(headers: Headers): boolean {
  return headers.get("authorization") === `Basic ${btoa(`${CLIENT_ID}:`)}`;
}

/** What a user reads whose browser is not on the machine of the program. */
function codePage(code: string): Response {
  const body = `<!DOCTYPE html><html><body><p>Copy this code:</p><input type="text" value="${code}"></body></html>`;
  return new Response(body, { headers: { "content-type": "text/html" } });
}
