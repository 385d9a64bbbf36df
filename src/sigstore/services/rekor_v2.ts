/** Writing to a Rekor v2 log, which takes a digest only: an entry of kind `hashedrekord` for whatever was signed. */
import { createHash } from "node:crypto";
import type { TransparencyLogEntry } from "@sigstore/protobuf-specs";
import { Buffer } from "node:buffer";
import { ask, directory, failure, parseAnswer, type ServiceAnswer, type ServiceRequest } from "../../io/http.ts";
import type { LogKey } from "../log/log_key.ts";
import type { LogEndpoint } from "../log/reply.ts";
import { readInclusionV2 } from "../log/rekor_v2_reader.ts";
import type { ProposedEntry, RequestOptions } from "./proposed_entry.ts";

const CONFLICT = 409;

/**
 * Records a signature by a P-256 key. For an envelope the digest is over its pre-authentication encoding, as those are
 * the bytes that were signed.
 *
 * @param log Address of the log.
 * @param recorded The signature.
 * @param options The trusted keys, stopping and retryPolicy.
 * @returns The entry, of which nothing is verified. It holds no promise and no time.
 * @throws {UnavailableError} If the log does not take it.
 */
export async function recordInRekorV2(
  log: URL,
  recorded: ProposedEntry,
  options: RequestOptions & { readonly keys: readonly LogKey[] },
): Promise<TransparencyLogEntry> {
  const { keys, ...requestOptions } = options;
  const request: ServiceRequest = {
    service: "the transparency log",
    url: new URL("api/v2/log/entries", directory(log)),
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify(createRequest(recorded)),
    accept: [CONFLICT],
    ...requestOptions,
  };
  const reply = await ask(request);
  // A request whose answer was lost has been taken all the same: the log says where the entry is.
  if (reply.status === CONFLICT) {
    return await existingEntry(existingIndex(request, reply), { base: directory(log), keys }, requestOptions);
  }
  const answer = parseAnswer(request, reply);
  const { TransparencyLogEntry } = await import("@sigstore/protobuf-specs");
  try {
    const entry = TransparencyLogEntry.fromJSON(answer);
    // The protobuf mapping accepts anything as an entry with all members absent.
    if (entry.inclusionProof === undefined) throw new Error("no inclusion proof");
    return entry;
  } catch (cause) {
    throw failure(request, "its answer is not a log entry with a proof", cause);
  }
}

/** The index stands in a header, or at the end of the message. */
function existingIndex(request: ServiceRequest, { headers, bytes }: ServiceAnswer): number {
  const header = headers.get("x-log-index") ?? headers.get("grpc-metadata-x-log-index") ?? "";
  const text = /^\d+$/.test(header) ? header : /index (\d+)/.exec(new TextDecoder().decode(bytes))?.[1] ?? "";
  const index = Number(text);
  if (text !== "" && Number.isSafeInteger(index)) return index;
  throw failure(request, "it has this entry already, but does not say where");
}

async function existingEntry(
  index: number,
  endpoint: LogEndpoint,
  options: RequestOptions,
): Promise<TransparencyLogEntry> {
  const { entry, proof, checkpoint } = await readInclusionV2(endpoint, index, options);
  return {
    logIndex: `${index}`,
    logId: { keyId: Buffer.from(checkpoint.key.logId) },
    kindVersion: { kind: "hashedrekord", version: "0.0.2" },
    integratedTime: "0",
    inclusionPromise: undefined,
    inclusionProof: {
      logIndex: `${index}`,
      rootHash: Buffer.from(checkpoint.rootHash),
      treeSize: `${checkpoint.treeSize}`,
      hashes: proof.map((hash) => Buffer.from(hash)),
      checkpoint: { envelope: checkpoint.note },
    },
    canonicalizedBody: Buffer.from(entry.body),
  };
}

function createRequest({ signature, signed, certificate }: ProposedEntry): unknown {
  const digest = new Uint8Array(createHash("sha256").update(signed).digest()).toBase64();
  const verifier = {
    keyDetails: "PKIX_ECDSA_P256_SHA_256",
    x509Certificate: { rawBytes: certificate.toBase64() },
  };
  return { hashedRekordRequestV002: { digest, signature: { content: signature.toBase64(), verifier } } };
}
