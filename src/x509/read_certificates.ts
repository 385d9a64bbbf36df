/** Reads certificates from PEM files. */
import { RefusedError } from "../errors.ts";
import { quote } from "../text/quote.ts";
import { type Certificate, parseCertificate } from "./certificate.ts";
import { describeBlock, type PemBlock, pemBlocks } from "../text/pem.ts";

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
  const certificates = blocks.filter(({ label }) => label.endsWith("CERTIFICATE"));
  if (certificates.length === 0) {
    const found = describeBlock(blocks[0]!.label);
    throw new RefusedError("NO_CERTIFICATE", `Cannot use ${quote(name)} as it holds ${found}: a certificate is needed`);
  }
  return certificates.map((block) => parseCertificate(certificateIn(block, name), quote(name)));
}

function certificateIn({ label, headers, content }: PemBlock, name: string): Uint8Array {
  if (label === "CERTIFICATE" || label === "X509 CERTIFICATE") {
    if (headers.size === 0) return content;
    throw new RefusedError(
      "NOT_PEM",
      `Cannot read ${quote(name)}: a certificate in it has PEM headers or is encrypted`,
    );
  }
  // The settings can forbid a use. Ignoring them would trust more than the file allows.
  const advice = label === "TRUSTED CERTIFICATE"
    ? "; without these settings it is a plain certificate, as `openssl x509 -in FILE -out PLAIN.pem` writes it"
    : "";
  throw new RefusedError(
    "CERTIFICATE_KIND",
    `Cannot use ${quote(name)} as it holds ${describeBlock(label)}, which is not supported${advice}`,
  );
}
