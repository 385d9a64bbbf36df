/** Who signed, as results and reports show it. */

/** The holder of a private key, known by the public key alone. */
export interface KeySigner {
  /** The method. */
  method: "key";
  /** The curve of the key. */
  curve: string;
  /** Hex SHA-256 of the public key's PEM text: the `hint` of OMS v1.0 §4.1. */
  keyHint: string;
}

/** The subject of a certificate. */
export interface CertificateSigner {
  /** The method. */
  method: "certificate";
  /** Distinguished name of the subject. */
  subject: string;
  /** Distinguished name of the issuer. */
  issuer: string;
  /** Serial number in hex. */
  serialNumber: string;
  /** Hex SHA-256 of the certificate. */
  fingerprint: string;
  /** Beginning of its validity, ISO 8601. */
  notBefore: string;
  /** End of its validity, ISO 8601. */
  notAfter: string;
}

/** Who signed. */
export type SignerInfo = KeySigner | CertificateSigner;
