/** Signed certificate timestamps (RFC 6962 §3.2): the promise of a CT log to record a certificate, embedded in it. */
import "../sigstore/node_crypto_patch.ts";
import { ByteStream, X509Certificate, X509SCTExtension } from "@sigstore/core";
import type { TrustMaterial } from "@sigstore/verify";
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { VerificationError } from "../errors.ts";
import { type Certificate, extensionValue } from "../x509/certificate.ts";

/** The list of them in a certificate (RFC 6962 §3.3). */
export const SCT_LIST = "1.3.6.1.4.1.11129.2.4.2";

type CtLog = TrustMaterial["ctlogs"][number];

/**
 * Verifies every promise in a certificate. What is signed is the certificate as it was before the promises were added.
 *
 * @param certificate The certificate.
 * @param issuer The one that issued it.
 * @param logs The trusted CT logs. An instance without any issues certificates without promises.
 * @throws {VerificationError} If there is none, the same log twice, or one that does not verify (`SIGNATURE_WRONG`).
 */
export function verifyScts(certificate: Certificate, issuer: Certificate, logs: readonly CtLog[]): void {
  const hasInclusionPromise = extensionValue(certificate, SCT_LIST) !== undefined;
  if (!hasInclusionPromise && logs.length === 0) return;
  if (!hasInclusionPromise) {
    throw wrong(
      "its certificate has no signed certificate timestamp (SCT), which the CT logs of the trusted root must have issued",
    );
  }
  if (logs.length === 0) {
    throw wrong(
      "its certificate has a signed certificate timestamp (SCT), but the trusted root has no CT log to verify it with",
    );
  }
  try {
    checkPromises(certificate, issuer, logs);
  } catch (cause) {
    if (cause instanceof VerificationError) throw cause;
    throw wrong("the promise of a CT log in its certificate cannot be read", cause);
  }
}

function checkPromises(certificate: Certificate, issuer: Certificate, logs: readonly CtLog[]): void {
  const { promises, tbs } = withoutPromises(certificate);
  const precertificate = new ByteStream();
  precertificate.appendView(createHash("sha256").update(issuer.publicKey).digest());
  precertificate.appendUint24(tbs.length);
  precertificate.appendView(tbs);
  const ids = promises.map((promise) => promise.logID.toString("hex"));
  if (new Set(ids).size !== ids.length || ids.length === 0) {
    throw wrong("its certificate does not have one promise of each CT log");
  }
  for (const promise of promises) {
    const isFrom = (log: CtLog): boolean =>
      log.logID.equals(promise.logID) && log.validFor.start <= promise.datetime && promise.datetime <= log.validFor.end;
    if (logs.filter(isFrom).some((log) => promise.verify(precertificate.buffer, log.publicKey))) continue;
    throw wrong("no trusted CT log has made the promise to record its certificate");
  }
}

/** The promises, and TBSCertificate without their extension. */
function withoutPromises(
  { der }: Certificate,
): { promises: X509SCTExtension["signedCertificateTimestamps"]; tbs: Uint8Array } {
  const copy = X509Certificate.parse(Buffer.from(der));
  const index = copy.extensions.findIndex((extension) => extension.subs[0]!.toOID() === SCT_LIST);
  const [extension] = copy.extensions.splice(index, 1);
  const promises = new X509SCTExtension(extension!).signedCertificateTimestamps;
  return { promises, tbs: copy.tbsCertificate.toDER() };
}

function wrong(reason: string, cause?: unknown): VerificationError {
  return new VerificationError("SIGNATURE_WRONG", `Cannot verify the signature: ${reason}`, { cause });
}
