/** Changes something deep within DER, with the lengths around it made to fit. */
import { DerReader } from "../../src/asn1/der.ts";
import { der } from "../_certificates.ts";
import type { Json } from "../oms/_forge.ts";

/**
 * A copy of some DER with the content of one element changed.
 *
 * @param bytes One element.
 * @param path Which element within it: the place in each level.
 * @param change Makes the new content of the old one.
 */
export function editDer(
  bytes: Uint8Array,
  [place, ...path]: readonly number[],
  change: (content: Uint8Array) => Uint8Array,
): Uint8Array<ArrayBuffer> {
  const { tag, content } = new DerReader(bytes).next();
  if (place === undefined) return der(tag, change(content));
  return der(tag, ...elements(bytes).map((one, i) => i === place ? editDer(one, path, change) : one));
}

/** The elements within another. */
export function elements(bytes: Uint8Array): Uint8Array[] {
  const reader = new DerReader(new DerReader(bytes).next().content);
  const all: Uint8Array[] = [];
  while (!reader.isEmpty) all.push(reader.next().bytes);
  return all;
}

/** Where in a timestamp the octets are that hold what is signed (RFC 3161 §2.4.2, RFC 5652 §5.2). */
export const SIGNED_CONTENT = [1, 1, 0, 2, 1, 0];

/** Where in a timestamp the list of signers is, if it holds certificates too. */
export const SIGNERS = [1, 1, 0, 4];

/** Changes the first timestamp of a bundle. */
export function changeTimestamp(change: (timestamp: Uint8Array) => Uint8Array): (bundle: Json) => void {
  return ({ verificationMaterial: { timestampVerificationData: { rfc3161Timestamps } } }) => {
    const timestamp = Uint8Array.fromBase64(rfc3161Timestamps[0].signedTimestamp);
    rfc3161Timestamps[0].signedTimestamp = change(timestamp).toBase64();
  };
}
