/**
 * The method `sigstore`: verify by an identity (OMS v1.0 §8.2). Certificate, log entry, timestamps and signature are
 * verified by `@sigstore/verify`; what it leaves open is checked here and beside, and the identity is compared here.
 */
import "../sigstore/mend.ts";
import { type Bundle as LibraryBundle, bundleFromJSON } from "@sigstore/bundle";
import { RFC3161Timestamp } from "@sigstore/core";
import type { TrustedRoot } from "@sigstore/protobuf-specs";
import { toSignedEntity, Verifier as LibraryVerifier } from "@sigstore/verify";
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { VerificationError } from "../errors.ts";
import { type Certificate, extensionValue, parseCertificate } from "../keys/certificate.ts";
import { type FulcioIdentity, readFulcioIdentity, readWorkflow } from "../keys/fulcio_certificate.ts";
import type { ProvenTime, SigstoreSigner } from "../oms/signer_info.ts";
import { jsonError, type JsonObject } from "../oms/json.ts";
import { parseSigstoreBundle, type SigstoreBundle } from "../oms/sigstore_bundle.ts";
import { isSameBytes } from "../same_bytes.ts";
import { checkLog, type LogCheck } from "../sigstore/log/check_log.ts";
import { checkLeaf } from "./chain.ts";
import { checkLogEntry, checkLogWasValid, type VerifiedEntry } from "./sigstore_entry.ts";
import { type IdentityPolicy, type Policy, readPolicy } from "./sigstore_policy.ts";
import { readTrust, type Trust } from "./sigstore_trust.ts";
import { checkTimestampForm } from "./sigstore_timestamp.ts";
import { checkPayloadType, type OpenedSignature, type Verifier } from "./verifier.ts";

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
export function openSigstoreVerifier(
  options: IdentityPolicy,
  root: TrustedRoot | (() => Promise<TrustedRoot>),
  asking: LogAsking = { checkLog: false },
): Verifier {
  const policy = readPolicy(options);
  return {
    async open(signature, payload): Promise<OpenedSignature> {
      const bundle = parseSigstoreBundle(signature);
      const trusted = typeof root === "function" ? await root() : root;
      const opened = verifyBundle(bundle, readTrust(trusted), policy);
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
export function verifyUnrecorded(
  { bundle: bytes, message, now }: UnrecordedSignature,
  options: IdentityPolicy,
  root: TrustedRoot,
): void {
  const opened = verifyBundle(parseSigstoreBundle(bytes), readTrust(root), readPolicy(options), now);
  if (opened.kind === "message" && message !== undefined) opened.verify(message);
}

/** `unrecordedAt`: the bundle has no log entries yet, and this is the present time. */
function verifyBundle(bundle: SigstoreBundle, trust: Trust, policy: Policy, unrecordedAt?: Date): OpenedSignature {
  const leaf = parseCertificate(bundle.certificate, "the signing certificate in the signature");
  checkPurpose(leaf);
  checkChainIsKnown(bundle, trust);
  checkHasSct(leaf, trust);
  for (const timestamp of bundle.timestamps) checkTimestampForm(timestamp, trust.timestampCertificates);
  if (unrecordedAt === undefined) checkIsRecorded(bundle, trust);
  const logs = bundle.entries.map((entry) => checkLogEntry(entry, leaf.der, trust.logs));
  const { content } = bundle;
  const verification = { trust: withCheckpointNames(trust, logs), unrecordedAt };
  verifyWithLibrary(bundle, undefined, verification);
  const times = provenTimes(bundle, logs, trust);
  const dates = times.map(({ time }) => new Date(time));
  checkTimes(leaf, logs, unrecordedAt === undefined ? dates : [...dates, unrecordedAt]);
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
    isAbout: (message) => createHash(hash).update(message).digest().equals(content.digest),
    verify: (message) => verifyWithLibrary(bundle, message, verification),
  };
}

/** A trusted root without transparency logs is of an instance that has none; any other demands an entry. */
function checkIsRecorded({ entries }: SigstoreBundle, { material }: Trust): void {
  if (entries.length > 0 || material.tlogs.length === 0) return;
  const place = "verificationMaterial.tlogEntries";
  throw jsonError(place, "is empty: the signature was not recorded in a transparency log");
}

/** The list of signed certificate timestamps (RFC 6962 §3.3). */
const SCT_LIST = "1.3.6.1.4.1.11129.2.4.2";

/**
 * A trusted root without CT logs is of an instance that has none, whose certificates carry no SCT. A certificate with one
 * shows that the root is incomplete.
 */
function checkHasSct(leaf: Certificate, { material }: Trust): void {
  const hasSct = extensionValue(leaf, SCT_LIST) !== undefined;
  if (hasSct === material.ctlogs.length > 0) return;
  throw notVerified(
    hasSct
      ? "its certificate has a signed certificate timestamp (SCT), but the trusted root has no CT log to verify it with"
      : "its certificate has no signed certificate timestamp (SCT), which the CT logs of the trusted root must have issued",
    undefined,
  );
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
  for (const { logIndex, hasPromise, integratedTime } of entries) {
    if (hasPromise || integratedTime === 0) continue;
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
  readonly trust: Trust;
  readonly unrecordedAt: Date | undefined;
}

/** A message that is not known yet is left open. */
function verifyWithLibrary(
  bundle: SigstoreBundle,
  message: Uint8Array | undefined,
  { trust: { material }, unrecordedAt }: LibraryVerification,
): void {
  try {
    const entity = toSignedEntity(toLibrary(bundle), message && Buffer.from(message));
    const isOpen = bundle.content.kind === "message" && message === undefined;
    const known = isOpen ? withoutMessage(entity) : entity;
    const isRecorded = unrecordedAt === undefined && material.tlogs.length > 0;
    const thresholds = { tlogThreshold: isRecorded ? 1 : 0, ctlogThreshold: material.ctlogs.length > 0 ? 1 : 0 };
    const verifier = new LibraryVerifier(material, thresholds);
    verifier.verify(unrecordedAt === undefined ? known : withTime(known, unrecordedAt));
  } catch (cause) {
    // Whatever the library throws at hostile input is no more than this to the caller.
    const { code } = cause as { code?: unknown };
    throw notVerified(REASONS.get(code) ?? "it cannot be read", cause);
  }
}

/** A time at which the certificate must be valid besides those in the bundle, in the form of a log's time. */
function withTime(entity: Entity, time: Date): Entity {
  const tlogEntry = {
    inclusionPromise: { signedEntryTimestamp: Buffer.of() },
    integratedTime: `${Math.floor(time.getTime() / 1000)}`,
    logId: { keyId: Buffer.of() },
  } as unknown as Extract<Entity["timestamps"][number], { $case: "transparency-log" }>["tlogEntry"];
  return { ...entity, timestamps: [...entity.timestamps, { $case: "transparency-log", tlogEntry }] };
}

/** What went wrong, by the library's codes. */
const REASONS: ReadonlyMap<unknown, string> = new Map([
  [
    "CERTIFICATE_ERROR",
    "its certificate was not issued, at the time of signing, by a trusted authority and recorded in " +
    "a trusted log of certificates",
  ],
  ["SIGNATURE_ERROR", "it was not made with the key in its certificate, or it was changed since"],
  ["TIMESTAMP_ERROR", "no trusted log or timestamp authority vouches for the time at which it was made"],
  ["TLOG_BODY_ERROR", "its entry in the transparency log is about another signature"],
  ["TLOG_ERROR", "it has no entry, or the same entry twice, in a trusted transparency log"],
  ["TLOG_INCLUSION_PROMISE_ERROR", "a trusted transparency log has not promised to include its entry"],
  ["TLOG_INCLUSION_PROOF_ERROR", "its entry is not proven to be in a trusted transparency log"],
  ["TLOG_MISSING_INCLUSION_ERROR", "its entry is not proven to be in a trusted transparency log"],
]);

function notVerified(reason: string, cause: unknown): VerificationError {
  return new VerificationError("SIGNATURE_WRONG", `Cannot verify the signature: ${reason}`, { cause });
}

/** The trusted root has the chain; what an old bundle has besides must be of it, or it is there to impress. */
function checkChainIsKnown({ chain }: SigstoreBundle, { authorityCertificates }: Trust): void {
  for (const der of chain) {
    if (!authorityCertificates.some((known) => isSameBytes(known, der))) {
      throw notVerified("it holds a certificate of an authority that is not trusted", undefined);
    }
  }
}

/** Only a promise vouches for the time in an entry. */
function provenTimes(bundle: SigstoreBundle, logs: readonly VerifiedEntry[], trust: Trust): ProvenTime[] {
  const promised = bundle.entries.flatMap((entry, i): ProvenTime[] =>
    !entry.hasPromise || entry.integratedTime === 0 ? [] : [{
      source: "transparency log",
      name: logs[i]!.key.url,
      time: new Date(entry.integratedTime * 1000).toISOString(),
    }]
  );
  const stamped = bundle.timestamps.map((der): ProvenTime => {
    const { signerSerialNumber, signingTime } = RFC3161Timestamp.parse(Buffer.from(der));
    const name = trust.timestampAuthorityName(signerSerialNumber);
    return { source: "timestamp authority", name, time: signingTime.toISOString() };
  });
  return [...promised, ...stamped];
}

function checkTimes(leaf: Certificate, logs: readonly VerifiedEntry[], times: readonly Date[]): void {
  if (times.length === 0) throw notVerified(REASONS.get("TIMESTAMP_ERROR")!, undefined);
  for (const time of times) checkLeaf(leaf, time);
  for (const { key } of logs) checkLogWasValid(key, times);
}

/** The library does not look at what a certificate is for; Fulcio always says it. */
function checkPurpose({ extendedKeyUsage, basicConstraints }: Certificate): void {
  if (extendedKeyUsage === undefined || basicConstraints?.isAuthority) {
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
