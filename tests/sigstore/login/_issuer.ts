/**
 * A small OIDC issuer on loopback for tests, with the code flow, PKCE and the device flow; it can misbehave. It demands
 * what a strict issuer does, so that a login that passes has done it all.
 */
import { assert, assertEquals } from "@std/assert";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { Service } from "./_service.ts";
import { claims, part } from "./_tokens.ts";

/** How it strays. */
export interface Misbehavior {
  /** Other fields in the discovery document. */
  discovery?: (origin: string) => Record<string, unknown>;
  /** What goes back to the program, besides what should. */
  answer?: Record<string, string>;
  /** Fields that are left out of it. */
  withhold?: string[];
  /** Other claims in the token. */
  claims?: Record<string, unknown>;
  /** Another token than the one that was made. */
  idToken?: (good: string) => string | undefined;
  /** Answers instead, by path. */
  replies?: Record<string, () => Response | Promise<Response>>;
  /** Signs with a key that it does not publish. */
  unpublishedKey?: boolean;
  /** Polls of the device flow that come too early. */
  pending?: number;
  /** Other fields for who begins a device flow. */
  device?: Record<string, unknown>;
  /** Has no device flow. */
  noDevice?: boolean;
  /** The program's password, and how it is to be given. */
  secret?: { text: string; method: "client_secret_basic" | "client_secret_post" };
}

/** Keys take a while to make. */
const KEYS = await Promise.all([generateKeyPair("RS256", { extractable: true }), generateKeyPair("RS256")]);

const CLIENT = "sigstore";

/** What the issuer keeps of a login. */
interface Grant {
  readonly nonce: string | undefined;
  readonly challenge: string;
  readonly redirectUri: string | undefined;
}

/** The issuer. */
export class TestIssuer implements AsyncDisposable {
  readonly service: Service;
  readonly #misbehavior: Misbehavior;
  readonly #grants = new Map<string, Grant>();
  #pending: number;

  constructor(misbehavior: Misbehavior = {}) {
    this.#misbehavior = misbehavior;
    this.#pending = misbehavior.pending ?? 0;
    this.service = new Service((request, body) =>
      this.#handle(new URL(request.url), request, new URLSearchParams(body))
    );
  }

  /** Its address, with a path as Sigstore's has. */
  get url(): string {
    return `${this.service.origin}/auth`;
  }

  /** The paths that were asked for. */
  get paths(): string[] {
    return this.service.requests.map(({ url }) => url.pathname);
  }

  /** A code for a person who read this address and logged in, as `urn:ietf:wg:oauth:2.0:oob` shows it. */
  async codeFor(address: string): Promise<string> {
    return await (await fetch(address)).text();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.service[Symbol.asyncDispose]();
  }

  async #handle(url: URL, request: Request, body: URLSearchParams): Promise<Response> {
    const reply = this.#misbehavior.replies?.[url.pathname];
    if (reply !== undefined) return await reply();
    switch (url.pathname) {
      case "/auth/.well-known/openid-configuration":
        return Response.json(this.#discovery());
      case "/auth/keys":
        return Response.json({ keys: [{ ...await exportJWK(KEYS[0].publicKey), alg: "RS256", use: "sig" }] });
      case "/auth/auth":
        return this.#authorize(url.searchParams);
      case "/auth/device/code":
        return this.#beginDevice(body);
      case "/auth/token":
        return await this.#token(request, body);
      default:
        return new Response("not found", { status: 404 });
    }
  }

  #discovery(): Record<string, unknown> {
    const { discovery, noDevice, secret } = this.#misbehavior;
    return {
      issuer: this.url,
      authorization_endpoint: `${this.url}/auth`,
      token_endpoint: `${this.url}/token`,
      jwks_uri: `${this.url}/keys`,
      ...(noDevice ? {} : { device_authorization_endpoint: `${this.url}/device/code` }),
      ...(secret === undefined ? {} : { token_endpoint_auth_methods_supported: [secret.method] }),
      response_types_supported: ["code"],
      id_token_signing_alg_values_supported: ["RS256"],
      code_challenge_methods_supported: ["S256", "plain"],
      ...discovery?.(this.service.origin),
    };
  }

  #authorize(query: URLSearchParams): Response {
    assertEquals(query.get("client_id"), CLIENT);
    assertEquals(query.get("response_type"), "code");
    assertEquals(query.get("scope"), "openid email");
    assertEquals(query.get("code_challenge_method"), "S256");
    assertEquals(query.has("client_secret"), false);
    const [state, nonce, redirectUri] = ["state", "nonce", "redirect_uri"].map((name) => query.get(name)!);
    assert(state!.length >= 32 && nonce!.length >= 32 && state !== nonce);
    const code = crypto.randomUUID();
    this.#grants.set(code, { nonce: nonce!, challenge: query.get("code_challenge")!, redirectUri: redirectUri! });
    if (redirectUri === "urn:ietf:wg:oauth:2.0:oob") return new Response(code);
    const answer = new URL(redirectUri!);
    for (const [name, value] of Object.entries({ code, state: state!, ...this.#misbehavior.answer })) {
      if (!this.#misbehavior.withhold?.includes(name)) answer.searchParams.set(name, value);
    }
    return Response.redirect(answer, 302);
  }

  #beginDevice(body: URLSearchParams): Response {
    assertEquals(body.get("scope"), "openid email");
    assertEquals(body.get("code_challenge_method"), "S256");
    const device_code = crypto.randomUUID();
    this.#grants.set(device_code, { nonce: undefined, challenge: body.get("code_challenge")!, redirectUri: undefined });
    const page = `${this.url}/device`;
    const device = { device_code, user_code: "ABCD-EFGH", verification_uri: page, expires_in: 300, interval: 0.01 };
    return Response.json({ ...device, ...this.#misbehavior.device });
  }

  async #token(request: Request, body: URLSearchParams): Promise<Response> {
    if (!this.#authenticated(request, body)) return Response.json({ error: "invalid_client" }, { status: 400 });
    if (body.has("device_code") && this.#pending-- > 0) {
      return Response.json({ error: "authorization_pending" }, { status: 400 });
    }
    const code = body.get("device_code") ?? body.get("code")!;
    const grant = this.#grants.get(code);
    this.#grants.delete(code); // A code is good once.
    const challenge = await s256(body.get("code_verifier") ?? "");
    if (grant?.challenge !== challenge || (grant.redirectUri ?? null) !== body.get("redirect_uri")) {
      return Response.json({ error: "invalid_grant", error_description: "this code is not good" }, { status: 400 });
    }
    const id_token = await this.#idToken(grant);
    return Response.json({ access_token: "the-access-token", token_type: "bearer", expires_in: 60, id_token });
  }

  #authenticated(request: Request, body: URLSearchParams): boolean {
    const { secret } = this.#misbehavior;
    if (secret === undefined) return body.get("client_id") === CLIENT && !body.has("client_secret");
    if (secret.method === "client_secret_post") return body.get("client_secret") === secret.text;
    // Both parts are form-encoded first (RFC 6749 §2.3.1).
    const [scheme, given = ""] = request.headers.get("authorization")?.split(" ") ?? [];
    return scheme === "Basic" && decodeURIComponent(atob(given)) === `${CLIENT}:${secret.text}`;
  }

  async #idToken({ nonce }: Grant): Promise<string | undefined> {
    const { claims: other, idToken, unpublishedKey } = this.#misbehavior;
    const content = { ...claims({ iss: this.url, ...(nonce === undefined ? {} : { nonce }) }), ...other };
    const key = KEYS[unpublishedKey ? 1 : 0].privateKey;
    const good = await new SignJWT(content).setProtectedHeader({ alg: "RS256" }).sign(key);
    return idToken === undefined ? good : idToken(good);
  }
}

async function s256(verifier: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier)));
  return btoa(String.fromCharCode(...digest)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** The token with no signature, as `alg: none` has it. */
export function unsigned(good: string): string {
  return `${part({ alg: "none" })}.${good.split(".")[1]}.`;
}

/** The token with another header, and so with a signature that is not of it. */
export function withAlgorithm(good: string, alg: string): string {
  return `${part({ alg })}.${good.split(".").slice(1).join(".")}`;
}

/** The token with another person's name in it. */
export function withOtherName(good: string): string {
  const [header, payload, signature] = good.split(".");
  const claims = JSON.parse(atob(payload!.replaceAll("-", "+").replaceAll("_", "/")));
  return `${header}.${part({ ...claims, email: "eve@example.com" })}.${signature}`;
}
