/** Whether a trusted root is that of the services which a signer is about to use: known before anybody logs in. */
import type { TimeRange, TrustedRoot } from "@sigstore/protobuf-specs";
import { RefusedError } from "../../errors.ts";
import { quoteAddress } from "../../text/address.ts";
import type { SigningServices } from "./select_services.ts";

/**
 * Checks that what the services will answer can verify with the trusted root, as far as the root alone tells: for every
 * kind of service that is used it must have one that is valid now, and a log whose address it names must be valid now.
 *
 * Authorities are not compared by address: a certificate does not tell where it was issued, and an instance may be reached
 * through a proxy.
 *
 * @param services The services.
 * @param root The trusted root.
 * @param now The present time.
 * @throws {RefusedError} If it has none (`SERVICES_NOT_TRUSTED`).
 */
export function checkServices(services: SigningServices, root: TrustedRoot, now: Date): void {
  const { certificateAuthorities, ctlogs, timestampAuthorities, tlogs } = root;
  if (!certificateAuthorities.some(({ validFor }) => isValid(validFor, now))) {
    throw notTrusted("the trusted root has no certificate authority that is valid now");
  }
  if (ctlogs.length > 0 && !ctlogs.some(({ publicKey }) => isValid(publicKey?.validFor, now))) {
    throw notTrusted("none of the CT logs of the trusted root is valid now");
  }
  if (
    services.timestampAuthorities.length > 0 && !timestampAuthorities.some(({ validFor }) => isValid(validFor, now))
  ) {
    throw notTrusted(
      "the signing config names a timestamp authority, but the trusted root has none that is valid now",
    );
  }
  for (const { url } of services.logs) {
    const named = tlogs.filter(({ baseUrl }) => sameAddress(baseUrl, url));
    // A log that the root names by another address is told by its key, when it is asked for its checkpoint.
    const candidates = named.length > 0 ? named : tlogs;
    if (candidates.some(({ publicKey }) => isValid(publicKey?.validFor, now))) continue;
    throw notTrusted(`the trusted root has no key of the transparency log ${quoteAddress(url)} that is valid now`);
  }
}

/**
 * The error for services whose answers do not verify, or would not.
 *
 * @param reason What is wrong.
 * @param cause The error behind it.
 * @returns The error.
 */
export function notTrusted(reason: string, cause?: unknown): RefusedError {
  const message = `Cannot sign: the services of this Sigstore instance are not to be trusted: ${reason}`;
  return new RefusedError("SERVICES_NOT_TRUSTED", message, { cause });
}

/** Both ends belong to the period; an end that is not given is open. */
export function isValid(period: TimeRange | undefined, now: Date): boolean {
  return (period?.start === undefined || period.start <= now) && (period?.end === undefined || now <= period.end);
}

/** A trusted root may give the address without a scheme. */
function sameAddress(baseUrl: string, url: URL): boolean {
  const other = URL.parse(/^https?:\/\//.test(baseUrl) ? baseUrl : `https://${baseUrl}`);
  const place = ({ host, pathname }: URL): string => `${host}${pathname.replace(/\/+$/, "")}`;
  return other !== null && place(other) === place(url);
}
