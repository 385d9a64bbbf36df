/** Writing to a Rekor v2 log, which takes a digest only: an entry of kind `hashedrekord` for whatever was signed. */
import { createHash } from "node:crypto";
import type { TransparencyLogEntry } from "@sigstore/protobuf-specs";
import { askForJson, failure, folder, type ServiceRequest } from "./http.ts";
import type { Recorded, RequestOptions } from "./log_entry.ts";

/**
 * Records a signature by a P-256 key. For an envelope the digest is over its pre-authentication encoding, as those are
 * the bytes that were signed.
 *
 * @param log Address of the log.
 * @param recorded The signature.
 * @param options Stopping and patience.
 * @returns The entry, of which nothing is verified. It holds no promise and no time.
 * @throws {UnavailableError} If the log does not take it.
 */
export async function recordInRekorV2(
  log: URL,
  recorded: Recorded,
  options: RequestOptions,
): Promise<TransparencyLogEntry> {
  const request: ServiceRequest = {
    service: "the transparency log",
    url: new URL("api/v2/log/entries", folder(log)),
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(createRequest(recorded)),
    ...options,
  };
  const answer = await askForJson(request);
  const { TransparencyLogEntry } = await import("@sigstore/protobuf-specs");
  try {
    const entry = TransparencyLogEntry.fromJSON(answer);
    // The protobuf mapping takes anything for an entry of which all is left out.
    if (entry.inclusionProof === undefined) throw new Error("no inclusion proof");
    return entry;
  } catch (cause) {
    throw failure(request, "its answer is not a log entry with a proof", cause);
  }
}

function createRequest({ signature, signed, certificate }: Recorded): unknown {
  const digest = new Uint8Array(createHash("sha256").update(signed).digest()).toBase64();
  const verifier = {
    keyDetails: "PKIX_ECDSA_P256_SHA_256",
    x509Certificate: { rawBytes: certificate.toBase64() },
  };
  return { hashedRekordRequestV002: { digest, signature: { content: signature.toBase64(), verifier } } };
}
