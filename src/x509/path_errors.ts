/** Errors of certification paths: why there is none, and how certificates appear in messages. */
import { VerificationError } from "../errors.ts";
import type { Certificate } from "./certificate.ts";
import type { Pool } from "./path_pool.ts";
import { MAX_RSA_BITS } from "./signature_key.ts";
import { weakHash } from "./signature_scheme.ts";
import { schemeLabel, schemeOf, unsupportedKey } from "./certificate_signature.ts";

/**
 * The error for a certificate without a path to a trust anchor.
 *
 * @param reached The certificates that signatures lead to, from the leaf upwards.
 * @param pool All certificates.
 * @returns The most helpful error: a signature that cannot be checked, as the path may continue above it, or else what is
 * missing above the last certificate.
 */
export async function untrustedError(reached: readonly Certificate[], pool: Pool): Promise<VerificationError> {
  for (const certificate of reached) {
    const isDeadEnd = (await pool.issuersOf(certificate)).length === 0;
    const error = isDeadEnd ? uncheckable(certificate, pool) : undefined;
    if (error !== undefined) return error;
  }
  const last = reached[reached.length - 1]!;
  const reason = `${await whatIsMissing(last, pool)}, a root that leads to it is needed: ` +
    `the roots given are ${formatRoots(pool.roots)}`;
  return new VerificationError(
    "CHAIN_UNTRUSTED",
    `Cannot trust the certificate ${describeCertificate(last)}: ${reason}`,
  );
}

function uncheckable(certificate: Certificate, pool: Pool): VerificationError | undefined {
  const scheme = schemeOf(certificate);
  const issuer = `its issuer "${shorten(certificate.issuer)}"`;
  const begin = `Cannot check the signature on the certificate ${describeCertificate(certificate)}`;
  if (scheme === undefined) {
    return unsupported(`${begin}: ${issuer} signed with ${schemeLabel(certificate)}`);
  }
  const weak = weakHash(scheme);
  if (weak !== undefined) {
    return new VerificationError(
      "WEAK_CERTIFICATE",
      `${begin}: ${issuer} signed with ${weak}, which can be forged, a certificate signed with SHA-256 is needed`,
    );
  }
  const kind = pool.namesakesOfIssuer(certificate).map(unsupportedKey).find((found) => found !== undefined);
  return kind === undefined ? undefined : unsupported(`${begin}: ${issuer} has a key of ${kind}`);
}

function unsupported(reason: string): VerificationError {
  return new VerificationError(
    "CERTIFICATE_UNSUPPORTED",
    `${reason}, which is not supported; ECDSA on P-256, P-384 or P-521, Ed25519, or RSA with 2048 to ${MAX_RSA_BITS} ` +
      "bits is needed",
  );
}

async function whatIsMissing(last: Certificate, pool: Pool): Promise<string> {
  const issuers = await pool.issuersOf(last);
  if (issuers.includes(last)) return "it is signed by itself and is not among the trusted roots";
  const issuer = `its issuer "${shorten(last.issuer)}"`;
  const namesakes = pool.namesakesOfIssuer(last).filter((other) => other !== last);
  return namesakes.length === 0
    ? `${issuer} is neither in the signature nor among the trusted roots`
    : `it was not signed by ${issuer} that is here, or it was changed since`;
}

/** A certificate in a message: its subject, or else an alternative name or its serial number, as the subject may be empty. */
export function describeCertificate({ subject, alternativeNames, serialNumber }: Certificate): string {
  const name = subject === "" ? alternativeNames[0] : subject;
  return name === undefined ? `with serial number ${shorten(serialNumber)}` : `"${shorten(name)}"`;
}

function formatRoots(roots: readonly Certificate[]): string {
  const names = roots.slice(0, 5).map(describeCertificate);
  const more = roots.length > names.length ? ` and ${roots.length - names.length} more` : "";
  return `${formatList(names, "none")}${more}`;
}

/** Items of a certificate in a message; `none` if there are none. */
export function formatList(items: readonly string[], none: string): string {
  return items.length === 0 ? none : shorten(items.join(", "));
}

/** Certificate text is attacker-controlled and may be long: truncate it. */
function shorten(text: string): string {
  return text.length > 500 ? `${text.slice(0, 500)}…` : text;
}
