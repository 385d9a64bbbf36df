/** Where the identity token for a signature comes from. */
import { ModelSigningError, RefusedError, UnavailableError, UsageError } from "../../errors.ts";
import { findIssuer, type Issuer, type Login, withinLimit } from "./issuer.ts";
import { prepareAmbientToken, PROVIDERS } from "./ambient/find.ts";
import type { TokenRequest } from "./ambient/provider.ts";
import { logInWithBrowser } from "./browser.ts";
import { logInByDevice } from "./device.ts";
import { type IdentityToken, readIdentityToken, SIGSTORE_AUDIENCE } from "../tokens/identity_token.ts";
import { logInOutOfBand } from "./out_of_band.ts";
import { mayUse } from "../../io/permissions.ts";
import { type Host, MACHINE } from "../tokens/host.ts";
import { option } from "../../text/option.ts";

/** The person who may log in. */
export interface Person {
  /** Shows a text of several lines. */
  tell(text: string): void;
  /** Asks for a line, if there is a terminal to type it on; `null` if none is typed. */
  readonly ask?: ((question: string) => Promise<string | null> | string | null) | undefined;
  /** Opens a page in the person's browser, and says whether it did; left out where no browser is to open. */
  readonly openBrowser?: ((url: string) => Promise<boolean>) | undefined;
}

/** How to get a token. */
export interface LoginOptions {
  /** A token, or a function that returns it: called at once, and again when the token is needed. */
  readonly identityToken?: string | (() => string | Promise<string>) | undefined;
  /** What messages call the given token. @default {"`identityToken`"} */
  readonly identityTokenName?: string | undefined;
  /** Use only a token that the environment offers: nobody is asked to log in. */
  readonly useAmbientCredentials?: boolean | undefined;
  /** A person logs in, not the environment, and no browser is opened. */
  readonly forceOutOfBand?: boolean | undefined;
  /** The name of this program at the issuer, and the audience of the token. @default {"sigstore"} */
  readonly clientId?: string | undefined;
  /** The program's password at the issuer, if it has one. */
  readonly clientSecret?: string | undefined;
  /** The issuer at which a person logs in: of the signing config's `oidcUrls`. */
  readonly issuer?: string | undefined;
  /** The person, if there is one. */
  readonly person?: Person | undefined;
  /** Milliseconds that a person has. @default {300_000} */
  readonly timeLimit?: number | undefined;
  /** Stops the login. */
  readonly signal?: AbortSignal | undefined;
  /** The present time. */
  readonly now?: (() => Date) | undefined;
}

/** Milliseconds: time to find a telephone for the second factor. */
const TIME_LIMIT = 300_000;

/** The variable that Sigstore's clients share. */
const VARIABLE = "SIGSTORE_ID_TOKEN";

/**
 * Gets an identity token: the one that is given, or in the environment; else from the environment, such as a CI
 * service; else a person logs in, in the browser, or with a typed code, or on another device.
 *
 * @param options How to get it.
 * @param environment The machine.
 * @returns The token, checked as far as can be without its issuer.
 * @throws {RefusedError} If a token must not be used (`TOKEN`), or the login was refused (`LOGIN`, `LOGIN_STATE`).
 * @throws {UnavailableError} If there is none to be had (`NO_TOKEN`), or a service, a program or a person that could give
 *   one does not (`SERVICE_FAILED`, `RUN`, `LOGIN_TIME`, `LISTEN`).
 * @throws {UsageError} If the options contradict each other.
 */
export async function obtainIdentityToken(
  options: LoginOptions,
  environment: Host = MACHINE,
): Promise<IdentityToken> {
  return await (await prepareLogin(options, environment))();
}

/**
 * Checks all that can be known of a login without the network: that the options fit together, that a token which is there
 * already is fit, that a job may have one, that a program which gives one is there, that there is somebody to log in.
 * What it returns gets the token when it is needed, as tokens live for minutes.
 *
 * @param options How to get it.
 * @param environment The machine.
 * @returns What gets the token.
 * @throws {RefusedError} If a token must not be used (`TOKEN`).
 * @throws {UnavailableError} If there is none to be had (`NO_TOKEN`, `RUN`).
 * @throws {UsageError} If the options contradict each other.
 */
export async function prepareLogin(
  options: LoginOptions,
  environment: Host = MACHINE,
): Promise<() => Promise<IdentityToken>> {
  checkLoginOptions(options);
  const { identityToken, useAmbientCredentials = false, forceOutOfBand = false, signal } = options;
  const audience = options.clientId ?? SIGSTORE_AUDIENCE;
  const request: TokenRequest = { audience, environment, signal };
  const now = (): Date => options.now?.() ?? new Date();
  if (identityToken !== undefined) {
    const source = options.identityTokenName ?? option("identityToken");
    const read = async (): Promise<IdentityToken> => {
      const text = typeof identityToken === "string" ? identityToken : await identityToken();
      return readIdentityToken(text.trim(), { source, audience, now: now() });
    };
    return await checkedNow(read, () => undefined, now);
  }
  const inEnvironment = environment.env(VARIABLE)?.trim();
  if (inEnvironment !== undefined) {
    const read = (): IdentityToken => readIdentityToken(inEnvironment, { source: VARIABLE, audience, now: now() });
    return await checkedNow(read, () => forceOutOfBand ? undefined : prepareAmbientToken(request), now);
  }
  // Who asks for a login means a person, also on a machine that has an identity of its own.
  const ambient = forceOutOfBand ? undefined : prepareAmbientToken(request);
  if (ambient !== undefined) return ambient;
  if (useAmbientCredentials) throw noAmbientToken();
  if (options.person === undefined || options.issuer === undefined) throw noToken();
  return () => logIn(options, environment);
}

/**
 * Checks that the options of a login fit together.
 *
 * @param options The options.
 * @throws {UsageError} If they contradict each other (`OPTION`).
 */
export function checkLoginOptions({ useAmbientCredentials, forceOutOfBand }: LoginOptions): void {
  if (!useAmbientCredentials || !forceOutOfBand) return;
  throw new UsageError(
    "OPTION",
    `Cannot use both ${option("useAmbientCredentials")} and ${option("forceOutOfBand")}: choose one`,
  );
}

/**
 * A token that is there already: read now, so that what is wrong with it is known, and again when it is needed. If it has
 * expired meanwhile, the environment may give a fresh one.
 */
async function checkedNow(
  read: () => IdentityToken | Promise<IdentityToken>,
  ambient: () => (() => Promise<IdentityToken>) | undefined,
  now: () => Date,
): Promise<() => Promise<IdentityToken>> {
  const { expires, source } = await read();
  return async () => {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof RefusedError) || now() < expires) throw error;
      const fresh = await freshToken(ambient);
      if (fresh !== undefined) return fresh;
      throw new RefusedError(
        "TOKEN",
        `Cannot use the identity token from ${source}: it expired at ${expires.toISOString()}, while the model was ` +
          `hashed; get a new one that lives longer, or something that keeps it fresh with ${option("identityToken")}`,
        { cause: error },
      );
    }
  };
}

/** Why there is no fresh token matters less than that the one that was given has expired. */
async function freshToken(
  ambient: () => (() => Promise<IdentityToken>) | undefined,
): Promise<IdentityToken | undefined> {
  try {
    return await ambient()?.();
  } catch (error) {
    if (error instanceof ModelSigningError) return undefined;
    throw error;
  }
}

async function logIn(options: LoginOptions, { ask }: Host): Promise<IdentityToken> {
  const { issuer, person, clientId, clientSecret, timeLimit = TIME_LIMIT, signal, forceOutOfBand } = options;
  if (person === undefined || issuer === undefined) throw noToken();
  const tell = (text: string): void => person.tell(text);
  const login: Login = { issuer, clientId, clientSecret, ask, tell, signal: signal ?? new AbortController().signal };
  return await withinLimit(login, timeLimit, async (login) => {
    const found = await findIssuer(login);
    const openBrowser = forceOutOfBand ? undefined : person.openBrowser;
    const token = openBrowser === undefined ? undefined : await logInWithBrowser(login, found, openBrowser);
    return token ?? await logInElsewhere(login, found, person);
  });
}

/** Without a browser here: a typed code where there is a terminal, as other clients do it; else the device flow. */
async function logInElsewhere(login: Login, issuer: Issuer, person: Person): Promise<IdentityToken> {
  if (person.ask !== undefined) return await logInOutOfBand(login, issuer, person.ask);
  if (issuer.hasDeviceFlow) return await logInByDevice(login, issuer);
  throw noToken();
}

function noAmbientToken(): UnavailableError {
  const places = PROVIDERS.map(({ name }) => name).join(", ");
  return new UnavailableError("NO_TOKEN", `Cannot find an identity token here: there is none of ${places}${hint()}`);
}

function noToken(): UnavailableError {
  const message = `Cannot log in: there is no browser and no terminal; give ${option("identityToken")}, or set `;
  return new UnavailableError("NO_TOKEN", `${message}${VARIABLE}${hint()}`);
}

/** Without this permission, tokens of the environment cannot be seen. */
function hint(): string {
  return mayUse({ name: "env" }) ? "" : " (Deno may not read the environment: run it with --allow-env)";
}
