/**
 * The method `sigstore`: verify by an identity (OMS v1.0 §8.2). Log entries and signature are verified by
 * `@sigstore/verify`; certificates, timestamps and the identity are verified here and beside.
 */
import "../sigstore/node_crypto_patch.ts";
import { type Bundle as LibraryBundle, bundleFromJSON } from "@sigstore/bundle";
import type { TrustedRoot } from "@sigstore/protobuf-specs";
import { toSignedEntity, Verifier as LibraryVerifier } from "@sigstore/verify";
import { Buffer } from "node:buffer";
import { createHash, createPublicKey } from "node:crypto";
import { VerificationError } from "../errors.ts";
import { type Certificate, parseCertificate } from "../x509/certificate.ts";
import { type FulcioIdentity, readFulcioIdentity, readWorkflow } from "../x509/fulcio_certificate.ts";
import type { ProvenTime, SigstoreSigner } from "./signer_info.ts";
import { jsonError, type JsonObject } from "../json/read.ts";
import { parseSigstoreBundle, type SigstoreBundle } from "../oms/sigstore_bundle.ts";
import { checkLog, type LogCheck } from "../sigstore/log/check_log.ts";
import { verifyIssued } from "../x509/authority.ts";
import { CODE_SIGNING } from "../x509/path_rules.ts";
import { checkRelated } from "../x509/path.ts";
import { checkLogEntry, checkLogWasValid, type VerifiedEntry } from "./sigstore_entry.ts";
import { type IdentityPolicy, type Policy, readPolicy } from "./sigstore_policy.ts";
import { verifyScts } from "./sigstore_sct.ts";
import { verifyTimestamps } from "./sigstore_timestamp.ts";
import { readTrust, type Trust } from "./sigstore_trust.ts";
import { checkPayloadType, type VerifiedSignature, type Verifier } from "./verifier.ts";

/**
 * Makes a verifier that trusts one identity, as the services of a trusted root vouch for it.
 *
 * @param options Whom to trust.
 * @param root The trusted root, or what loads it: only when the signature has been read, as one that is none, or of
 * another method, needs no network to be refused.
 * @param asking Whether to ask the logs, besides what the signature itself proves.
 * @returns The verifier.
 * @throws {UsageError} If the options do not say whom to trust.
 */
export function createSigstoreVerifier(
  options: IdentityPolicy,
  root: TrustedRoot | (() => Promise<TrustedRoot>),
  asking: LogAsking = { checkLog: false },
): Verifier {
  const policy = readPolicy(options);
  return {
    async open(signature, payload): Promise<VerifiedSignature> {
      const bundle = parseSigstoreBundle(signature);
      const trusted = typeof root === "function" ? await root() : root;
      const opened = await verifyBundle(bundle, readTrust(trusted), policy);
      if (bundle.content.kind === "envelope") payload?.append(bundle.content.payload);
      if (!asking.checkLog) return opened;
      const logChecks = await checkLogs(bundle, trusted, asking.signal);
      return { ...opened, signer: { ...opened.signer as SigstoreSigner, logChecks } };
    },
  };
}

/** Whether to ask the logs. */
export interface LogAsking {
  readonly checkLog: boolean;
  /** Stops asking. */
  readonly signal?: AbortSignal | undefined;
}

async function checkLogs(
  bundle: SigstoreBundle,
  root: TrustedRoot,
  signal: AbortSignal | undefined,
): Promise<LogCheck[]> {
  const { tlogEntries } = toLibrary(bundle).verificationMaterial;
  return await Promise.all(tlogEntries.map((entry) => checkLog(entry, root, { signal })));
}

/** A signature that no log has recorded yet. */
export interface UnrecordedSignature {
  /** The bundle without log entries. */
  readonly bundle: Uint8Array;
  /** The message, if it is a message signature. */
  readonly message: Uint8Array | undefined;
  /** The present time: with no entry yet, it stands in for the time that a log would vouch for. */
  readonly now: Date;
}

/**
 * Verifies everything about a signature but its log entries: what does not verify now would not verify once recorded,
 * and a log entry cannot be taken back.
 *
 * @param signature The signature.
 * @param options Who must have signed.
 * @param root The trusted root.
 * @throws {VerificationError} If it does not verify.
 */
export async function verifyUnrecorded(
  { bundle: bytes, message, now }: UnrecordedSignature,
  options: IdentityPolicy,
  root: TrustedRoot,
): Promise<void> {
  const opened = await verifyBundle(parseSigstoreBundle(bytes), readTrust(root), readPolicy(options), now);
  if (opened.kind === "message" && message !== undefined) opened.verify(message);
}

/** `unrecordedAt`: the bundle has no log entries yet, and this is the present time. */
async function verifyBundle(
  bundle: SigstoreBundle,
  trust: Trust,
  policy: Policy,
  unrecordedAt?: Date,
): Promise<VerifiedSignature> {
  const leaf = parseCertificate(bundle.certificate, "the signing certificate in the signature");
  checkPurpose(leaf);
  await checkChain(bundle, leaf, trust);
  const { content } = bundle;
  const stamped = await verifyTimestamps(bundle.timestamps, content.signature, trust.timestampAuthorities);
  if (unrecordedAt === undefined) checkIsRecorded(bundle, trust);
  const logs = bundle.entries.map((entry) => checkLogEntry(entry, leaf.der, trust.logs));
  const verification = { leaf, trust: withCheckpointNames(trust, logs), isRecorded: unrecordedAt === undefined };
  verifyWithLibrary(bundle, undefined, verification);
  const times = [...promisedTimes(bundle, logs), ...stamped];
  const dates = [...times.map(({ time }) => new Date(time)), ...(unrecordedAt === undefined ? [] : [unrecordedAt])];
  await checkCertificate(leaf, dates, trust);
  for (const { key } of logs) checkLogWasValid(key, dates);
  const identity = readFulcioIdentity(leaf);
  policy.check(identity, leaf);
  const signer = describeSigner(identity, bundle, leaf, logs, times, listUnchecked(bundle, trust));
  if (content.kind === "envelope") {
    checkPayloadType(content);
    return { kind: "envelope", signer };
  }
  const hash = { SHA2_256: "sha256", SHA2_384: "sha384", SHA2_512: "sha512" }[content.algorithm];
  return {
    kind: "message",
    signer,
    claimsDigestOf: (message) => createHash(hash).update(message).digest().equals(content.digest),
    verify: (message) => verifyWithLibrary(bundle, message, verification),
  };
}

/** A trusted root without transparency logs is of an instance that has none; any other demands an entry. */
function checkIsRecorded({ entries }: SigstoreBundle, { material }: Trust): void {
  if (entries.length > 0 || material.tlogs.length === 0) return;
  const place = "verificationMaterial.tlogEntries";
  throw jsonError(place, "is empty: the signature was not recorded in a transparency log");
}

/** What the trusted root or the bundle does not have, so that it could not be checked. */
function listUnchecked({ entries }: SigstoreBundle, { material }: Trust): string[] {
  const unchecked: string[] = [];
  if (material.ctlogs.length === 0) {
    unchecked.push("certificate transparency: the trusted root has no CT log, and the certificate no SCT");
  }
  if (material.tlogs.length === 0) {
    unchecked.push("transparency log: the trusted root has none, and the signature no log entry");
  }
  for (const { logIndex, hasInclusionPromise, integratedTime } of entries) {
    if (hasInclusionPromise || integratedTime === 0) continue;
    unchecked.push(`the time of log entry ${logIndex}: the log has not signed it (no inclusion promise)`);
  }
  return unchecked;
}

/**
 * The library wants the name in a checkpoint's signature to be part of the log's address. The checkpoints are verified
 * already, so the names under which they were are added.
 */
function withCheckpointNames(trust: Trust, logs: readonly VerifiedEntry[]): Trust {
  const names = logs.map(({ checkpointName }) => checkpointName).join(" ");
  const tlogs = trust.material.tlogs.map((log) => ({ ...log, baseURL: `${log.baseURL} ${names}` }));
  return { ...trust, material: { ...trust.material, tlogs } };
}

/** The bundle as the library has it. It refuses an empty payload in JSON, and is given the bytes instead. */
function toLibrary({ json, content }: SigstoreBundle): LibraryBundle {
  if (content.kind === "message") return bundleFromJSON(json);
  const bundle = bundleFromJSON({ ...json, dsseEnvelope: { ...json.dsseEnvelope as JsonObject, payload: "AA==" } });
  const { buffer, byteOffset, byteLength } = content.payload;
  if (bundle.content.$case !== "dsseEnvelope") throw new TypeError("Cannot read the bundle: its envelope is missing");
  bundle.content.dsseEnvelope.payload = Buffer.from(buffer, byteOffset, byteLength);
  return bundle;
}

type Entity = ReturnType<typeof toSignedEntity>;

/** All but the signature itself, which can be verified only when the message is known, and is then. */
function withoutMessage(entity: Entity): Entity {
  const { signature } = entity;
  return {
    ...entity,
    signature: {
      signature: signature.signature,
      compareSignature: (other) => signature.compareSignature(other),
      compareDigest: (other) => signature.compareDigest(other),
      compareSignedDigest: (other) => signature.compareSignedDigest(other),
      verifySignature: () => true,
    },
  };
}

interface LibraryVerification {
  readonly leaf: Certificate;
  readonly trust: Trust;
  readonly isRecorded: boolean;
}

/** A message that is not known yet is left open. */
function verifyWithLibrary(
  bundle: SigstoreBundle,
  message: Uint8Array | undefined,
  { leaf, trust: { material }, isRecorded }: LibraryVerification,
): void {
  try {
    const publicKey = createPublicKey({ key: Buffer.from(leaf.publicKey), format: "der", type: "spki" });
    const trusted = { ...material, publicKey: () => ({ publicKey, validFor: () => true }) };
    const entity = toSignedEntity(toLibrary(bundle), message && Buffer.from(message));
    const isOpen = bundle.content.kind === "message" && message === undefined;
    // The certificate and the times are verified without the library, which needs to know the key alone.
    const known: Entity = { ...entity, key: { $case: "public-key", hint: "" }, timestamps: [] };
    const tlogThreshold = isRecorded && material.tlogs.length > 0 ? 1 : 0;
    const verifier = new LibraryVerifier(trusted, { tlogThreshold, timestampThreshold: 0 });
    verifier.verify(isOpen ? withoutMessage(known) : known);
  } catch (cause) {
    // Whatever the library throws at hostile input is no more than this to the caller.
    const { code } = cause as { code?: unknown };
    throw notVerified(REASONS.get(code) ?? "it cannot be read", cause);
  }
}

/** What went wrong, by the library's codes. */
const REASONS: ReadonlyMap<unknown, string> = new Map([
  ["SIGNATURE_ERROR", "it was not made with the key in its certificate, or it was changed since"],
  ["TLOG_BODY_ERROR", "its entry in the transparency log is about another signature"],
  ["TLOG_ERROR", "it has no entry, or the same entry twice, in a trusted transparency log"],
  ["TLOG_INCLUSION_PROMISE_ERROR", "a trusted transparency log has not promised to include its entry"],
  ["TLOG_INCLUSION_PROOF_ERROR", "its entry is not proven to be in a trusted transparency log"],
  ["TLOG_MISSING_INCLUSION_ERROR", "its entry is not proven to be in a trusted transparency log"],
]);

function notVerified(reason: string, cause: unknown): VerificationError {
  return new VerificationError("SIGNATURE_WRONG", `Cannot verify the signature: ${reason}`, { cause });
}

/** The trusted root has the chain; what an old bundle has besides must belong to it, or it is there to impress. */
async function checkChain({ chain }: SigstoreBundle, leaf: Certificate, trust: Trust): Promise<void> {
  const offered = chain.map((der, i) => parseCertificate(der, `certificate ${i + 2} in the signature`));
  await checkRelated(offered, leaf, trust.certificateAuthorities.flatMap(({ certificates }) => certificates));
}

/** Only a promise vouches for the time in an entry. */
function promisedTimes(bundle: SigstoreBundle, logs: readonly VerifiedEntry[]): ProvenTime[] {
  return bundle.entries.flatMap((entry, i): ProvenTime[] =>
    !entry.hasInclusionPromise || entry.integratedTime === 0 ? [] : [{
      source: "transparency log",
      name: logs[i]!.key.url,
      time: new Date(entry.integratedTime * 1000).toISOString(),
    }]
  );
}

/** A trusted authority issued the certificate, at each of these times, and the CT logs have promised to record it. */
async function checkCertificate(leaf: Certificate, times: readonly Date[], trust: Trust): Promise<void> {
  if (times.length === 0) {
    throw notVerified("no trusted log or timestamp authority vouches for the time at which it was made", undefined);
  }
  for (const at of times) {
    const [, issuer] = await verifyIssued(leaf, trust.certificateAuthorities, { at, purpose: CODE_SIGNING });
    if (issuer === undefined) throw notVerified("its certificate is one of a certificate authority", undefined);
    verifyScts(leaf, issuer, trust.material.ctlogs);
  }
}

/** The library does not look at what a certificate is for; Fulcio always says it. */
function checkPurpose({ extendedKeyUsage, basicConstraints }: Certificate): void {
  if (extendedKeyUsage === undefined || basicConstraints?.isCa) {
    throw notVerified("its certificate is not one for signing", undefined);
  }
}

function describeSigner(
  { identity, issuer }: FulcioIdentity,
  bundle: SigstoreBundle,
  leaf: Certificate,
  logs: readonly VerifiedEntry[],
  times: ProvenTime[],
  notChecked: string[],
): SigstoreSigner {
  const workflow = readWorkflow(leaf);
  return {
    method: "sigstore",
    identity,
    identityProvider: issuer,
    ...(Object.keys(workflow).length === 0 ? {} : { workflow }),
    times,
    logEntries: bundle.entries.map(({ logIndex, logId }, i) => ({
      log: logs[i]!.key.url,
      logIndex,
      logId: logId.toBase64(),
    })),
    ...(notChecked.length === 0 ? {} : { notChecked }),
    serialNumber: leaf.serialNumber,
    fingerprint: leaf.fingerprint,
  };
}
