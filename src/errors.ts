/**
 * The errors that a caller is expected to catch. Each class has one meaning and one exit status of the command line;
 * `code` is stable and for programs, the message is for people.
 */

/** What every error of this library has. */
export abstract class ModelSigningError extends Error {
  /** Stable name of what is wrong, for programs. */
  readonly code: string;

  /**
   * Makes the error.
   *
   * @param code Stable name of what is wrong.
   * @param message One sentence for people.
   * @param options The `cause`.
   */
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.name = new.target.name;
  }
}

/** The signature or the model does not verify (exit status 1). */
export class VerificationError extends ModelSigningError {}

/** Signing was refused: an unfit key or certificate, a wrong password, a model that may not be signed (exit status 1). */
export class RefusedError extends ModelSigningError {}

/** The call itself is wrong: an option is missing, unknown, or out of range (exit status 2). */
export class UsageError extends ModelSigningError {}

/** The environment failed: a file that cannot be read or written, or that changes meanwhile (exit status 3). */
export class UnavailableError extends ModelSigningError {}
