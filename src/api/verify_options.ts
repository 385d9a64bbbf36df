/** What verifying is told, and what it says. */
import { VerificationError } from "../errors.ts";
import type { EngineName, HashAlgorithm } from "../hash/engine.ts";
import type { Differences } from "../manifest/diff.ts";
import type { SerializationMethod } from "../manifest/manifest.ts";
import type { SignerInfo } from "../oms/signer_info.ts";
import type { CertificateVerification } from "../verify/certificate.ts";
import type { KeyVerification } from "../verify/key.ts";
import type { SigstoreVerification, TrustReport } from "./sigstore.ts";
import type { ModelOptions, WorkOptions } from "./options.ts";

/** Whom to trust: an identity, a key, or root certificates. */
export type VerificationMethod = SigstoreVerification | KeyVerification | CertificateVerification;

/** Options of `verify`. */
export interface VerifyOptions extends ModelOptions, WorkOptions {
  /** Whom to trust. */
  method: VerificationMethod;
  /** The serialization of a signature that does not say it, `h1` or `h2`; by default `h2` is tried, then `h1`. */
  serialization?: SerializationMethod;
  /**
   * Whether to follow symbolic links where the signature does not say it, that is with `h1` and `h2`.
   * @default {false}
   */
  allowSymlinks?: boolean;
  /**
   * Whether files that the signature does not list are no failure. They are then not verified, nor looked at.
   * @default {false}
   */
  ignoreUnsignedFiles?: boolean;
}

/** What a signature says, as far as it is known. */
export interface VerifyReport {
  /** The signing method. */
  method: VerificationMethod["method"];
  /** The serialization method. */
  serialization: SerializationMethod | null;
  /** The hash algorithm of the files or shards. */
  hashAlgorithm: HashAlgorithm | null;
  /** Who signed, once that is proven. */
  signer: SignerInfo | null;
  /** Number of files that were compared. */
  files: number;
  /** Bytes hashed. */
  bytes: number;
  /** Paths that were left out, by the signature's word or by options. What is there was not looked at. */
  ignorePaths: string[];
  /** How the model differs from what was signed. */
  differences: Differences;
}

/** What `verify` proved. */
export interface VerifyResult extends VerifyReport {
  /** Always `true`: whatever does not verify is thrown. */
  verified: true;
  /** The serialization method. */
  serialization: SerializationMethod;
  /** The hash algorithm of the files or shards. */
  hashAlgorithm: HashAlgorithm;
  /** Who signed. */
  signer: SignerInfo;
  /** The digest that was signed, as `sha256:HEX`; absent from the oldest signatures. */
  digest?: string;
  /** With method `sigstore`, what was trusted. */
  trust?: TrustReport;
  /** The engine that hashed. */
  engine: EngineName;
  /** Why this engine, for people. */
  engineReason: string;
  /** Time it took, in seconds. */
  seconds: number;
}

/** The signature is good, but the model is not what was signed. */
export class ModelDiffersError extends VerificationError {
  /** What is known of model and signature. */
  readonly report: VerifyReport;

  /**
   * Makes the error.
   *
   * @param message One sentence.
   * @param report What is known of model and signature.
   */
  constructor(message: string, report: VerifyReport) {
    super("MODEL_DIFFERS", message);
    this.report = report;
  }
}

/** What is proven once a model is the signed one. */
export type Proven = Omit<VerifyResult, "verified" | "seconds">;
