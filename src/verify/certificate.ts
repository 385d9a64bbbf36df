/** The method `certificate`: verify with trusted root certificates (OMS v1.0 §8.2). */
import type { Bundle } from "../bundle/bundle.ts";
import { hasFulcioExtension } from "../bundle/fulcio_extension.ts";
import { publicKeyFromSpki } from "../keys/ec_key.ts";
import { type Certificate, parseCertificate } from "../x509/certificate.ts";
import { verifyChain } from "../x509/path.ts";
import { readCertificates } from "../x509/read_certificates.ts";
import type { CertificateSigner } from "./signer_info.ts";
import { checkUnverifiedEvidence } from "./unverified_evidence.ts";
import { checkOmsVersion, otherMethod, type SignatureCheck, type Verifier } from "./verifier.ts";
import { verifyWithKey } from "./with_key.ts";

/** The root certificates to trust. */
export interface CertificateVerification {
  /** The method. */
  kind: "certificate";
  /** The trusted root certificates: the texts of PEM files, each of which may hold several. */
  roots: readonly string[];
  /** What messages call the files, in the same order. */
  rootNames?: readonly string[];
}

/**
 * Creates a verifier that trusts signing certificates with a certification path to one of the roots.
 *
 * @param options The roots.
 * @param now The present time.
 * @returns The verifier.
 * @throws {RefusedError} If a file holds no certificate.
 */
export function createCertificateVerifier(
  options: CertificateVerification,
  now: () => Date = () => new Date(),
): Verifier {
  const roots = options.roots.flatMap((pem, i) =>
    readCertificates(pem, options.rootNames?.[i] ?? "the root certificate")
  );
  return {
    async verify(bundle, payload): Promise<SignatureCheck> {
      const [leaf, ...intermediates] = readMaterial(bundle);
      const notChecked = await checkUnverifiedEvidence(bundle);
      // RFC 5280 §6. Nothing proves an earlier time, so the path must be valid now.
      await verifyChain(leaf!, intermediates, roots, now());
      const key = publicKeyFromSpki(leaf!.publicKey, SIGNING_CERTIFICATE);
      const signer = { ...certificateSigner(leaf!), ...(notChecked.length === 0 ? {} : { notChecked }) };
      return verifyWithKey(bundle, key, signer, payload);
    },
  };
}

const SIGNING_CERTIFICATE = "the signing certificate in the signature";

/**
 * The certificates of a bundle, leaf first. The Go tool writes the single `certificate` field if it was given no chain
 * (outside OMS v1.0 §4.1), as do signatures with an identity; the latter name their OIDC issuer.
 */
function readMaterial(bundle: Bundle): Certificate[] {
  const { material } = bundle;
  if (material.kind === "publicKey") throw otherMethod("certificate", "key");
  if (material.kind === "certificate" && hasFulcioExtension(material.certificates[0]!)) {
    throw otherMethod("certificate", "sigstore");
  }
  checkOmsVersion(bundle);
  return material.certificates.map((der, i) =>
    parseCertificate(der, i === 0 ? SIGNING_CERTIFICATE : `certificate ${i + 1} in the signature`)
  );
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
