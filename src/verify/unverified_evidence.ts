/** Timestamps and log entries in bundles of the methods `key` and `certificate`, which do not verify them. */
import type { Bundle } from "../bundle/bundle.ts";
import { VerificationError } from "../errors.ts";
import { parseJson } from "../json/read.ts";

/**
 * Checks the form of timestamps and log entries.
 *
 * @param bundle The bundle.
 * @returns A line for each: it proves nothing here. Empty if there are none.
 * @throws {VerificationError} If a timestamp is not an RFC 3161 response that was granted (`TIMESTAMP_INVALID`), or the
 * body of a log entry is not JSON (`SIGNATURE_INVALID`).
 */
export async function checkUnverifiedEvidence({ timestamps, logEntries }: Bundle): Promise<string[]> {
  if (timestamps.length > 0) await checkTimestampForms(timestamps);
  for (const { body } of logEntries) parseJson(body, "the body of a log entry");
  return [...notVerified("timestamp", timestamps.length), ...notVerified("log entry", logEntries.length)];
}

/** RFC 3161 §2.4.2. The parser is loaded only for bundles that need it. */
async function checkTimestampForms(timestamps: readonly Uint8Array[]): Promise<void> {
  const { readTimestamp, TimestampError } = await import("../x509/timestamp_token.ts");
  for (const der of timestamps) {
    try {
      readTimestamp(der);
    } catch (cause) {
      if (!(cause instanceof TimestampError)) throw cause;
      throw new VerificationError("TIMESTAMP_INVALID", `Cannot read a timestamp in the signature: ${cause.message}`, {
        cause,
      });
    }
  }
}

function notVerified(what: string, count: number): string[] {
  return Array.from(
    { length: count },
    (_, i) => `${what}: not verified${count === 1 ? "" : ` (${i + 1} of ${count})`}`,
  );
}
