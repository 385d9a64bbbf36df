/**
 * The method `sigstore`: verify by an identity (OMS v1.0 §8.2), as the Sigstore Client Specification requires
 * (`client-spec.md` of sigstore/architecture-docs, §4).
 */
import type { TrustedRoot } from "@sigstore/protobuf-specs";
import { createHash } from "node:crypto";
import type { Bundle, BundleEnvelope } from "../bundle/bundle.ts";
import { readBundle } from "../bundle/read.ts";
import { jsonError } from "../json/read.ts";
import { GrowingBytes } from "../lists/growing_bytes.ts";
import { checkLog, type LogCheck } from "../sigstore/log/check_log.ts";
import { verifyIssued } from "../x509/authority.ts";
import { type Certificate, parseCertificate } from "../x509/certificate.ts";
import { type FulcioIdentity, readFulcioIdentity, readWorkflow } from "../x509/fulcio_certificate.ts";
import { checkRelated } from "../x509/path.ts";
import { CODE_SIGNING } from "../x509/path_rules.ts";
import type { ProvenTime, SigstoreSigner } from "./signer_info.ts";
import { checkLogEntry, checkLogWasValid, type VerifiedLogEntry } from "./sigstore_entry.ts";
import { type LibraryInput, mismatch, toLibraryBundle, verifyWithLibrary } from "./sigstore_library.ts";
import { type IdentityPolicy, type IdentityRules, readPolicy } from "./sigstore_policy.ts";
import { verifyScts } from "./sigstore_sct.ts";
import { verifyTimestamps } from "./sigstore_timestamp.ts";
import { readVerificationKeys, type VerificationKeys } from "./sigstore_trust.ts";
import { checkPayloadType, otherMethod, type SignatureCheck, type TrustReport, type Verifier } from "./verifier.ts";

/** A trusted root, and where it comes from. */
export interface LoadedTrust {
  readonly trustedRoot: TrustedRoot;
  readonly report: TrustReport;
}

/** Whether to ask the logs. */
export interface LogAsking {
  readonly checkLog: boolean;
  /** Cancels the requests. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Creates a verifier that trusts one identity, as certified and recorded by the services of a trusted root.
 *
 * @param options The identity to trust.
 * @param trust The trusted root, or a function that loads it. It is called only for a bundle of this method, so no
 * network is needed to refuse another one.
 * @param asking Whether to ask the logs, besides what the bundle itself proves.
 * @returns The verifier.
 * @throws {UsageError} If the options name no identity.
 */
export function createSigstoreVerifier(
  options: IdentityPolicy,
  trust: TrustedRoot | (() => Promise<LoadedTrust>),
  asking: LogAsking = { checkLog: false },
): Verifier {
  const rules = readPolicy(options);
  return {
    async verify(bundle, payload): Promise<SignatureCheck> {
      if (bundle.method !== "sigstore") throw otherMethod("sigstore", bundle.method);
      const loaded = typeof trust === "function" ? await trust() : { trustedRoot: trust };
      const input = toInput(bundle);
      const { signer, keys } = await verifySigner(input, readVerificationKeys(loaded.trustedRoot), rules);
      if (input.payload !== undefined) payload?.append(input.payload);
      const logChecks = asking.checkLog ? await checkLogs(input, loaded.trustedRoot, asking.signal) : undefined;
      const verified = {
        signer: { ...signer, ...(logChecks && { logChecks }) },
        ...("report" in loaded && { trust: loaded.report }),
      };
      const { content } = bundle;
      if (content.kind === "envelope") return { kind: "envelope", ...verified };
      const hash = { SHA2_256: "sha256", SHA2_384: "sha384", SHA2_512: "sha512" }[content.algorithm];
      return {
        kind: "message",
        claimsDigestOf: (message) => createHash(hash).update(message).digest().equals(content.digest),
        verify: (message) => {
          // §4.5. Signature verification, over the message.
          verifyWithLibrary({ ...input, message }, keys);
          return { kind: "message", ...verified };
        },
      };
    },
  };
}

/** A signature that no log has recorded yet. */
export interface UnrecordedSignature {
  /** The bundle without log entries. */
  readonly bundle: Uint8Array;
  /** The message, if it is a message signature. */
  readonly message: Uint8Array | undefined;
  /** The present time. It stands in for the time that a log will prove. */
  readonly now: Date;
}

/**
 * Verifies a signature except for its log entries, before it is recorded: a log entry is permanent, and what does not
 * verify now would not verify then.
 *
 * @param signature The signature.
 * @param options The identity that must have signed.
 * @param root The trusted root.
 * @throws {VerificationError} If it does not verify.
 */
export async function verifyUnrecorded(
  { bundle: bytes, message, now }: UnrecordedSignature,
  options: IdentityPolicy,
  root: TrustedRoot,
): Promise<void> {
  const input = toInput(readBundle(bytes));
  const { keys } = await verifySigner(input, readVerificationKeys(root), readPolicy(options), now);
  if (message !== undefined) verifyWithLibrary({ ...input, message }, keys);
}

/** A bundle with its payload, which the library needs whole. */
function toInput(bundle: Bundle): LibraryInput {
  if (bundle.material.kind === "publicKey") throw otherMethod("sigstore", bundle.method);
  const leaf = parseCertificate(bundle.material.certificates[0]!, "the signing certificate in the signature");
  const payload = bundle.content.kind === "envelope" ? payloadOf(bundle.content) : undefined;
  return { bundle, leaf, payload, message: undefined };
}

function payloadOf(envelope: BundleEnvelope): Uint8Array {
  const payload = new GrowingBytes();
  envelope.readPayload((bytes) => payload.append(bytes));
  return payload.bytes;
}

/**
 * Verifies everything but the signature over a message that is not known yet. The comments name sections of the client
 * specification. With `unrecordedAt`, the bundle has no log entries yet, and this is the present time.
 */
async function verifySigner(
  input: LibraryInput,
  trusted: VerificationKeys,
  rules: IdentityRules,
  unrecordedAt?: Date,
): Promise<{ signer: SigstoreSigner; keys: VerificationKeys }> {
  const { bundle, leaf } = input;
  const isRecorded = unrecordedAt === undefined;

  // §4.3. Certificate: an end-entity certificate with an extended key usage (RFC 5280 §4.2.1.9, §4.2.1.12).
  checkIsForSigning(leaf);
  // §4.6. Out-of-band intermediate CAs: certificates in the bundle prove nothing, and must not be unrelated.
  await checkOfferedChain(bundle, leaf, trusted);

  // §4.2.1. Timestamp authorities: RFC 3161 timestamps over the signature.
  const timestamps = await verifyTimestamps(
    bundle.timestamps,
    bundle.content.signature,
    trusted.timestampAuthorities,
  );
  // §4. Policy: the signature must be logged, unless the trusted root is of an instance without logs.
  if (isRecorded) checkIsLogged(bundle, trusted);
  // §4.4, step 2: the log entry is about this certificate. Its checkpoint (C2SP tlog-checkpoint) is signed by the log.
  const logs = bundle.logEntries.map((entry) => checkLogEntry(entry, leaf.der, trusted.logs));
  // §4.2.2. Transparency Service: inclusion promise (SET) and inclusion proof (RFC 6962 §2.1.1) of each log entry.
  // §4.4, steps 1 and 3: the log entry is about this signature and this artifact.
  // §4.5. Signature verification, over the DSSE PAE of an envelope.
  const keys = withCheckpointNames(trusted, logs);
  verifyWithLibrary(input, keys);

  // §4.2. Establishing a time for the signature.
  const times = [...promisedTimes(bundle, logs), ...timestamps];
  const dates = [...times.map(({ time }) => new Date(time)), ...(isRecorded ? [] : [unrecordedAt])];
  if (dates.length === 0) throw mismatch("no trusted log or timestamp authority proves when it was made");
  for (const at of dates) {
    // §4.3. Certification path (RFC 5280 §6) to a Fulcio root, valid at each of these times.
    const issuer = await verifyCertificationPath(leaf, at, trusted);
    // §4.3. SCT: the CT logs have promised to include the certificate (RFC 6962 §3.2).
    verifyScts(leaf, issuer, trusted.library.ctlogs);
  }
  // §6. Expiration: the key of each log was valid at each of these times.
  for (const { key } of logs) checkLogWasValid(key, dates);

  // §4.3. Verification policy: SubjectAlternativeName, OIDC issuer and further extensions.
  const identity = readFulcioIdentity(leaf);
  rules.check(identity, leaf);
  // OMS v1.0 §6.7: the envelope holds an in-toto statement.
  if (bundle.content.kind === "envelope") checkPayloadType(bundle.content);
  return { signer: describeSigner(identity, { bundle, leaf, logs, times, trusted }), keys };
}

function checkIsForSigning({ extendedKeyUsage, basicConstraints }: Certificate): void {
  if (extendedKeyUsage === undefined || basicConstraints?.isCa) {
    throw mismatch("its certificate is not one for signing");
  }
}

async function checkOfferedChain({ material }: Bundle, leaf: Certificate, trusted: VerificationKeys): Promise<void> {
  if (material.kind !== "x509CertificateChain") return;
  const offered = material.certificates.slice(1).map((der, i) =>
    parseCertificate(der, `certificate ${i + 2} in the signature`)
  );
  await checkRelated(offered, leaf, trusted.certificateAuthorities.flatMap(({ certificates }) => certificates));
}

function checkIsLogged({ logEntries }: Bundle, { library }: VerificationKeys): void {
  if (logEntries.length > 0 || library.tlogs.length === 0) return;
  const path = "verificationMaterial.tlogEntries";
  throw jsonError(path, "is empty: the signature was not recorded in a transparency log");
}

/**
 * The library requires the name in a checkpoint's signature to be part of the log's address. The checkpoints are already
 * verified, so their names are added to the address.
 */
function withCheckpointNames(trusted: VerificationKeys, logs: readonly VerifiedLogEntry[]): VerificationKeys {
  const names = logs.map(({ checkpointName }) => checkpointName).join(" ");
  const tlogs = trusted.library.tlogs.map((log) => ({ ...log, baseURL: `${log.baseURL} ${names}` }));
  return { ...trusted, library: { ...trusted.library, tlogs } };
}

/** Only an inclusion promise (SET) proves the integrated time of a log entry. */
function promisedTimes({ logEntries }: Bundle, logs: readonly VerifiedLogEntry[]): ProvenTime[] {
  return logEntries.flatMap((entry, i): ProvenTime[] =>
    !entry.hasInclusionPromise || entry.integratedTime === 0 ? [] : [{
      source: "transparency log",
      name: logs[i]!.key.url,
      time: new Date(entry.integratedTime * 1000).toISOString(),
    }]
  );
}

/** Returns the certificate that issued the leaf. */
async function verifyCertificationPath(leaf: Certificate, at: Date, trusted: VerificationKeys): Promise<Certificate> {
  const [, issuer] = await verifyIssued(leaf, trusted.certificateAuthorities, { at, purpose: CODE_SIGNING });
  if (issuer === undefined) throw mismatch("its certificate is one of a certificate authority");
  return issuer;
}

async function checkLogs(
  input: LibraryInput,
  root: TrustedRoot,
  signal: AbortSignal | undefined,
): Promise<LogCheck[]> {
  const { tlogEntries } = toLibraryBundle(input).verificationMaterial;
  return await Promise.all(tlogEntries.map((entry) => checkLog(entry, root, { signal })));
}

interface VerifiedParts {
  readonly bundle: Bundle;
  readonly leaf: Certificate;
  readonly logs: readonly VerifiedLogEntry[];
  readonly times: ProvenTime[];
  readonly trusted: VerificationKeys;
}

function describeSigner(
  { identity, issuer }: FulcioIdentity,
  { bundle, leaf, logs, times, trusted }: VerifiedParts,
): SigstoreSigner {
  const workflow = readWorkflow(leaf);
  const notChecked = listNotChecked(bundle, trusted);
  return {
    method: "sigstore",
    identity,
    identityProvider: issuer,
    ...(Object.keys(workflow).length === 0 ? {} : { workflow }),
    times,
    logEntries: bundle.logEntries.map(({ logIndex, logId }, i) => ({
      log: logs[i]!.key.url,
      logIndex,
      logId: logId.toBase64(),
    })),
    ...(notChecked.length === 0 ? {} : { notChecked }),
    serialNumber: leaf.serialNumber,
    fingerprint: leaf.fingerprint,
  };
}

/** Checks that were skipped because the trusted root or the bundle lacks what they need. */
function listNotChecked({ logEntries }: Bundle, { library }: VerificationKeys): string[] {
  const notChecked: string[] = [];
  if (library.ctlogs.length === 0) {
    notChecked.push("certificate transparency: the trusted root has no CT log, and the certificate no SCT");
  }
  if (library.tlogs.length === 0) {
    notChecked.push("transparency log: the trusted root has none, and the signature no log entry");
  }
  for (const { logIndex, hasInclusionPromise, integratedTime } of logEntries) {
    if (hasInclusionPromise || integratedTime === 0) continue;
    notChecked.push(`the time of log entry ${logIndex}: the log has not signed it (no inclusion promise)`);
  }
  return notChecked;
}
