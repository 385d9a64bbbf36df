/** The method `sigstore` as the library offers it: from options to a signer or a verifier. */
import { UnavailableError } from "../errors.ts";
import type { Signer } from "../sign/signer.ts";
import type { AnnouncedSigner } from "../sign/sigstore.ts";
import type { Person } from "../sigstore/login/log_in.ts";
import type { TrustChoice } from "../sigstore/trust/trust.ts";
import type { LoadedTrust } from "../verify/sigstore.ts";
import type { IdentityPolicy } from "../verify/sigstore_policy.ts";
import type { Verifier } from "../verify/verifier.ts";
import type { WorkOptions } from "./options.ts";
import { option } from "../text/option.ts";

/** Signs with an identity. Without a token, one is taken from the environment, or a person logs in. */
export interface SigstoreSigning {
  /** The kind of signer. */
  kind: "sigstore";
  /** Which Sigstore instance: by default the one set up with `trust init`, or else the public one. */
  instance?: TrustChoice;
  /**
   * An OIDC identity token, or a function that returns it. The function is called before the model is hashed, and again
   * when the token is needed: tokens live for minutes, and hashing may take longer.
   */
  identityToken?: string | (() => string | Promise<string>);
  /** What messages call the token, such as its file's name. */
  identityTokenName?: string;
  /** Use only a token that the environment offers, such as that of a CI service: nobody is asked to log in. */
  useAmbientCredentials?: boolean;
  /** A person logs in with a code that is typed, and no browser is opened. */
  forceOutOfBand?: boolean;
  /** The OAuth client ID of this program, and the audience of the token. */
  clientId?: string;
  /** The OAuth client secret of this program, if it has one. */
  clientSecret?: string;
  /** The person who may log in; without, nobody is asked. */
  person?: Person;
  /** Called with the identity before it is recorded permanently; by default it is taken as confirmed. */
  confirm?: (signer: AnnouncedSigner) => boolean | Promise<boolean>;
}

/** Trusts an identity, as certified by a Sigstore instance. */
export interface SigstoreVerification extends IdentityPolicy {
  /** The kind of trust. */
  kind: "sigstore";
  /** Which Sigstore instance: by default the one set up with `trust init`, or else the public one. */
  instance?: TrustChoice;
  /** Whether to ask the logs now whether they still hold the entries. */
  checkLog?: boolean;
}

/** The instance if no other is chosen. */
const DEFAULT_INSTANCE: TrustChoice = { staging: false, offline: false };

/**
 * Creates a verifier.
 *
 * @param options Whom to trust.
 * @param work How the work is done: what stops it.
 * @returns The verifier. Its `verify` throws an `UnavailableError` if what to trust cannot be read or fetched.
 * @throws {UsageError} If the options do not say whom to trust, or exclude each other.
 */
export async function createVerifier(options: SigstoreVerification, work: WorkOptions): Promise<Verifier> {
  const [{ createSigstoreVerifier }, { loadTrust }] = await Promise.all([
    import("../verify/sigstore.ts"),
    import("../sigstore/trust/trust.ts"),
  ]);
  const { signal, onWarning } = work;
  const load = async (): Promise<LoadedTrust> => {
    const { trustedRoot, origin, asOf } = await loadTrust(options.instance ?? DEFAULT_INSTANCE, { signal, onWarning });
    return { trustedRoot, report: { origin, asOf: asOf?.toISOString() ?? null } };
  };
  return createSigstoreVerifier(options, load, { checkLog: options.checkLog ?? false, signal });
}

/**
 * Makes a signer. What can be known before hours of hashing is checked now, in this order: the options, whether the trusted
 * root fits the services, whether there is a token or somebody to log in, and whether the logs sign with trusted keys. The
 * token itself is got last, as it lives for minutes.
 *
 * @param options How to get an identity token, and where to sign.
 * @param work How the work is done: what stops it.
 * @returns The signer.
 * @throws {RefusedError} If a token is not fit (`TOKEN`), or the trusted root is not that of the services
 * (`SERVICES_NOT_TRUSTED`).
 * @throws {UnavailableError} If the services cannot be told, or there is no way to get a token (`NO_TOKEN`, `RUN`).
 */
export async function openSigstoreSigning(options: SigstoreSigning, work: WorkOptions): Promise<Signer> {
  const [
    { openSigstoreSigner },
    { checkLoginOptions, prepareLogin },
    { loadTrust },
    { selectServices },
    { checkServices },
  ] = await Promise.all([
    import("../sign/sigstore.ts"),
    import("../sigstore/login/log_in.ts"),
    import("../sigstore/trust/trust.ts"),
    import("../sigstore/trust/select_services.ts"),
    import("../sigstore/trust/check_services.ts"),
  ]);
  checkLoginOptions(options);
  const { signal, onWarning } = work;
  const { trustedRoot, signingConfig, origin } = await loadTrust(options.instance ?? DEFAULT_INSTANCE, {
    signal,
    onWarning,
  });
  if (signingConfig === undefined) throw noServices(origin);
  const services = selectServices(signingConfig, { now: new Date(), name: `the signing config of ${origin}` });
  checkServices(services, trustedRoot, new Date());
  const logIn = await prepareLogin({ ...options, issuer: services.oidcIssuer?.href, signal });
  const signer = openSigstoreSigner({ services, trustedRoot, logIn, confirm: options.confirm ?? (() => true), signal });
  await signer.checkLogs();
  return signer;
}

function noServices(origin: string): UnavailableError {
  const message = `Cannot sign: it is not known which services to sign with, as ${origin} has no signing config; ` +
    `name a ClientTrustConfig with ${option("trustConfigFile")}`;
  return new UnavailableError("NO_SIGNING_CONFIG", message);
}
