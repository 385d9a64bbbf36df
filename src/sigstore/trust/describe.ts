/** Whom a trust means, in values that can be printed. */
import type { CertificateAuthority, TimeRange, TransparencyLogInstance } from "@sigstore/protobuf-specs";
import { PublicKeyDetails } from "@sigstore/protobuf-specs";
import { X509Certificate } from "node:crypto";
import { UnavailableError } from "../../errors.ts";
import { selectServices } from "./select_services.ts";
import type { Trust } from "./trust.ts";

/** From when to when something is valid, in ISO 8601; `null` for an open end. */
export interface Period {
  readonly start: string | null;
  readonly end: string | null;
}

/** A log with its key. */
export interface LogInfo extends Period {
  readonly url: string;
  /** Its id in hex. */
  readonly id: string;
  /** Kind of its key. */
  readonly key: string;
}

/** An authority with its certificates. */
export interface AuthorityInfo extends Period {
  readonly url: string;
  /** The certificates, its own first. */
  readonly certificates: readonly { readonly subject: string; readonly sha256: string; readonly notAfter: string }[];
}

/** The services that would sign now. */
export interface ServicesInfo {
  readonly certificateAuthority: string;
  readonly identityProvider: string | null;
  readonly logs: readonly { readonly url: string; readonly version: number }[];
  readonly timestampAuthorities: readonly string[];
}

/** Whom a trust means. */
export interface TrustInfo {
  readonly origin: string;
  readonly asOf: string | null;
  readonly mirror: string | null;
  readonly rootVersion: number | null;
  readonly expires: string | null;
  readonly certificateAuthorities: readonly AuthorityInfo[];
  readonly logs: readonly LogInfo[];
  readonly ctLogs: readonly LogInfo[];
  readonly timestampAuthorities: readonly AuthorityInfo[];
  /** `null` if there is no signing config, or none of its services can be used. */
  readonly services: ServicesInfo | null;
}

/**
 * Says whom a trust means.
 *
 * @param trust The trust.
 * @param now The time for which services are selected.
 * @returns Plain values.
 */
export function describeTrust(trust: Trust, now: Date): TrustInfo {
  const { trustedRoot, origin, asOf, tuf } = trust;
  return {
    origin,
    asOf: asOf?.toISOString() ?? null,
    mirror: tuf?.mirror.href ?? null,
    rootVersion: tuf?.rootVersion ?? null,
    expires: tuf?.expires.toISOString() ?? null,
    certificateAuthorities: trustedRoot.certificateAuthorities.map(describeAuthority),
    logs: trustedRoot.tlogs.map(describeLog),
    ctLogs: trustedRoot.ctlogs.map(describeLog),
    timestampAuthorities: trustedRoot.timestampAuthorities.map(describeAuthority),
    services: describeServices(trust, now),
  };
}

/**
 * How old a trust is.
 *
 * @param asOf The day on which it was what the instance said.
 * @param now The present time.
 * @returns Such as `as of 2026-11-05, 17 days ago`.
 */
export function describeAge(asOf: Date, now: Date): string {
  const days = Math.floor((now.getTime() - asOf.getTime()) / 86_400_000);
  const ago = days < 0
    ? "which is in the future"
    : days === 0
    ? "less than a day ago"
    : days === 1
    ? "1 day ago"
    : `${days} days ago`;
  return `as of ${asOf.toISOString().slice(0, 10)}, ${ago}`;
}

function describePeriod(period: TimeRange | undefined): Period {
  return { start: period?.start?.toISOString() ?? null, end: period?.end?.toISOString() ?? null };
}

function describeLog({ baseUrl, logId, publicKey }: TransparencyLogInstance): LogInfo {
  return {
    url: baseUrl,
    id: new Uint8Array(logId!.keyId).toHex(),
    key: PublicKeyDetails[publicKey!.keyDetails]!,
    ...describePeriod(publicKey!.validFor),
  };
}

function describeAuthority({ uri, certChain, validFor }: CertificateAuthority): AuthorityInfo {
  const certificates = certChain!.certificates.map(({ rawBytes }) => {
    const { subject, fingerprint256, validTo } = new X509Certificate(rawBytes);
    return {
      subject: subject.split("\n").reverse().join(", "),
      sha256: fingerprint256.replaceAll(":", "").toLowerCase(),
      notAfter: new Date(validTo).toISOString(),
    };
  });
  return { url: uri, certificates, ...describePeriod(validFor) };
}

function describeServices({ signingConfig }: Trust, now: Date): ServicesInfo | null {
  if (signingConfig === undefined) return null;
  try {
    const { fulcio, oidcIssuer, logs, timestampAuthorities } = selectServices(signingConfig, { now });
    return {
      certificateAuthority: fulcio.href,
      identityProvider: oidcIssuer?.href ?? null,
      logs: logs.map(({ url, majorApiVersion }) => ({ url: url.href, version: majorApiVersion })),
      timestampAuthorities: timestampAuthorities.map((url) => url.href),
    };
  } catch (error) {
    if (error instanceof UnavailableError) return null;
    throw error;
  }
}
