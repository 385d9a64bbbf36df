/** Certificates in PEM files. */
import { RefusedError } from "../errors.ts";
import { quote } from "../quote.ts";
import { type Certificate, parseCertificate } from "./certificate.ts";
import { describeBlock, pemBlocks } from "./pem.ts";

/**
 * Reads all certificates of a PEM file.
 *
 * @param pem The text of the file.
 * @param name The file's name, for messages.
 * @returns At least one certificate, in the order of the file.
 * @throws {RefusedError} If the file holds none (`NOT_PEM`, `NO_CERTIFICATE`).
 * @throws {VerificationError} If one of them cannot be read (`CERTIFICATE_INVALID`).
 */
export function readCertificates(pem: string, name: string): Certificate[] {
  const blocks = pemBlocks(pem, name);
  const certificates = blocks.filter((block) => describeBlock(block.label) === "a certificate");
  if (certificates.length === 0) {
    const found = describeBlock(blocks[0]!.label);
    throw new RefusedError("NO_CERTIFICATE", `Cannot use ${quote(name)} as it holds ${found}: a certificate is needed`);
  }
  return certificates.map((block) => parseCertificate(decodeBlock(block.text, name), quote(name)));
}

function decodeBlock(text: string, name: string): Uint8Array {
  try {
    return Uint8Array.fromBase64(text.replace(/-----[^-]+-----/g, ""), { lastChunkHandling: "strict" });
  } catch (cause) {
    throw new RefusedError("NOT_PEM", `Cannot read ${quote(name)}: a block of it is not base64`, { cause });
  }
}
