/** The method `certificate`: sign with an EC private key and the certificate of its public key (OMS v1.0 §4.1). */
import { RefusedError, VerificationError } from "../errors.ts";
import type { Certificate } from "../x509/certificate.ts";
import { keysEqual, publicKeyFromSpki } from "../keys/ec_key.ts";
import { readCertificates } from "../x509/read_certificates.ts";
import { LIMITS } from "../limits.ts";
import { quote } from "../text/quote.ts";
import { checkLeafUsage } from "../x509/path.ts";
import { certificateSigner } from "../verify/certificate.ts";
import { pemSigningKey } from "./memory_key.ts";
import { type Signer, signWithKey } from "./signer.ts";
import type { SigningKey } from "./signing_key.ts";

/** What the method needs. */
export interface CertificateSigning {
  /** The method. */
  kind: "certificate";
  /** An EC private key on P-256, P-384 or P-521: the text of a PEM file, SEC1 or PKCS#8, encrypted or not. */
  privateKey: string;
  /** The password of an encrypted key. */
  password?: string;
  /** The certificate of the key: the text of a PEM file. */
  certificate: string;
  /** The intermediate certificates, from the one that issued `certificate` upwards: the texts of PEM files. */
  chain?: readonly string[];
  /** What messages call the key, such as its file's name. */
  keyName?: string;
  /** What messages call the certificate, such as its file's name. */
  certificateName?: string;
  /** What messages call the files of `chain`, in the same order. */
  chainNames?: readonly string[];
}

/**
 * Makes a signer from a private key and a certificate in PEM files.
 *
 * @param options Key and certificates.
 * @returns The signer.
 * @throws {RefusedError} If the key cannot be used, the password is missing or wrong, the certificate is for another key
 * (`CERTIFICATE_KEY`) or may not sign now (`CERTIFICATE_NOT_ALLOWED`), or there are too many certificates (`CHAIN_TOO_LONG`).
 */
export function openCertificateSigner(options: CertificateSigning): Signer {
  return certificateKeySigner(pemSigningKey(options), options);
}

/** The certificates of a signing key. */
export type CertificateFiles = Pick<CertificateSigning, "certificate" | "chain" | "certificateName" | "chainNames">;

/** The signer of a certificate's signing key, wherever the key is kept. */
export function certificateKeySigner(key: SigningKey, options: CertificateFiles): Signer {
  const name = options.certificateName ?? "the signing certificate";
  const [leaf, ...rest] = readCertificates(options.certificate, name);
  if (!keysEqual(publicKeyFromSpki(leaf!.publicKey, name), key.publicKey)) {
    throw new RefusedError("CERTIFICATE_KEY", `Cannot sign with ${quote(name)}: it is not for the private key given`);
  }
  checkMaySign(leaf!);
  const chain = (options.chain ?? []).flatMap((pem, i) =>
    readCertificates(pem, options.chainNames?.[i] ?? "the certificate chain")
  );
  // The files often repeat certificates: keep each once.
  const certificates = [...new Map([leaf!, ...rest, ...chain].map((one) => [one.fingerprint, one.der])).values()];
  if (certificates.length > LIMITS.certificates) {
    throw new RefusedError(
      "CHAIN_TOO_LONG",
      `Cannot sign with ${certificates.length} certificates: at most ${LIMITS.certificates} fit into a signature`,
    );
  }
  const signer = certificateSigner(leaf!);
  return {
    sign: async (content) => ({
      text: await signWithKey(content, key, { kind: "x509CertificateChain", certificates }),
      signer,
    }),
  };
}

/** Refuses to sign what nobody could verify. */
function checkMaySign(leaf: Certificate): void {
  try {
    checkLeafUsage(leaf, new Date());
  } catch (cause) {
    if (!(cause instanceof VerificationError)) throw cause;
    throw new RefusedError("CERTIFICATE_NOT_ALLOWED", cause.message.replace(/^Cannot \w+/, "Cannot sign"), { cause });
  }
}
