/**
 * The method `sigstore`: sign with a key that lives for one signature, certified for an identity, and record the event
 * in a transparency log (OMS v1.0 §4.1). The bundle is put together by `@sigstore/bundle`.
 */
import { bundleToJSON, toDSSEBundle, toMessageSignatureBundle } from "@sigstore/bundle";
import type { TransparencyLogEntry, TrustedRoot } from "@sigstore/protobuf-specs";
import { Buffer } from "node:buffer";
import { createHash, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { RefusedError, VerificationError } from "../errors.ts";
import type { Certificate } from "../x509/certificate.ts";
import { type FulcioIdentity, readFulcioIdentity } from "../x509/fulcio_certificate.ts";
import { readCertificates } from "../x509/read_certificates.ts";
import { pae } from "../oms/envelope.ts";
import { bytesOf } from "../io/byte_source.ts";
import { quote } from "../text/quote.ts";
import { bytesEqual } from "../text/bytes_equal.ts";
import { requestCertificate } from "../sigstore/services/fulcio.ts";
import type { RequestPolicy } from "../io/http.ts";
import type { ProposedEntry, RequestOptions } from "../sigstore/services/proposed_entry.ts";
import type { IdentityToken } from "../sigstore/login/identity_token.ts";
import { checkFitsRekorV1, recordInRekorV1 } from "../sigstore/services/rekor_v1.ts";
import { recordInRekorV2 } from "../sigstore/services/rekor_v2.ts";
import { requestTimestamp } from "../sigstore/services/timestamp_authority.ts";
import { logKeys } from "../sigstore/log/log_key.ts";
import { checkSigningLog } from "../sigstore/log/check_signing_log.ts";
import { checkServices, notTrusted } from "../sigstore/trust/check_services.ts";
import type { LogService, SigningServices } from "../sigstore/trust/select_services.ts";
import { createSigstoreVerifier, verifyUnrecorded } from "../verify/sigstore.ts";
import type { Content, Signed, Signer } from "./signer.ts";

/** Who is about to sign. */
export interface AnnouncedSigner {
  /** An e-mail address, a URI such as that of a workflow, or a user name. */
  readonly identity: string;
  /** Who vouched for it: the OIDC issuer. */
  readonly issuer: string;
  /** Whether the identity is an e-mail address, which becomes public. */
  readonly isEmail: boolean;
}

/** What signing with an identity needs. */
export interface SigstoreSignerOptions {
  /** The services to use. */
  readonly services: SigningServices;
  /** What the signature must verify with, before it is given away. */
  readonly trustedRoot: TrustedRoot;
  /** Gets an identity token: called when all else is ready, as tokens and certificates live for minutes. */
  readonly logIn: () => Promise<IdentityToken>;
  /** Asked, before anything is recorded for ever, whether this is the one to sign. */
  readonly confirm: (signer: AnnouncedSigner) => boolean | Promise<boolean>;
  /** Stops the requests. */
  readonly signal?: AbortSignal | undefined;
  /** How long to wait for services. */
  readonly retryPolicy?: RequestPolicy | undefined;
  /** The present time. */
  readonly now?: (() => Date) | undefined;
}

/** A signer with an identity. */
export interface IdentitySigner extends Signer {
  /**
   * Checks that the logs sign with keys of the trusted root. `sign` does so too; calling it before a large model is hashed
   * finds a wrong trusted root hours earlier.
   */
  checkLogs(): Promise<void>;
}

/**
 * Makes a signer with an identity. Nothing that cannot be taken back happens before everything else is known to be good: the
 * certificate, its SCT and identity and the timestamps are verified with the trusted root, and then the log is written.
 *
 * @param options Services, login and consent.
 * @returns The signer. Its `sign` throws a `RefusedError` if the signer is not confirmed (`NOT_CONFIRMED`), if the
 * content is too large for the log (`TOO_LARGE_FOR_LOG`) or the services answer what does not verify
 * (`SERVICES_NOT_TRUSTED`), and an `UnavailableError` if a service does not answer.
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

/** Services take the payload whole, and in several forms: of what goes into a log it is not too large for that. */
type WholeContent =
  | Extract<Content, { kind: "message" }>
  | Extract<Content, { kind: "envelope" }> & { readonly payload: Uint8Array };

function inMemory(content: Content): WholeContent {
  return content.kind === "message" ? content : { ...content, payload: bytesOf(content.payload) };
}

async function signContent(content: WholeContent, options: SigstoreSignerOptions): Promise<Signed> {
  const { services, signal, retryPolicy } = options;
  if (content.kind === "envelope" && services.logs.some((log) => log.majorApiVersion === 1)) {
    checkFitsRekorV1(content.payload.length);
  }
  await checkLogs(options);
  const keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const token = await options.logIn();
  const announced = { identity: token.identity, issuer: token.issuer, isEmail: token.isEmail };
  await checkConfirmed(announced, options);
  const request: RequestOptions = { signal, retryPolicy };
  const chain = await requestCertificate({ url: services.fulcio, token: token.reveal(), keys, ...request });
  const leaf = readLeaf(chain[0]!, keys.publicKey);
  await checkIdentity(readIdentity(leaf), token, options);
  const signed = await signAndStamp(content, { leaf, pem: chain[0]!, key: keys.privateKey }, services, request);
  await checkUnrecorded(signed, content, leaf, options);
  const text = await recordAndWrite(signed, options);
  return { text: [text], signer: await verifyOwn(text, content, leaf, options.trustedRoot) };
}

async function checkConfirmed(signer: AnnouncedSigner, { confirm, signal }: SigstoreSignerOptions): Promise<void> {
  const isConfirmed = await confirm(signer);
  signal?.throwIfAborted();
  if (isConfirmed) return;
  throw new RefusedError("NOT_CONFIRMED", "Nothing was signed: the identity to be put on record was not confirmed");
}

/** The certificate must be for the key that signs. */
function readLeaf(pem: string, publicKey: KeyObject): Certificate {
  const [leaf] = readCertificates(pem, "the certificate authority's answer");
  const ours = new Uint8Array(publicKey.export({ format: "der", type: "spki" }));
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
 * The certificate has the last word on the identity: of a token with an e-mail address, an instance may certify the subject.
 * What differs from what was confirmed is confirmed again.
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

/** The certificate with its key. */
interface Certified {
  readonly leaf: Certificate;
  readonly pem: string;
  readonly key: KeyObject;
}

/** A signature with its timestamps, which no log has recorded yet. */
interface StampedSignature {
  readonly bundle: ReturnType<typeof toDSSEBundle> | ReturnType<typeof toMessageSignatureBundle>;
  /** What a log will be given. */
  readonly recorded: ProposedEntry;
}

async function signAndStamp(
  content: WholeContent,
  { leaf, pem, key }: Certified,
  services: SigningServices,
  request: RequestOptions,
): Promise<StampedSignature> {
  const signed = content.kind === "envelope" ? pae(content.payloadType, content.payload) : content.message;
  const signature = sign("sha256", signed, key);
  const bundle = content.kind === "envelope"
    ? toDSSEBundle({
      artifact: Buffer.from(content.payload.buffer, content.payload.byteOffset, content.payload.length),
      artifactType: content.payloadType,
      signature,
      certificate: Buffer.from(leaf.der),
    })
    : toMessageSignatureBundle({
      digest: createHash("sha256").update(signed).digest(),
      signature,
      certificate: Buffer.from(leaf.der),
    });
  const timestamps = await Promise.all(
    services.timestampAuthorities.map((url) => requestTimestamp(url, signature, request)),
  );
  bundle.verificationMaterial.timestampVerificationData = {
    rfc3161Timestamps: timestamps.map((der) => ({ signedTimestamp: Buffer.from(der) })),
  };
  const { dsseEnvelope } = bundleToJSON(bundle) as { dsseEnvelope?: unknown };
  const recorded: ProposedEntry = {
    signature,
    signed,
    certificate: leaf.der,
    certificatePem: pem,
    ...(dsseEnvelope === undefined ? {} : { envelope: JSON.stringify(dsseEnvelope) }),
  };
  return { bundle, recorded };
}

/** What does not verify now would not verify once the log has it. */
async function checkUnrecorded(
  { bundle }: StampedSignature,
  content: WholeContent,
  leaf: Certificate,
  options: SigstoreSignerOptions,
): Promise<void> {
  const { identity, issuer } = readFulcioIdentity(leaf);
  const message = content.kind === "message" ? content.message : undefined;
  const json = { ...bundleToJSON(bundle) as SerializedBundle };
  json.verificationMaterial = { ...json.verificationMaterial, tlogEntries: [] };
  const bytes = new TextEncoder().encode(JSON.stringify(json));
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

/** How far the clock of this machine may be behind that of the certificate authority. */
const CLOCK_SKEW = 600_000;

/** The present time; that of the certificate if the clock here is a little behind. */
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

/** One log after the other: if one fails, the next is not written. */
async function recordAndWrite(
  { bundle, recorded }: StampedSignature,
  options: SigstoreSignerOptions,
): Promise<string> {
  const entries: TransparencyLogEntry[] = [];
  for (const log of options.services.logs) entries.push(await record(log, recorded, options));
  bundle.verificationMaterial.tlogEntries = entries as typeof bundle.verificationMaterial.tlogEntries;
  return `${JSON.stringify(withZeros(bundleToJSON(bundle) as SerializedBundle))}\n`;
}

/** The members of a bundle in JSON that need a second look. */
interface SerializedBundle {
  verificationMaterial: {
    tlogEntries: { logIndex?: string; inclusionProof: { logIndex?: string; hashes?: string[] } }[];
  };
}

/** The protobuf mapping leaves out what is zero or empty, but other tools want it, as in the first entry of a log. */
function withZeros(bundle: SerializedBundle): SerializedBundle {
  for (const entry of bundle.verificationMaterial.tlogEntries) {
    entry.logIndex ??= "0";
    entry.inclusionProof.logIndex ??= "0";
    entry.inclusionProof.hashes ??= [];
  }
  return bundle;
}

function record(
  log: LogService,
  recorded: ProposedEntry,
  { trustedRoot, signal, retryPolicy }: SigstoreSignerOptions,
): Promise<TransparencyLogEntry> {
  const request = { signal, retryPolicy };
  return log.majorApiVersion === 1
    ? recordInRekorV1(log.url, recorded, request)
    : recordInRekorV2(log.url, recorded, { ...request, keys: logKeys(trustedRoot) });
}

/** Whoever gets the signature will verify it; so services that answer what does not verify have not signed. */
async function verifyOwn(
  text: string,
  content: WholeContent,
  leaf: Certificate,
  root: TrustedRoot,
): Promise<Signed["signer"]> {
  const { identity, issuer } = readFulcioIdentity(leaf);
  try {
    const verifier = createSigstoreVerifier({ identity, identityProvider: issuer }, root);
    const opened = await verifier.open(new TextEncoder().encode(text));
    if (opened.kind === "message" && content.kind === "message") opened.verify(content.message);
    return opened.signer;
  } catch (cause) {
    if (!(cause instanceof VerificationError)) throw cause;
    throw notTrusted(`the log entry that they answered with does not verify (${cause.message})`, cause);
  }
}
