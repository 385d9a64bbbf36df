/** Signed certificate timestamps (SCTs, RFC 6962 §3.2): promises of CT logs to include a certificate, embedded in it. */
import "../sigstore/node_crypto_patch.ts";
import { ByteStream, X509Certificate, X509SCTExtension } from "@sigstore/core";
import type { TrustMaterial } from "@sigstore/verify";
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { VerificationError } from "../errors.ts";
import { mismatch } from "./sigstore_library.ts";
import { type Certificate, extensionValue } from "../x509/certificate.ts";

/** The certificate extension that holds the list of SCTs (RFC 6962 §3.3). */
const SCT_LIST = "1.3.6.1.4.1.11129.2.4.2";

type CtLog = TrustMaterial["ctlogs"][number];

/**
 * Verifies every SCT in a certificate. An SCT is signed over the precertificate: the certificate without its SCTs.
 *
 * @param certificate The certificate.
 * @param issuer The certificate of its issuer.
 * @param logs The trusted CT logs. An instance without CT logs issues certificates without SCTs.
 * @throws {VerificationError} If there is none, two of one log, or one that does not verify (`SIGNATURE_WRONG`).
 */
export function verifyScts(certificate: Certificate, issuer: Certificate, logs: readonly CtLog[]): void {
  const hasScts = extensionValue(certificate, SCT_LIST) !== undefined;
  if (!hasScts && logs.length === 0) return;
  if (!hasScts) {
    throw mismatch(
      "its certificate has no signed certificate timestamp (SCT), which the CT logs of the trusted root must have issued",
    );
  }
  if (logs.length === 0) {
    throw mismatch(
      "its certificate has a signed certificate timestamp (SCT), but the trusted root has no CT log to verify it with",
    );
  }
  try {
    verifyEach(certificate, issuer, logs);
  } catch (cause) {
    if (cause instanceof VerificationError) throw cause;
    throw mismatch("a signed certificate timestamp (SCT) in its certificate cannot be read", cause);
  }
}

function verifyEach(certificate: Certificate, issuer: Certificate, logs: readonly CtLog[]): void {
  const { scts, tbs } = splitScts(certificate);
  const precertificate = new ByteStream();
  precertificate.appendView(createHash("sha256").update(issuer.publicKey).digest());
  precertificate.appendUint24(tbs.length);
  precertificate.appendView(tbs);
  const ids = scts.map((sct) => sct.logID.toString("hex"));
  if (new Set(ids).size !== ids.length || ids.length === 0) {
    throw mismatch("its certificate has no signed certificate timestamp (SCT), or two of one CT log");
  }
  for (const sct of scts) {
    const isFrom = (log: CtLog): boolean =>
      log.logID.equals(sct.logID) && log.validFor.start <= sct.datetime && sct.datetime <= log.validFor.end;
    if (logs.filter(isFrom).some((log) => sct.verify(precertificate.buffer, log.publicKey))) continue;
    throw mismatch("a signed certificate timestamp (SCT) in its certificate is not by a trusted CT log");
  }
}

/** The SCTs, and the TBSCertificate without their extension. */
function splitScts(
  { der }: Certificate,
): { scts: X509SCTExtension["signedCertificateTimestamps"]; tbs: Uint8Array } {
  const copy = X509Certificate.parse(Buffer.from(der));
  const index = copy.extensions.findIndex((extension) => extension.subs[0]!.toOID() === SCT_LIST);
  const [extension] = copy.extensions.splice(index, 1);
  const scts = new X509SCTExtension(extension!).signedCertificateTimestamps;
  return { scts, tbs: copy.tbsCertificate.toDER() };
}
