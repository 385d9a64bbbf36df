/** Witnesses: services that give evidence that a signature existed, a timestamp or an entry of a transparency log. */
import type { TransparencyLogEntry, TrustedRoot } from "@sigstore/protobuf-specs";
import { logKeys } from "../sigstore/log/log_key.ts";
import type { ProposedEntry, RequestOptions } from "../sigstore/services/proposed_entry.ts";
import { recordInRekorV1 } from "../sigstore/services/rekor_v1.ts";
import { recordInRekorV2 } from "../sigstore/services/rekor_v2.ts";
import { requestTimestamp } from "../sigstore/services/timestamp_authority.ts";
import type { LogService } from "../sigstore/trust/select_services.ts";

/** What a signature is over, and the certificate of its key: what a log records besides the signature. */
export type AttestedContent = Omit<ProposedEntry, "signature">;

/** Evidence that a signature existed. The verifier of the finished bundle checks it; a witness does not. */
export type Evidence =
  /** TimeStampResp in DER (RFC 3161 §2.4.2). */
  | { readonly kind: "timestamp"; readonly response: Uint8Array }
  | { readonly kind: "logEntry"; readonly entry: TransparencyLogEntry };

/** Attests signatures. */
export interface Witness {
  /**
   * Asks for evidence.
   *
   * @param signature The signature.
   * @param content What it is over.
   * @returns The evidence, not yet verified.
   * @throws {UnavailableError} If the service does not give it.
   */
  attest(signature: Uint8Array, content: AttestedContent): Promise<Evidence>;
}

/** A timestamp authority (RFC 3161). It sees only the digest of the signature. */
export function timestampWitness(url: URL, request: RequestOptions): Witness {
  return {
    attest: async (signature) => ({
      kind: "timestamp",
      response: await requestTimestamp(url, signature, request),
    }),
  };
}

/**
 * A transparency log, Rekor v1 or v2. Attesting makes the signature and its certificate public, permanently.
 *
 * @param log The log.
 * @param trustedRoot Has the log's keys.
 * @param request How to make requests.
 * @returns The witness.
 */
export function logWitness(log: LogService, trustedRoot: TrustedRoot, request: RequestOptions): Witness {
  return {
    attest: async (signature, content) => {
      const proposed = { signature, ...content };
      const entry = log.majorApiVersion === 1
        ? await recordInRekorV1(log.url, proposed, request)
        : await recordInRekorV2(log.url, proposed, { ...request, keys: logKeys(trustedRoot) });
      return { kind: "logEntry", entry };
    },
  };
}
