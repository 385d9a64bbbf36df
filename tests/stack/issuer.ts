/** An OpenID Connect issuer that gives a token to any holder of its object: as a CI system does to its jobs. */

import { exportJWK, generateKeyPair, SignJWT } from "jose";

/** Time for which a token is good. */
export const TOKEN_SECONDS = 300;

/** An issuer, running. */
export interface TokenIssuer {
  /** The issuer's name and address. */
  readonly url: string;
  /**
   * Makes a token for Sigstore.
   *
   * @param claims What it says beside issuer, audience and times.
   */
  token(claims: { readonly sub: string } & Readonly<Record<string, unknown>>): Promise<string>;
}

/** Starts it. */
export async function startTokenIssuer(): Promise<TokenIssuer & AsyncDisposable> {
  const { publicKey, privateKey } = await generateKeyPair("RS256");
  const keys = { keys: [{ ...await exportJWK(publicKey), kid: "stack", alg: "RS256", use: "sig" }] };
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: (): void => {} }, (request): Response => {
    const { pathname } = new URL(request.url);
    if (pathname === "/.well-known/openid-configuration") return Response.json(discovery(url));
    if (pathname === "/keys") return Response.json(keys);
    return new Response("no such page\n", { status: 404 });
  });
  const url: string = `http://127.0.0.1:${server.addr.port}`;
  return {
    url,
    token: (claims) =>
      new SignJWT(claims)
        .setProtectedHeader({ alg: "RS256", kid: "stack" })
        .setIssuer(url)
        .setAudience("sigstore")
        .setIssuedAt()
        .setExpirationTime(`${TOKEN_SECONDS}s`)
        .sign(privateKey),
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** What clients ask for first (OpenID Connect Discovery 1.0). */
function discovery(url: string): unknown {
  return {
    issuer: url,
    jwks_uri: `${url}/keys`,
    // Nobody can log in here; clients want the addresses all the same.
    authorization_endpoint: `${url}/auth`,
    token_endpoint: `${url}/token`,
    response_types_supported: ["code"],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: ["RS256"],
  };
}
