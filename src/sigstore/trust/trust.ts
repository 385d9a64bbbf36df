/** Whom to trust: the one way to get the trusted root and the signing config of a Sigstore instance. */
import type { SigningConfig, TrustedRoot } from "@sigstore/protobuf-specs";
import { UnavailableError } from "../../errors.ts";
import { option } from "../../text/option.ts";
import { quote } from "../../text/quote.ts";
import { readLimited } from "../../io/read_limited.ts";
import { parseClientTrustConfig } from "./client_trust_config.ts";
import { type Instance, readInstance, writeInstance } from "./instance.ts";
import { TRUST_LIMITS } from "../documents/limits.ts";
import { mayUse } from "../../io/permissions.ts";
import { findUserDirectories, mayFindCache, type UserDirectories } from "../../io/user_directories.ts";
import { shippedPublic, shippedStaging, type ShippedTrust } from "./shipped.ts";
import { parseSigningConfig } from "./signing_config.ts";
import { parseTrustedRoot } from "./trusted_root.ts";
import type { FetchOptions } from "../tuf/refresh.ts";
import { keptFile, repositoryDirectory } from "../tuf/cache.ts";
import type { TufRepository, TufTrust } from "../tuf/targets.ts";

/** What the user says of whom to trust. */
export type TrustChoice =
  /** A trusted root, JSON. */
  | { readonly trustedRootFile: string }
  /** A client trust config, JSON. */
  | { readonly trustConfigFile: string }
  /** An instance with a TUF repository: staging, or else the one that the user chose, by default the public one. */
  | {
    readonly staging: boolean;
    /** Do not use the network: what was fetched before counts, or else what ships with the program. */
    readonly offline: boolean;
  };

/** Whom to trust. */
export interface Trust {
  readonly trustedRoot: TrustedRoot;
  /** The services to sign with; a trusted root alone has none. */
  readonly signingConfig?: SigningConfig;
  /** The services to sign with for who wants Rekor v2 where the instance's own choice is still v1. */
  readonly rekorV2SigningConfig?: SigningConfig;
  /** Where it comes from, in plain words, for reports. */
  readonly origin: string;
  /** The day on which this was what the instance said; a file does not tell. */
  readonly asOf?: Date;
  /** The TUF repository, if it comes from one. */
  readonly tuf?: {
    readonly mirror: URL;
    readonly rootVersion: number;
    /** When the repository's word ends, unless it gives it again. */
    readonly expires: Date;
  };
}

/** The environment. Defaults to that of the process. */
export interface TrustHost extends FetchOptions {
  /** The user's directories. */
  readonly places?: UserDirectories;
}

/**
 * Loads whom to trust.
 *
 * - A file needs the permission to read it, and nothing else.
 * - Staging is an explicit choice, too: no settings are read.
 * - Otherwise the settings decide, and must be readable: someone who chose an instance never trusts another one because
 *   a permission is missing.
 * - Offline, the cache is optional: if Deno may not read it, what ships with the program is used, and the origin says so.
 * - Online, the TUF repository of the instance is asked if it was last asked more than a day ago. If that fails, so does
 *   this: nobody comes to trust something old without having said so. A cache is not needed.
 *
 * @param choice What the user says.
 * @param environment The environment.
 * @returns Whom to trust.
 * @throws {VerificationError} If what is there must not be trusted (`TRUST_INVALID`, `TUF_REFUSED`, `CACHE_INVALID`,
 * `INSTANCE_INVALID`).
 * @throws {UnavailableError} If it cannot be read or fetched.
 */
export async function loadTrust(choice: TrustChoice, environment: TrustHost = {}): Promise<Trust> {
  if ("trustedRootFile" in choice) return trustedRootOf(choice.trustedRootFile);
  if ("trustConfigFile" in choice) return trustConfigOf(choice.trustConfigFile);
  const places = environment.places ?? findUserDirectories();
  const known = knownInstance(choice, places, environment.onWarning);
  return choice.offline ? await offlineTrust(known, places) : await onlineTrust(known, places, environment);
}

function trustedRootOf(path: string): Trust {
  const name = `the trusted root ${quote(path)}`;
  return { trustedRoot: parseTrustedRoot(readText(path, "the trusted root"), name), origin: name };
}

function trustConfigOf(path: string): Trust {
  const name = `the trust config ${quote(path)}`;
  return { ...parseClientTrustConfig(readText(path, "the trust config"), name), origin: name };
}

function readText(path: string, what: string): string {
  return new TextDecoder().decode(readLimited(path, TRUST_LIMITS.documentBytes, what));
}

/** An instance, its TUF repository, and what ships of it. */
export interface KnownInstance extends Instance {
  readonly name: string;
  readonly shipped?: ShippedTrust;
}

function knownInstance(
  { staging }: { staging: boolean },
  places: UserDirectories,
  onWarning: (message: string) => void = () => {},
): KnownInstance {
  const chosen = staging ? undefined : chosenInstance(places, onWarning);
  if (chosen !== undefined) return { ...chosen, name: `the Sigstore instance of ${chosen.mirror.host}` };
  const shipped = staging ? shippedStaging() : shippedPublic();
  return { mirror: shipped.mirror, root: shipped.root, name: shipped.instance, shipped };
}

function chosenInstance({ settings }: UserDirectories, onWarning: (message: string) => void): Instance | undefined {
  if (settings !== undefined) return readInstance(settings);
  onWarning(
    "No settings directory is known, so the public Sigstore instance is trusted; " +
      "if you chose another one, set HOME or XDG_CONFIG_HOME",
  );
  return undefined;
}

async function onlineTrust(known: KnownInstance, places: UserDirectories, options: FetchOptions): Promise<Trust> {
  const { fetchTrust } = await importTuf();
  return ofTuf(known, await fetchTrust(repositoryOf(known, places), options), "by its TUF repository");
}

/** Loaded only where it is used: it takes long, and its libraries read the environment. */
async function importTuf(): Promise<typeof import("../tuf/refresh.ts")> {
  try {
    return await import("../tuf/refresh.ts");
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotCapable)) throw cause;
    throw new UnavailableError(
      "PERMISSION",
      `Cannot fetch whom to trust: this needs the permission --allow-env; or use ${option("offline")}, or ` +
        option("trustedRootFile"),
      { cause },
    );
  }
}

function repositoryOf({ mirror, root, rootFile }: Instance, { cache }: UserDirectories): TufRepository {
  return { mirror, root, rootFile, cacheDirectory: cache };
}

/**
 * The younger of what was fetched and what ships: a program that was replaced may know more than its cache.
 *
 * @param known The instance.
 * @param places The user's directories.
 * @returns Whom to trust.
 * @throws {VerificationError} If what was fetched is damaged (`CACHE_INVALID`).
 * @throws {UnavailableError} If there is neither (`NOT_FETCHED`).
 */
export async function offlineTrust(known: KnownInstance, places: UserDirectories): Promise<Trust> {
  const cached = await cachedTrust(known, places);
  const { shipped } = known;
  const { fetched } = cached;
  if (fetched !== undefined && (shipped === undefined || fetched.asOf >= shipped.asOf)) {
    return ofTuf(known, fetched, "as its TUF repository was when it was last asked");
  }
  if (shipped !== undefined) return ofShipped(shipped, cached.missing);
  throw new UnavailableError(
    cached.missing === undefined ? "NOT_FETCHED" : "PERMISSION",
    `Cannot trust ${known.name} with ${option("offline")}: ` +
      (cached.missing === undefined
        ? `what it says was never fetched; fetch it once without ${option("offline")}`
        : `what was fetched before cannot be read without the permission ${cached.missing}; add it`) +
      `, or name a ${option("trustedRootFile")}`,
  );
}

/** A variable that a library of `@tufjs/models` reads when it is loaded. */
const LIBRARY_VARIABLE = "__MINIMATCH_TESTING_PLATFORM__";

/** What was fetched before; or the permission without which that is not known. */
async function cachedTrust(
  known: KnownInstance,
  places: UserDirectories,
): Promise<{ fetched?: TufTrust; missing?: string }> {
  if (!mayFindCache() || !mayUse({ name: "env", variable: LIBRARY_VARIABLE })) return { missing: "--allow-env" };
  const { cache } = places;
  if (cache === undefined) return {};
  const path = keptFile(repositoryDirectory(cache, known.mirror));
  if (!mayUse({ name: "read", path })) return { missing: `--allow-read=${cache}` };
  const { readCachedTrust } = await import("../tuf/offline.ts");
  const fetched = await readCachedTrust({ ...known, cacheDirectory: cache });
  return fetched === undefined ? {} : { fetched };
}

function ofTuf({ name, mirror }: KnownInstance, trust: TufTrust, how: string): Trust {
  const { asOf, expires, rootVersion } = trust;
  const parse = (text: string | undefined): SigningConfig | undefined =>
    text === undefined ? undefined : parseSigningConfig(text, `the signing config of ${name}`);
  const [signingConfig, rekorV2SigningConfig] = [parse(trust.signingConfig), parse(trust.rekorV2SigningConfig)];
  return {
    trustedRoot: parseTrustedRoot(trust.trustedRoot, `the trusted root of ${name}`),
    ...(signingConfig === undefined ? {} : { signingConfig }),
    ...(rekorV2SigningConfig === undefined ? {} : { rekorV2SigningConfig }),
    origin: `${name}, ${how}`,
    asOf,
    tuf: { mirror, rootVersion, expires },
  };
}

/** A cache may hold something newer, so the report says that it was not read. */
function ofShipped({ instance, trustedRoot, signingConfig, asOf }: ShippedTrust, missing: string | undefined): Trust {
  const unread = missing === undefined ? "" : `; what was fetched before was not read, for want of ${missing}`;
  return {
    trustedRoot: parseTrustedRoot(trustedRoot, `the trusted root of ${instance}`),
    signingConfig: parseSigningConfig(signingConfig, `the signing config of ${instance}`),
    origin: `${instance}, as it ships with this program${unread}`,
    asOf,
  };
}

/**
 * Makes an instance with its own TUF repository the one that is trusted by default, once its repository has been fetched
 * and verified.
 *
 * @param mirror Address of the repository.
 * @param rootFile The TUF root to start from, which the user got by a way that they trust.
 * @param environment The environment.
 * @returns Whom this makes trusted.
 * @throws {VerificationError} If the repository must not be trusted.
 * @throws {UnavailableError} If something cannot be read, fetched or written.
 */
export async function chooseInstance(
  mirror: URL,
  rootFile: string,
  environment: TrustHost = {},
): Promise<Trust> {
  const places = environment.places ?? findUserDirectories();
  const root = readLimited(rootFile, TRUST_LIMITS.tufRootBytes, "the TUF root");
  const settings = settingsDirectory(places);
  const known = { mirror, root, rootFile, name: `the Sigstore instance of ${mirror.host}` };
  const trust = await onlineTrust(known, places, { ...environment, force: true });
  writeInstance(settings, known);
  return trust;
}

/**
 * Makes the public instance the one that is trusted by default.
 *
 * @param environment The environment.
 * @throws {UnavailableError} If that cannot be written.
 */
export function choosePublicInstance({ places = findUserDirectories() }: TrustHost = {}): void {
  writeInstance(settingsDirectory(places), undefined);
}

function settingsDirectory({ settings }: UserDirectories): string {
  if (settings !== undefined) return settings;
  throw new UnavailableError(
    "NO_SETTINGS_DIRECTORY",
    "Cannot choose a Sigstore instance: no directory to write it in is known; set HOME or XDG_CONFIG_HOME",
  );
}
