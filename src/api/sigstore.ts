/** The method `sigstore` as the library offers it: from options to a signer or a verifier. */
import type { TrustedRoot } from "@sigstore/protobuf-specs";
import { UnavailableError } from "../errors.ts";
import type { Signer } from "../sign/signer.ts";
import type { AnnouncedSigner } from "../sign/sigstore.ts";
import type { Person } from "../sigstore/login/log_in.ts";
import type { TrustChoice } from "../sigstore/trust/trust.ts";
import type { IdentityPolicy } from "../verify/sigstore_policy.ts";
import type { Verifier } from "../verify/verifier.ts";
import type { WorkOptions } from "./options.ts";

/** How to sign with an identity. Without a token, one is taken from the environment, or a person logs in. */
export interface SigstoreSigning {
  /** The method. */
  method: "sigstore";
  /** Which Sigstore instance: by default the one set up with `trust init`, or else the public one. */
  trust?: TrustChoice;
  /** An OIDC identity token, or the name of a file that holds one. */
  identityToken?: string;
  /** Only what the environment offer, such as a CI service: nobody is asked to log in. */
  useAmbientCredentials?: boolean;
  /** A person logs in with a code that is typed, and no browser is opened. */
  forceOutOfBand?: boolean;
  /** The name of this program at the issuer, and the audience of the token. */
  clientId?: string;
  /** The program's password at the issuer, if it has one. */
  clientSecret?: string;
  /** The person who may log in; without, nobody is asked. */
  person?: Person;
  /** Called with the identity that will be on record for ever, before it is; by default it is taken as confirmed. */
  confirm?: (signer: AnnouncedSigner) => boolean | Promise<boolean>;
}

/** Whom to trust by identity, and which Sigstore instance vouches for it. */
export interface SigstoreVerification extends IdentityPolicy {
  /** The method. */
  method: "sigstore";
  /** Which Sigstore instance: by default the one set up with `trust init`, or else the public one. */
  trust?: TrustChoice;
  /** Ask the logs now whether they still hold the entries. */
  checkLog?: boolean;
}

/** The instance that is used if nothing is said. */
const DEFAULT_TRUST: TrustChoice = { staging: false, offline: false };

/** What was trusted. */
export interface TrustReport {
  /** Where it comes from, in plain words. */
  origin: string;
  /** The age of it: when it was what its instance published, ISO 8601; `null` for a file, which does not say. */
  asOf: string | null;
}

/** A verifier, and what it trusts. */
export interface TrustingVerifier {
  readonly verifier: Verifier;
  /** What was trusted, once a signature was opened. */
  trust(): TrustReport | undefined;
}

/**
 * Makes a verifier.
 *
 * @param method Whom to trust.
 * @param work How the work is done: what stops it.
 * @returns The verifier. Its `open` throws an `UnavailableError` if what to trust cannot be read or fetched.
 * @throws {UsageError} If the options do not say whom to trust, or exclude each other.
 */
export async function openSigstore(method: SigstoreVerification, work: WorkOptions): Promise<TrustingVerifier> {
  const [{ createSigstoreVerifier }, { loadTrust }] = await Promise.all([
    import("../verify/sigstore.ts"),
    import("../sigstore/trust/trust.ts"),
  ]);
  const { signal, onWarning } = work;
  let trust: TrustReport | undefined;
  const loadRoot = async (): Promise<TrustedRoot> => {
    const { trustedRoot, origin, asOf } = await loadTrust(method.trust ?? DEFAULT_TRUST, { signal, onWarning });
    trust = { origin, asOf: asOf?.toISOString() ?? null };
    return trustedRoot;
  };
  const asking = { checkLog: method.checkLog ?? false, signal };
  return { verifier: createSigstoreVerifier(method, loadRoot, asking), trust: () => trust };
}

/**
 * Makes a signer. What can be known before hours of hashing is checked now, in this order: the options, whether the trusted
 * root fits the services, whether there is a token or somebody to log in, and whether the logs sign with trusted keys. The
 * token itself is got last, as it lives for minutes.
 *
 * @param method How to sign.
 * @param work How the work is done: what stops it.
 * @returns The signer.
 * @throws {RefusedError} If a token is not fit (`TOKEN`), or the trusted root is not that of the services
 * (`SERVICES_NOT_TRUSTED`).
 * @throws {UnavailableError} If the services cannot be told, or there is no way to get a token (`NO_TOKEN`, `RUN`).
 */
export async function openSigstoreSigning(method: SigstoreSigning, work: WorkOptions): Promise<Signer> {
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
  checkLoginOptions(method);
  const { signal, onWarning } = work;
  const { trustedRoot, signingConfig, origin } = await loadTrust(method.trust ?? DEFAULT_TRUST, { signal, onWarning });
  if (signingConfig === undefined) throw noServices(origin);
  const services = selectServices(signingConfig, { now: new Date(), name: `the signing config of ${origin}` });
  checkServices(services, trustedRoot, new Date());
  const logIn = prepareLogin({ ...method, issuer: services.oidcIssuer?.href, signal });
  const signer = openSigstoreSigner({ services, trustedRoot, logIn, confirm: method.confirm ?? (() => true), signal });
  await signer.checkLogs();
  return signer;
}

function noServices(origin: string): UnavailableError {
  const message = `Cannot sign: it is not known which services to sign with, as ${origin} has no signing config; ` +
    "name a ClientTrustConfig with --trust-config";
  return new UnavailableError("NO_SIGNING_CONFIG", message);
}
