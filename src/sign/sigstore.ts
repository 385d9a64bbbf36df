/**
 * The method `sigstore`: sign with an ephemeral key that Fulcio certifies for an identity, and record the signature in a
 * transparency log (OMS v1.0 §4.1).
 */
import type { TrustedRoot } from "@sigstore/protobuf-specs";
import { RefusedError, VerificationError } from "../errors.ts";
import type { Certificate } from "../x509/certificate.ts";
import { type FulcioIdentity, readFulcioIdentity } from "../x509/fulcio_certificate.ts";
import { readCertificates } from "../x509/read_certificates.ts";
import { pae } from "../bundle/envelope.ts";
import { readBundle } from "../bundle/read.ts";
import { bytesOf } from "../io/byte_source.ts";
import { quote } from "../text/quote.ts";
import { bytesEqual } from "../text/bytes_equal.ts";
import { requestCertificate } from "../sigstore/services/fulcio.ts";
import type { RequestPolicy } from "../io/http.ts";
import type { RequestOptions } from "../sigstore/services/proposed_entry.ts";
import type { IdentityToken } from "../sigstore/tokens/identity_token.ts";
import { checkFitsRekorV1 } from "../sigstore/services/rekor_v1.ts";
import { checkSigningLog } from "../sigstore/services/check_signing_log.ts";
import { checkServices, notTrusted } from "../sigstore/trust/check_services.ts";
import type { SigningServices } from "../sigstore/trust/select_services.ts";
import { createSigstoreVerifier, verifyUnrecorded } from "../verify/sigstore.ts";
import { type EphemeralKey, ephemeralSigningKey } from "./memory_key.ts";
import type { Content, Signed, Signer } from "./signer.ts";
import { signAndVerify } from "./signing_key.ts";
import { type ContentInMemory, SigstoreBundleBuilder } from "./sigstore_bundle.ts";
import { logWitness, timestampWitness, type Witness } from "./witness.ts";

/** The identity that is about to sign. */
export interface AnnouncedSigner {
  /** An e-mail address, a URI such as that of a workflow, or a user name. */
  readonly identity: string;
  /** The OIDC issuer of the identity. */
  readonly issuer: string;
  /** Whether the identity is an e-mail address, which becomes public. */
  readonly isEmail: boolean;
}

/** Options for signing with an identity. */
export interface SigstoreSignerOptions {
  /** The services to use. */
  readonly services: SigningServices;
  /** The trusted root that the signature must verify with before it is returned. */
  readonly trustedRoot: TrustedRoot;
  /** Gets an identity token. Called when everything else is ready, as tokens and certificates are valid for minutes. */
  readonly logIn: () => Promise<IdentityToken>;
  /** Asks for consent to sign with this identity, before it is recorded permanently. */
  readonly confirm: (signer: AnnouncedSigner) => boolean | Promise<boolean>;
  /** Aborts the requests. */
  readonly signal?: AbortSignal | undefined;
  /** How long to wait for services and how often to try again. */
  readonly retryPolicy?: RequestPolicy | undefined;
  /** The current time. */
  readonly now?: (() => Date) | undefined;
}

/** A signer with an identity. */
export interface IdentitySigner extends Signer {
  /**
   * Checks that the logs sign with keys of the trusted root. `sign` does so too; calling it before a large model is hashed
   * detects a trusted root of another instance hours earlier.
   */
  checkLogs(): Promise<void>;
}

/**
 * Makes a signer with an identity. The transparency log is permanent, so it is written last: after the certificate, its
 * SCT and identity, the signature and the timestamps have been verified with the trusted root.
 *
 * @param options Services, login and consent.
 * @returns The signer. Its `sign` throws a `RefusedError` if the identity is not confirmed (`NOT_CONFIRMED`), the content
 * is too large for the log (`TOO_LARGE_FOR_LOG`) or an answer of the services does not verify (`SERVICES_NOT_TRUSTED`),
 * and an `UnavailableError` if a service does not answer.
 * @throws {RefusedError} If the trusted root is not that of the services (`SERVICES_NOT_TRUSTED`).
 */
export function openSigstoreSigner(options: SigstoreSignerOptions): IdentitySigner {
  checkServices(options.services, options.trustedRoot, timeOf(options));
  return {
    sign: (content: Content) => signContent(inMemory(content), options),
    checkLogs: () => checkLogs(options),
  };
}

function timeOf({ now = () => new Date() }: SigstoreSignerOptions): Date {
  return now();
}

async function checkLogs(options: SigstoreSignerOptions): Promise<void> {
  const { services, trustedRoot, signal, retryPolicy } = options;
  const now = timeOf(options);
  await Promise.all(services.logs.map((log) => checkSigningLog(log, trustedRoot, now, { signal, retryPolicy })));
}

function inMemory(content: Content): ContentInMemory {
  return content.kind === "message" ? content : { ...content, payload: bytesOf(content.payload) };
}

async function signContent(content: ContentInMemory, options: SigstoreSignerOptions): Promise<Signed> {
  const { services, trustedRoot, signal } = options;
  if (content.kind === "envelope" && services.logs.some((log) => log.majorApiVersion === 1)) {
    checkFitsRekorV1(content.payload.length);
  }
  await checkLogs(options);
  const key = ephemeralSigningKey();
  const { leaf, pem } = await certify(key, options);
  const signed = content.kind === "envelope" ? pae(content.payloadType, content.payload) : content.message;
  const signature = await signAndVerify(key, signed, signal);
  const bundle = new SigstoreBundleBuilder(content, signature, leaf.der);
  const { envelope } = bundle;
  const attested = {
    signed,
    certificate: leaf.der,
    certificatePem: pem,
    ...(envelope === undefined ? {} : { envelope }),
  };
  const [timestamps, logs] = witnessesOf(options);
  const attestations = timestamps.map((witness) => witness.attest(signature, attested));
  for (const evidence of await Promise.all(attestations)) bundle.add(evidence);
  await checkUnrecorded(bundle, content, leaf, options);
  // One log after the other: if one fails, the next is not written.
  for (const log of logs) bundle.add(await log.attest(signature, attested));
  const text = bundle.serialize();
  return { text: [text], signer: await verifyOwn(text, content, leaf, trustedRoot) };
}

/** Logs in, and obtains a certificate for the confirmed identity and the key. */
async function certify(
  key: EphemeralKey,
  options: SigstoreSignerOptions,
): Promise<{ readonly leaf: Certificate; readonly pem: string }> {
  const token = await options.logIn();
  await checkConfirmed({ identity: token.identity, issuer: token.issuer, isEmail: token.isEmail }, options);
  const [pem] = await requestCertificate({
    url: options.services.fulcio,
    token: token.reveal(),
    keys: { privateKey: key.pair.key, publicKey: key.publicKey.key },
    ...requestOptions(options),
  });
  const leaf = readLeaf(pem!, key);
  await checkIdentity(readIdentity(leaf), token, options);
  return { leaf, pem: pem! };
}

/** The timestamp authorities, which keep nothing, and the logs, which are public and permanent. */
function witnessesOf(options: SigstoreSignerOptions): [timestamps: Witness[], logs: Witness[]] {
  const { services, trustedRoot } = options;
  const request = requestOptions(options);
  return [
    services.timestampAuthorities.map((url) => timestampWitness(url, request)),
    services.logs.map((log) => logWitness(log, trustedRoot, request)),
  ];
}

function requestOptions({ signal, retryPolicy }: SigstoreSignerOptions): RequestOptions {
  return { signal, retryPolicy };
}

async function checkConfirmed(signer: AnnouncedSigner, { confirm, signal }: SigstoreSignerOptions): Promise<void> {
  const isConfirmed = await confirm(signer);
  signal?.throwIfAborted();
  if (isConfirmed) return;
  throw new RefusedError("NOT_CONFIRMED", "Nothing was signed: the identity to be put on record was not confirmed");
}

/** The certificate must be for the key that signs. */
function readLeaf(pem: string, { publicKey }: EphemeralKey): Certificate {
  const [leaf] = readCertificates(pem, "the certificate authority's answer");
  const ours = new Uint8Array(publicKey.key.export({ format: "der", type: "spki" }));
  if (leaf !== undefined && bytesEqual(leaf.publicKey, ours)) return leaf;
  throw notTrusted("the certificate authority issued a certificate for another key");
}

function readIdentity(leaf: Certificate): FulcioIdentity {
  try {
    return readFulcioIdentity(leaf);
  } catch (cause) {
    if (!(cause instanceof VerificationError)) throw cause;
    throw notTrusted(cause.message, cause);
  }
}

/**
 * Compares the certified identity with the token's. For a token with an e-mail address, an instance may certify the
 * subject instead; a certified identity that differs from the confirmed one is confirmed again.
 */
async function checkIdentity(
  certified: FulcioIdentity,
  token: IdentityToken,
  options: SigstoreSignerOptions,
): Promise<void> {
  const { identity, issuer, isEmail } = token;
  if (certified.identity === identity && certified.issuer === issuer) return;
  if (isEmail && !token.mayBeCertifiedAs(certified)) {
    const [found, expected] = certified.identity === identity
      ? [certified.issuer, issuer]
      : [certified.identity, identity];
    throw notTrusted(`the certificate authority certified ${quote(found)}, not ${quote(expected)}`);
  }
  await checkConfirmed({ ...certified, isEmail: certified.identity.includes("@") }, options);
}

/** Verifies everything but the log entries, as the log is permanent. */
async function checkUnrecorded(
  bundle: SigstoreBundleBuilder,
  content: ContentInMemory,
  leaf: Certificate,
  options: SigstoreSignerOptions,
): Promise<void> {
  const { identity, issuer } = readFulcioIdentity(leaf);
  const message = content.kind === "message" ? content.message : undefined;
  const bytes = new TextEncoder().encode(bundle.serialize());
  try {
    const unrecorded = { bundle: bytes, message, now: timeWithin(leaf, options) };
    await verifyUnrecorded(unrecorded, { identity, identityProvider: issuer }, options.trustedRoot);
  } catch (cause) {
    if (!(cause instanceof VerificationError)) throw cause;
    throw notTrusted(
      `what they answered would not verify, so nothing was recorded in the log (${cause.message})`,
      cause,
    );
  }
}

/** How far this machine's clock may be behind the certificate authority's, in milliseconds. */
const CLOCK_SKEW = 600_000;

/** The current time, or the start of the certificate's validity if this machine's clock is slightly behind. */
function timeWithin({ notBefore, notAfter }: Certificate, options: SigstoreSignerOptions): Date {
  const now = timeOf(options);
  if (now < notBefore && notBefore.getTime() - now.getTime() <= CLOCK_SKEW) return notBefore;
  if (notBefore <= now && now <= notAfter) return now;
  const [from, to] = [notBefore, notAfter].map((time) => time.toISOString());
  throw notTrusted(
    `the certificate is valid from ${from} to ${to}, and the clock of this machine says ${now.toISOString()}; see that ` +
      "the clock is right. Nothing was recorded in the log",
  );
}

/** Verifies the finished bundle as its recipients will: log entries that do not verify are no signature. */
async function verifyOwn(
  text: string,
  content: ContentInMemory,
  leaf: Certificate,
  root: TrustedRoot,
): Promise<Signed["signer"]> {
  const { identity, issuer } = readFulcioIdentity(leaf);
  try {
    const verifier = createSigstoreVerifier({ identity, identityProvider: issuer }, root);
    const signature = await verifier.verify(readBundle(new TextEncoder().encode(text)));
    if (signature.kind === "envelope") return signature.signer;
    if (content.kind === "envelope") throw new TypeError("Cannot verify: the bundle holds a message");
    return signature.verify(content.message).signer;
  } catch (cause) {
    if (!(cause instanceof VerificationError)) throw cause;
    throw notTrusted(`the log entry that they answered with does not verify (${cause.message})`, cause);
  }
}
