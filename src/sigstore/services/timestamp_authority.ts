/** Timestamp authorities: a signed statement that a signature existed at a time (RFC 3161). */
import { createHash, randomBytes } from "node:crypto";
import * as pkijs from "pkijs";
import * as asn1js from "asn1js";
import { LIMITS } from "../../limits.ts";
import { quote } from "../../text/quote.ts";
import { ask, failure, type RequestPolicy, type ServiceRequest } from "../../io/http.ts";

const SHA_256 = "2.16.840.1.101.3.4.2.1";

/**
 * Asks for a timestamp.
 *
 * @param url Address of the authority, with its path.
 * @param signature What is stamped: its SHA-256 is sent.
 * @param options Stopping and retryPolicy.
 * @returns The response in DER. It is to be verified like any other; only the nonce is checked here.
 * @throws {UnavailableError} If there is none.
 */
export async function requestTimestamp(
  url: URL,
  signature: Uint8Array,
  options: { readonly signal?: AbortSignal | undefined; readonly retryPolicy?: RequestPolicy | undefined },
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
  const reason = reasonAgainst(bytes, nonce.toHex());
  if (reason !== undefined) throw failure(asked, reason);
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

/** What is wrong with a response (RFC 3161 §2.4.2), as far as it shows before the timestamp is verified. */
function reasonAgainst(bytes: Uint8Array<ArrayBuffer>, nonce: string): string | undefined {
  let response: pkijs.TimeStampResp;
  try {
    response = pkijs.TimeStampResp.fromBER(bytes);
  } catch {
    return "its answer is not a timestamp response (RFC 3161)";
  }
  const { status, statusStrings, failInfo } = response.status;
  if (status !== GRANTED && status !== GRANTED_WITH_MODS) return rejection(status, statusStrings, failInfo);
  const found = nonceIn(response);
  if (found === undefined) return "its answer holds no timestamp that can be read, or one without a nonce";
  return found === nonce ? undefined : "its answer is not to this request: the nonce differs";
}

const [GRANTED, GRANTED_WITH_MODS] = [0, 1];
const STATUSES = ["granted", "granted with modifications", "rejection", "waiting", "revocation warning", "revoked"];

/** PKIFailureInfo (RFC 3161 §2.4.2), by the number of the bit. */
const FAILURES: Readonly<Record<number, string>> = {
  0: "the algorithm is not recognized or supported",
  2: "the transaction is not permitted or supported",
  5: "the request has the wrong format",
  14: "its time source is not available",
  15: "the requested policy is not supported",
  16: "a requested extension is not supported",
  17: "additional information cannot be understood or is not available",
  25: "a failure of the system",
};

function rejection(
  status: number,
  strings: readonly asn1js.Utf8String[] | undefined,
  info: asn1js.BitString | undefined,
): string {
  const words = (strings ?? []).map((one) => one.valueBlock.value).join("; ");
  const bits = [...info?.valueBlock.valueHexView ?? []].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  const reasons = [...bits].flatMap((bit, i) => bit === "1" ? [FAILURES[i] ?? `failure ${i}`] : []);
  const why = [...reasons, ...(words === "" ? [] : [quote(words.slice(0, 200))])].join(", ");
  return `it refused the request with status ${STATUSES[status] ?? status}${why === "" ? "" : `: ${why}`}`;
}

function nonceIn({ timeStampToken }: pkijs.TimeStampResp): string | undefined {
  try {
    const content = new pkijs.SignedData({ schema: timeStampToken!.content }).encapContentInfo.eContent!;
    const info = pkijs.TSTInfo.fromBER(new Uint8Array(content.getValue()));
    return info.nonce?.valueBlock.valueHexView.toHex();
  } catch {
    return undefined;
  }
}
