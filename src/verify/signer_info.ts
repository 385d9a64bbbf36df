/** Who signed, as results and reports show it. */
import type { LogCheck } from "../sigstore/log/check_log.ts";
import type { Workflow } from "../x509/fulcio_certificate.ts";

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

/** A time at which the signature is proven to have existed. */
export interface ProvenTime {
  /** Who vouches for it. */
  source: "transparency log" | "timestamp authority";
  /** Which one: its address, or the name in its certificate. */
  name: string;
  /** The time, ISO 8601. */
  time: string;
}

/** An entry of a transparency log that is proven to be about this signature. */
export interface ProvenLogEntry {
  /** Address of the log. */
  log: string;
  /** Position in the log, in decimal digits. */
  logIndex: string;
  /** Base64 of the log's id. */
  logId: string;
}

/** The holder of an identity, known by a certificate of Sigstore. */
export interface SigstoreSigner {
  /** The method. */
  method: "sigstore";
  /** An e-mail address, a URI such as that of a workflow, or a user name. */
  identity: string;
  /** Who vouched for it: the OIDC issuer. */
  identityProvider: string;
  /** What ran, if a CI job signed. */
  workflow?: Workflow;
  /** When it was signed, by each that vouches for a time. */
  times: ProvenTime[];
  /** Where the signing event is recorded. */
  logEntries: ProvenLogEntry[];
  /** What was not there to be checked, such as an SCT where the trusted root has no CT log; left out if nothing. */
  notChecked?: string[];
  /** What the logs said when they were asked, if they were. */
  logChecks?: LogCheck[];
  /** Serial number of the certificate in hex. */
  serialNumber: string;
  /** Hex SHA-256 of the certificate. */
  fingerprint: string;
}

/** Who signed. */
export type SignerInfo = KeySigner | CertificateSigner | SigstoreSigner;
