/**
 * An OpenID Connect issuer at which people log in, in a browser or with a code: `oidc-provider`, the certified one. It
 * runs as a process of its own since it has a lot to say about what must be set up otherwise where it matters.
 */

import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import { SignJWT } from "jose";
import { TOKEN_SECONDS, type TokenIssuer } from "./issuer.ts";
import { freePort } from "./ports.ts";
import type { Processes } from "./processes.ts";

/** Name of the issuer's only key. */
const KEY_ID = "login";

/** Starts it. A user who logs in there under a name gets that e-mail address; the password does not matter. */
export async function startLoginIssuer(processes: Processes, directory: string): Promise<TokenIssuer> {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const jwk = { ...privateKey.export({ format: "jwk" }), kid: KEY_ID, alg: "RS256", use: "sig" };
  await Deno.writeTextFile(`${directory}/login.jwk`, JSON.stringify(jwk));
  const port = freePort();
  const url = `http://127.0.0.1:${port}`;
  processes.start("login", Deno.execPath(), ["run", "-A", import.meta.url, `${port}`, `${directory}/login.jwk`]);
  await processes.answers("login", `${url}/.well-known/openid-configuration`);
  return {
    url,
    token: (claims) =>
      new SignJWT(claims)
        .setProtectedHeader({ alg: "RS256", kid: KEY_ID })
        .setIssuer(url)
        .setAudience("sigstore")
        .setIssuedAt()
        .setExpirationTime(`${TOKEN_SECONDS}s`)
        .sign(privateKey),
  };
}

/** What it is told to be: as the public instance's, but that any name and password will do. */
function configuration(jwk: unknown): unknown {
  return {
    jwks: { keys: [jwk] },
    // A program on people's machines: it can keep no secret, and listens on any port of theirs.
    clients: [{
      client_id: "sigstore",
      token_endpoint_auth_method: "none",
      application_type: "native",
      redirect_uris: ["http://localhost/auth/callback"],
      response_types: ["code"],
      grant_types: ["authorization_code", "urn:ietf:params:oauth:grant-type:device_code"],
    }],
    pkce: { required: () => true },
    features: { deviceFlow: { enabled: true } },
    claims: { email: ["email", "email_verified"] },
    // The token itself must say the address: Fulcio asks nobody.
    conformIdTokenClaims: false,
    cookies: { keys: [crypto.randomUUID()] },
    findAccount: (_context: unknown, id: string) => ({
      accountId: id,
      claims: () => ({ sub: id, email: id, email_verified: true }),
    }),
  };
}

if (import.meta.main) {
  // It prints a warning when it is loaded: here that goes to the log.
  const { default: Provider } = await import("oidc-provider");
  const [port, keyFile] = Deno.args;
  const jwk = JSON.parse(await Deno.readTextFile(keyFile!));
  createServer(new Provider(`http://127.0.0.1:${port}`, configuration(jwk)).callback()).listen(
    Number(port),
    "127.0.0.1",
  );
}
