/** Exit statuses. Scripts rely on them. */
import { RefusedError, UsageError, VerificationError } from "../errors.ts";

/** What the program's exit status says. */
export const EXIT = { done: 0, notVerified: 1, usage: 2, environment: 3, interrupted: 130, terminated: 143 } as const;

/**
 * The exit status for an error.
 *
 * @param error What was thrown.
 * @returns 1, 2 or 3. An unknown error is an environment error, never success.
 */
export function exitStatus(error: unknown): number {
  if (error instanceof UsageError) return EXIT.usage;
  if (error instanceof VerificationError || error instanceof RefusedError) return EXIT.notVerified;
  return EXIT.environment;
}
