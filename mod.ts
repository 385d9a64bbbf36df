/**
 * Signs machine-learning models and verifies them: who signed, and that not one byte has changed.
 * It follows the OpenSSF Model Signing specification (OMS) v1.0; signatures are Sigstore bundles.
 *
 * @module
 */
export { digest, type DigestOptions, type DigestResult } from "./src/api/digest.ts";
export { type ClaimedLogEntry, type ClaimedSigner, inspect, type InspectResult } from "./src/api/inspect.ts";
export { monitor, type MonitorOptions } from "./src/api/monitor.ts";
export type { ModelOptions, SerializationOptions, WorkOptions } from "./src/api/options.ts";
export type { SigstoreSigning, SigstoreVerification } from "./src/api/sigstore.ts";
export { sign, type SignerOptions, type SignOptions, type SignResult } from "./src/api/sign.ts";
export { verify } from "./src/api/verify.ts";
export {
  ModelDiffersError,
  type NotCovered,
  type TrustOptions,
  type VerifyOptions,
  type VerifyReport,
  type VerifyResult,
} from "./src/api/verify_options.ts";
export { ERROR_CODES, type ErrorCode, type ErrorCodeInfo } from "./src/error_codes.ts";
export { ModelSigningError, RefusedError, UnavailableError, UsageError, VerificationError } from "./src/errors.ts";
export type { EngineChoice } from "./src/hash/engines/choose.ts";
export type { EngineName, HashAlgorithm } from "./src/hash/engines/engine.ts";
export type { HashOptions } from "./src/hash/hash_options.ts";
export { StartedWorker, startWorker } from "./src/hash/threads/started_worker.ts";
export type { Differences, LfsPointerFile, LookAlike } from "./src/manifest/diff.ts";
export type { FileRange } from "./src/manifest/shards.ts";
export type { SerializationMethod } from "./src/manifest/manifest.ts";
export type { Finding } from "./src/monitor/finding.ts";
export type { Watch } from "./src/monitor/match.ts";
export type { LogResult, MonitorProgress, MonitorResult } from "./src/monitor/watch_logs.ts";
export type {
  CertificateSigner,
  KeySigner,
  ProvenLogEntry,
  ProvenTime,
  SignerInfo,
  SigstoreSigner,
} from "./src/verify/signer_info.ts";
export type { Workflow } from "./src/x509/fulcio_certificate.ts";
export type { CertificateSigning } from "./src/sign/certificate.ts";
export type { KeySigning } from "./src/sign/key.ts";
export type { AnnouncedSigner } from "./src/sign/sigstore.ts";
export type { LogCheck } from "./src/sigstore/log/check_log.ts";
export type { Person } from "./src/sigstore/login/log_in.ts";
export type { TrustChoice } from "./src/sigstore/trust/trust.ts";
export type { CertificateVerification } from "./src/verify/certificate.ts";
export type { KeyVerification } from "./src/verify/key.ts";
export type { IdentityPolicy } from "./src/verify/sigstore_policy.ts";
export type { TrustReport } from "./src/verify/verifier.ts";
