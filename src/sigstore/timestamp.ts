/** Timestamp authorities: a signed statement that a signature existed at a time (RFC 3161). */
import { createHash, randomBytes } from "node:crypto";
import * as pkijs from "pkijs";
import * as asn1js from "asn1js";
import { LIMITS } from "../limits.ts";
import { ask, failure, type Patience, type ServiceRequest } from "./http.ts";

const SHA_256 = "2.16.840.1.101.3.4.2.1";

/**
 * Asks for a timestamp.
 *
 * @param url Address of the authority, with its path.
 * @param signature What is stamped: its SHA-256 is sent.
 * @param options Stopping and patience.
 * @returns The response in DER. It is to be verified like any other; only the nonce is checked here.
 * @throws {UnavailableError} If there is none.
 */
export async function requestTimestamp(
  url: URL,
  signature: Uint8Array,
  options: { readonly signal?: AbortSignal | undefined; readonly patience?: Patience | undefined },
): Promise<Uint8Array> {
  const nonce = randomNonce();
  const asked: ServiceRequest = {
    service: "the timestamp authority",
    // Signing configs name the whole path; only an address without any gets the usual one.
    url: url.pathname === "/" ? new URL("/api/v1/timestamp", url) : url,
    method: "POST",
    headers: { "content-type": "application/timestamp-query", accept: "application/timestamp-reply" },
    body: encodeQuery(signature, nonce),
    maxBytes: LIMITS.timestampBytes,
    ...options,
  };
  const { bytes } = await ask(asked);
  if (nonceIn(bytes) !== nonce.toHex()) throw failure(asked, "its answer is not to this request: the nonce differs");
  return bytes;
}

/** 16 random bytes, as a positive number in the shortest form: the first bit is not set, the first byte not zero. */
function randomNonce(): Uint8Array<ArrayBuffer> {
  const nonce = new Uint8Array(randomBytes(16));
  nonce[0] = nonce[0]! & 0x3f | 0x40;
  return nonce;
}

function encodeQuery(signature: Uint8Array, nonce: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const digest = new Uint8Array(createHash("sha256").update(signature).digest());
  const query = new pkijs.TimeStampReq({
    version: 1,
    messageImprint: new pkijs.MessageImprint({
      hashAlgorithm: new pkijs.AlgorithmIdentifier({ algorithmId: SHA_256, algorithmParams: new asn1js.Null() }),
      hashedMessage: new asn1js.OctetString({ valueHex: digest }),
    }),
    nonce: new asn1js.Integer({ valueHex: nonce }),
    certReq: true,
  });
  return new Uint8Array(query.toSchema().toBER());
}

function nonceIn(response: Uint8Array<ArrayBuffer>): string | undefined {
  try {
    const { timeStampToken } = pkijs.TimeStampResp.fromBER(response);
    const content = new pkijs.SignedData({ schema: timeStampToken!.content }).encapContentInfo.eContent!;
    const info = pkijs.TSTInfo.fromBER(new Uint8Array(content.getValue()));
    return info.nonce?.valueBlock.valueHexView.toHex();
  } catch {
    return undefined;
  }
}
