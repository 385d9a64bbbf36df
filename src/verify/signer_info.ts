/** The signer, as results and reports describe it. */
import type { LogCheck } from "../sigstore/log/check_log.ts";
import type { Workflow } from "../x509/fulcio_certificate.ts";

/** The holder of a private key, identified by the public key alone. */
export interface KeySigner {
  /** The method. */
  method: "key";
  /** The curve of the key. */
  curve: string;
  /** Hex SHA-256 of the public key's PEM text: the `hint` of OMS v1.0 §4.1. */
  keyHint: string;
  /** Timestamps and log entries in the signature, which this method does not verify. Absent if there are none. */
  notChecked?: string[];
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
  /** Timestamps and log entries in the signature, which this method does not verify. Absent if there are none. */
  notChecked?: string[];
}

/** A time at which the signature is proven to have existed. */
export interface ProvenTime {
  /** What proves it. */
  source: "transparency log" | "timestamp authority";
  /** URL of the log, or subject of the authority's certificate. */
  name: string;
  /** The time, ISO 8601. */
  time: string;
}

/** A transparency log entry that is proven to be about this signature. */
export interface ProvenLogEntry {
  /** URL of the log. */
  log: string;
  /** Index in the log, in decimal digits. */
  logIndex: string;
  /** Base64 of the log's id. */
  logId: string;
}

/** The holder of an identity, certified by Sigstore. */
export interface SigstoreSigner {
  /** The method. */
  method: "sigstore";
  /** An e-mail address, a URI such as that of a workflow, or a user name. */
  identity: string;
  /** The OIDC issuer that authenticated the identity. */
  identityProvider: string;
  /** The CI job, if one signed. */
  workflow?: Workflow;
  /** When it was signed, according to each proof of time. */
  times: ProvenTime[];
  /** Where the signing event is recorded. */
  logEntries: ProvenLogEntry[];
  /** Checks that were skipped, such as the SCT if the trusted root has no CT log. Absent if none was. */
  notChecked?: string[];
  /** The answers of the logs, if they were asked. */
  logChecks?: LogCheck[];
  /** Serial number of the certificate in hex. */
  serialNumber: string;
  /** Hex SHA-256 of the certificate. */
  fingerprint: string;
}

/** Who signed. */
export type SignerInfo = KeySigner | CertificateSigner | SigstoreSigner;
