/** The method `certificate`: verify with trusted root certificates (OMS v1.0 §8.2). */
import { VerificationError } from "../errors.ts";
import { type Certificate, parseCertificate } from "../x509/certificate.ts";
import { publicKeyFromSpki } from "../keys/ec_key.ts";
import { readCertificates } from "../x509/read_certificates.ts";
import { parseBundle } from "../oms/bundle.ts";
import type { CertificateSigner } from "./signer_info.ts";
import { verifyChain } from "../x509/path.ts";
import { type VerifiedSignature, type Verifier, verifyWithKey } from "./verifier.ts";

/** What the method needs. */
export interface CertificateVerification {
  /** The method. */
  kind: "certificate";
  /** The trusted root certificates: the texts of PEM files, each of which may hold several. */
  roots: readonly string[];
  /** What messages call the files, in the same order. */
  rootNames?: readonly string[];
}

/**
 * Makes a verifier that trusts what was signed by a certificate that leads to one of the roots.
 *
 * @param options The roots.
 * @returns The verifier.
 * @throws {RefusedError} If a file holds no certificate.
 */
export function createCertificateVerifier(options: CertificateVerification): Verifier {
  const roots = options.roots.flatMap((pem, i) =>
    readCertificates(pem, options.rootNames?.[i] ?? "the root certificate")
  );
  return {
    async open(signature, payload): Promise<VerifiedSignature> {
      const bundle = parseBundle(signature);
      if (bundle.material.kind !== "x509CertificateChain") {
        throw new VerificationError(
          "OTHER_METHOD",
          "Cannot verify with method certificate: the signature was made with a key; use method key",
        );
      }
      const [leaf, ...intermediates] = bundle.material.certificates.map((der, i) =>
        parseCertificate(
          der,
          i === 0 ? "the signing certificate in the signature" : `certificate ${i + 1} in the signature`,
        )
      );
      await verifyChain(leaf!, intermediates, roots, new Date());
      const key = publicKeyFromSpki(leaf!.publicKey, "the signing certificate in the signature");
      return verifyWithKey(bundle, key, certificateSigner(leaf!), payload);
    },
  };
}

/** The subject of a certificate, as results show it. */
export function certificateSigner(leaf: Certificate): CertificateSigner {
  return {
    method: "certificate",
    subject: leaf.subject,
    issuer: leaf.issuer,
    serialNumber: leaf.serialNumber,
    fingerprint: leaf.fingerprint,
    notBefore: leaf.notBefore.toISOString(),
    notAfter: leaf.notAfter.toISOString(),
  };
}
