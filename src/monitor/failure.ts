/** Which failures of a look at the logs are an alarm: evidence against a log, and nothing else. */
import { type ModelSigningError, UnavailableError, VerificationError } from "../errors.ts";
import { isEvidence } from "../sigstore/log/contradiction.ts";

/**
 * A failure as a monitor reports it. An expired TUF timestamp, a checkpoint with a wrong signature or an entry that is not
 * delivered keeps the monitor from looking, so it is an environment error; it proves nothing about the log.
 *
 * @param error The error of trust or log.
 * @returns The error itself if it is evidence, or else one that says that there was no look.
 */
export function asMonitorFailure(error: ModelSigningError): ModelSigningError {
  if (!(error instanceof VerificationError)) return error;
  return isEvidence(error) ? error : new UnavailableError(error.code, error.message, { cause: error });
}
