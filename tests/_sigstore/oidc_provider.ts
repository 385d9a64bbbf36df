import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { memoryAdapter } from "./memory_adapter.ts";
import type { TokenKey } from "./tokens.ts";

/** Who logs in, without being asked. */
export interface Account {
  readonly sub: string;
  readonly email?: string;
  readonly emailVerified?: boolean;
  /** The name of the issuer behind, as Dex gives it. */
  readonly connectorId?: string;
}

/** The one client, which has no secret: programs of users. */
export const CLIENT_ID = "sigstore";

/** The redirect that stands for: show the code, that I may type it. */
export const OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob";

/** What is used of `oidc-provider`, which has no types of its own. */
interface Provider {
  proxy: boolean;
  callback(): (request: IncomingMessage, response: ServerResponse) => void;
  use(middleware: (context: Context, next: () => Promise<void>) => Promise<void>): void;
  interactionDetails(
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<{ prompt: { name: string }; params: Record<string, string> }>;
  interactionFinished(request: IncomingMessage, response: ServerResponse, result: unknown): Promise<void>;
  on(event: string, listener: (...args: unknown[]) => void): void;
  readonly Client: { prototype: { redirectUriAllowed(uri: string): boolean } };
  readonly Grant: new (owner: { clientId: string; accountId: string }) => Grant;
}

interface Grant {
  addOIDCScope(scope: string): void;
  save(): Promise<string>;
}

interface Context {
  readonly path: string;
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  respond: boolean;
  body: unknown;
  readonly oidc: {
    readonly client: { readonly clientId: string };
    readonly session: { readonly accountId: string };
  };
}

/**
 * The program `oidc-provider` on a port of its own, which logs every visitor in without a page: code
 * flow with PKCE, and device flow.
 *
 * @param issuer The name of the issuer, which is where the public finds it.
 * @param key What signs its tokens.
 * @param account Who logs in at this moment, or `undefined` if they refuse.
 * @returns A server that listens.
 */
export async function startOidcProvider(
  issuer: string,
  key: TokenKey,
  account: () => Account | undefined,
): Promise<Server> {
  const { Provider } = await loadQuietly();
  const provider = new Provider(issuer, configuration(key, account));
  provider.proxy = true;
  provider.Client.prototype.redirectUriAllowed = isRedirectAllowed;
  logInAtOnce(provider, account);
  const server = createServer(provider.callback());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

/** It complains of every runtime that is not Node, though it does all that is asked of it here. */
async function loadQuietly(): Promise<{ Provider: new (issuer: string, configuration: unknown) => Provider }> {
  const { warn } = console;
  // deno-lint-ignore no-console -- one text is kept back while the module loads
  console.warn = (...args): void => {
    if (!String(args[0]).startsWith("oidc-provider WARNING: Unsupported runtime")) warn(...args);
  };
  try {
    return await import("oidc-provider");
  } finally {
    // deno-lint-ignore no-console -- as it was
    console.warn = warn;
  }
}

/** Programs listen on any port of this machine, on a path of their own (RFC 8252 §7.3). */
function isRedirectAllowed(uri: string): boolean {
  if (uri === OUT_OF_BAND) return true;
  const url = URL.parse(uri);
  return url?.protocol === "http:" && ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname);
}

function configuration(key: TokenKey, account: () => Account | undefined): Record<string, unknown> {
  const tenMinutes = (): number => 600;
  return {
    adapter: memoryAdapter(),
    clients: [{
      client_id: CLIENT_ID,
      application_type: "native",
      token_endpoint_auth_method: "none",
      id_token_signed_response_alg: "ES256",
      redirect_uris: ["http://localhost/auth/callback"],
      response_types: ["code"],
      grant_types: ["authorization_code", "urn:ietf:params:oauth:grant-type:device_code"],
    }],
    jwks: { keys: [key.privateJwk] },
    cookies: { keys: [crypto.randomUUID()] },
    pkce: { required: (): boolean => true },
    // Fulcio looks for the address in the token itself.
    conformIdTokenClaims: false,
    claims: { openid: ["sub", "federated_claims"], email: ["email", "email_verified"] },
    findAccount: (_context: unknown, id: string) => ({ accountId: id, claims: () => claimsOf(account()) }),
    clientBasedCORS: (): boolean => false,
    features: {
      devInteractions: { enabled: false },
      deviceFlow: {
        enabled: true,
        userCodeInputSource: page,
        userCodeConfirmSource: page,
        successSource: (context: Context): void => void (context.body = "You are logged in"),
      },
    },
    interactions: { url: (_context: unknown, { uid }: { uid: string }) => `/interaction/${uid}` },
    renderError: (context: Context, out: unknown): void => void (context.body = out),
    ttl: {
      AccessToken: tenMinutes,
      AuthorizationCode: tenMinutes,
      DeviceCode: tenMinutes,
      Grant: tenMinutes,
      IdToken: tenMinutes,
      Interaction: tenMinutes,
      Session: tenMinutes,
    },
  };
}

/** A page with the form that goes on. */
function page(context: Context, form: string): void {
  context.body = `<!DOCTYPE html><html><body>${form}</body></html>`;
}

function claimsOf(account: Account | undefined): Record<string, unknown> {
  if (account === undefined) return {};
  const { sub, email, emailVerified = true, connectorId } = account;
  return {
    sub,
    ...(email === undefined ? {} : { email, email_verified: emailVerified }),
    ...(connectorId === undefined ? {} : { federated_claims: { connector_id: connectorId, user_id: sub } }),
  };
}

/** Where others show a page, this one answers at once for who logs in. */
function logInAtOnce(provider: Provider, account: () => Account | undefined): void {
  provider.use(async (context, next) => {
    if (!context.path.startsWith("/interaction/")) return await next();
    const { prompt, params } = await provider.interactionDetails(context.req, context.res);
    const result = await answerTo(provider, prompt.name, params.client_id!, account());
    context.respond = false;
    await provider.interactionFinished(context.req, context.res, result);
  });
}

async function answerTo(
  provider: Provider,
  prompt: string,
  clientId: string,
  account: Account | undefined,
): Promise<unknown> {
  if (account === undefined) return { error: "access_denied", error_description: "the user refused" };
  if (prompt === "login") return { login: { accountId: account.sub } };
  const grant = new provider.Grant({ clientId, accountId: account.sub });
  grant.addOIDCScope("openid email");
  return { consent: { grantId: await grant.save() } };
}
