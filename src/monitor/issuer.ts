/** Both places where a Fulcio certificate may name who vouched for the identity. */
import { type Certificate, extensionValue } from "../keys/certificate.ts";
import { DerReader } from "../keys/der.ts";

/** The issuer as plain bytes, in certificates since the beginning (Fulcio's OID list, 1.1). */
export const OLD_ISSUER = "1.3.6.1.4.1.57264.1.1";

/** The issuer as a DER text (Fulcio's OID list, 1.8). */
const ISSUER = "1.3.6.1.4.1.57264.1.8";

const UTF8_STRING = 0x0c;

/**
 * The issuer in the newer extension.
 *
 * @param certificate The certificate.
 * @returns Its URL, or `undefined`.
 */
export function newIssuer(certificate: Certificate): string | undefined {
  const value = extensionValue(certificate, ISSUER);
  if (value === undefined) return undefined;
  try {
    return plainText(new DerReader(value).take(UTF8_STRING).content);
  } catch {
    return undefined;
  }
}

/**
 * Bytes as text.
 *
 * @param bytes The bytes, if there are any.
 * @returns The text.
 */
export function plainText(bytes: Uint8Array | undefined): string | undefined {
  return bytes && new TextDecoder().decode(bytes);
}
