/**
 * The errors that a caller is expected to catch. Each class has one meaning and one exit status of the command line;
 * `code` is stable and for programs, the message is for people. A message names options as the library does, in
 * backticks (`shardSize`); the command line shows flags instead (src/cli/flags.ts).
 */
import type { ErrorCode } from "./error_codes.ts";

/** The base class of all errors of this library. */
export abstract class ModelSigningError extends Error {
  /** Stable name of the error, for programs. */
  readonly code: ErrorCode;

  /**
   * Creates the error.
   *
   * @param code Stable name of the error, for programs.
   * @param message One sentence for people: what failed, on which file or service, why, and what to do.
   * @param options The `cause`.
   */
  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.name = new.target.name;
  }
}

/** The signature or the model does not verify (exit status 1). */
export class VerificationError extends ModelSigningError {}

/** Signing was refused: an unsupported key, a wrong password, a model that may not be signed (exit status 1). */
export class RefusedError extends ModelSigningError {}

/** The call is wrong: an option is missing, unknown or out of range (exit status 2). */
export class UsageError extends ModelSigningError {}

/** The environment failed: a file or service is unavailable, or a file changed while it was read (exit status 3). */
export class UnavailableError extends ModelSigningError {}
