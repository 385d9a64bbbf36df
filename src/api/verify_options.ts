/** What verifying is told, and what it says. */
import { VerificationError } from "../errors.ts";
import type { EngineName, HashAlgorithm } from "../hash/engines/engine.ts";
import type { Differences } from "../manifest/diff.ts";
import type { SerializationMethod } from "../manifest/manifest.ts";
import type { SignerInfo } from "../verify/signer_info.ts";
import type { CertificateVerification } from "../verify/certificate.ts";
import type { KeyVerification } from "../verify/key.ts";
import type { TrustReport } from "../verify/verifier.ts";
import type { SigstoreVerification } from "./sigstore.ts";
import type { ModelOptions, WorkOptions } from "./options.ts";

/** Whom to trust: an identity, a key, or root certificates. */
export type TrustOptions = SigstoreVerification | KeyVerification | CertificateVerification;

/** Options of `verify`. */
export interface VerifyOptions extends ModelOptions, WorkOptions {
  /** Whom to trust. */
  trust: TrustOptions;
  /**
   * The serialization that the signature must have. Required for `h1` and `h2`: such a signature is over 32 bytes and
   * does not say what they are, so without this option anything else that was signed with the key could be taken for a
   * model.
   */
  serialization?: SerializationMethod;
  /**
   * Whether to follow symbolic links where the signature does not say it, that is with `h1` and `h2`.
   * @default {false}
   */
  allowSymlinks?: boolean;
  /**
   * Whether files that the signature does not list are no failure. They are not verified; `notCovered` lists them.
   * @default {false}
   */
  ignoreUnsignedFiles?: boolean;
  /**
   * Whether the model may hold files that the signature does not cover, because the signature or an option leaves them
   * out. If not, any such file is an error with code `NOT_COVERED`.
   * @default {true}
   */
  allowUncovered?: boolean;
}

/** A part of a model that a signature says nothing about. */
export interface NotCovered {
  /** Name of a file or directory, relative to the model. */
  path: string;
  /** Number of files there, links included; `null` if it could not be determined. */
  files: number | null;
}

/** What a signature says, as far as it is known. */
export interface VerifyReport {
  /** The signing method. */
  method: TrustOptions["kind"];
  /** The serialization method. */
  serialization: SerializationMethod | null;
  /** The hash algorithm of the files or shards. */
  hashAlgorithm: HashAlgorithm | null;
  /** Who signed, once that is proven. */
  signer: SignerInfo | null;
  /** Number of files in the model, without what was left out. */
  files: number;
  /** Bytes hashed. */
  bytes: number;
  /** Paths that the signature or the options leave out, whether or not there is anything. */
  ignorePaths: string[];
  /**
   * Everything in the model that the signature does not cover, in code point order: what is there at `ignorePaths`, and
   * unsigned files that were allowed. Nobody has signed it, so do not load or run it. The signature file itself is not
   * listed.
   */
  notCovered: NotCovered[];
  /** How the model differs from what was signed. */
  differences: Differences;
}

/** What `verify` proved. */
export interface VerifyResult extends VerifyReport {
  /** Always `true`: whatever does not verify is thrown. */
  verified: true;
  /** What was proven and what is not covered, in one sentence for people. */
  verdict: string;
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

/**
 * The signature is good, but the model is not what was signed: with code `MODEL_DIFFERS` signed files differ or others
 * were added; with code `NOT_COVERED` all signed files are as signed, but `allowUncovered` is `false` and there is more.
 */
export class ModelDiffersError extends VerificationError {
  /** What is known of model and signature. */
  readonly report: VerifyReport;

  /**
   * Makes the error.
   *
   * @param message One sentence.
   * @param report What is known of model and signature.
   * @param code What is wrong.
   */
  constructor(message: string, report: VerifyReport, code: "MODEL_DIFFERS" | "NOT_COVERED" = "MODEL_DIFFERS") {
    super(code, message);
    this.report = report;
  }
}

/** What is proven once a model is the signed one. */
export type Proven = Omit<VerifyResult, "verified" | "seconds">;
