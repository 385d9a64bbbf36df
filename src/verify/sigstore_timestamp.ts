/** The RFC 3161 timestamps of a Sigstore bundle. */
import { VerificationError } from "../errors.ts";
import type { ProvenTime } from "./signer_info.ts";
import { bytesEqual } from "../text/bytes_equal.ts";
import type { Authority } from "../x509/authority.ts";
import { verifyTimestamp } from "../x509/timestamp.ts";

/**
 * Verifies all timestamps of a bundle.
 *
 * @param timestamps The responses of the authorities, in DER.
 * @param signature The signature that they must be over.
 * @param authorities The trusted timestamp authorities.
 * @returns The proven times.
 * @throws {VerificationError} If one of them does not verify, or occurs twice (`TIMESTAMP_INVALID`).
 */
export async function verifyTimestamps(
  timestamps: readonly Uint8Array[],
  signature: Uint8Array,
  authorities: readonly Authority[],
): Promise<ProvenTime[]> {
  if (timestamps.some((one, i) => timestamps.slice(0, i).some((other) => bytesEqual(one, other)))) {
    throw new VerificationError("TIMESTAMP_INVALID", "Cannot verify the signature: it has the same timestamp twice");
  }
  const times: ProvenTime[] = [];
  for (const der of timestamps) {
    const { time, path } = await verifyTimestamp(der, signature, authorities);
    times.push({ source: "timestamp authority", name: path[0]!.subject, time: time.toISOString() });
  }
  return times;
}
