import type { ErrorCode } from "../error_codes.ts";
import { VerificationError } from "../errors.ts";

/** The error for a signed manifest that contradicts itself or the specification. */
export function manifestError(code: ErrorCode, reason: string): VerificationError {
  return new VerificationError(code, `Cannot verify the signature: the signed manifest is inconsistent: ${reason}`);
}
