import type { ErrorCode } from "../error_codes.ts";
import { VerificationError } from "../errors.ts";

/** The error for a signed manifest that cannot be believed. */
export function manifestFault(code: ErrorCode, what: string): VerificationError {
  return new VerificationError(code, `Cannot believe the signed manifest: ${what}`);
}
