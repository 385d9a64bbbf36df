/** Which logs there are to watch. */
import type { SigningConfig, TrustedRoot } from "@sigstore/protobuf-specs";
import { logKeys } from "../sigstore/log/log_key.ts";

/** A log to watch. */
export interface WatchedLog {
  /** Its address; the trusted root must have a key of it. */
  readonly url: string;
  /** Which version of Rekor it is, if that is known. */
  readonly version?: 1 | 2 | undefined;
}

/**
 * Names the logs to watch: those that the user names, or else all of the trusted root that are in use, or
 * were until lately.
 *
 * @param root The trusted root.
 * @param configs Signing configs, which say at which address and version a log is asked.
 * @param named The addresses that the user names.
 * @returns The logs.
 */
export function monitoredLogs(
  root: TrustedRoot,
  configs: readonly SigningConfig[],
  named: readonly string[],
): WatchedLog[] {
  const services = configs.flatMap((config) => config.rekorTlogUrls)
    .filter(({ majorApiVersion }) => [1, 2].includes(majorApiVersion));
  const serviceAt = (url: string): WatchedLog => {
    const service = services.find((one) => addressOf(one.url) === addressOf(url));
    return service === undefined ? { url } : { url, version: service.majorApiVersion as 1 | 2 };
  };
  if (named.length > 0) return [...new Set(named)].map(serviceAt);
  const keys = logKeys(root).filter(({ end }) => end === undefined || end.getTime() + GRACE_MS > Date.now());
  return [...new Set(keys.map(({ url }) => url))].map(serviceAt);
}

/**
 * A log whose key is no longer valid takes no more entries. But the last ones came in after the last look, whenever that
 * was.
 */
const GRACE_MS = 90 * 24 * 60 * 60 * 1000;

/** Host and path, as a trusted root may leave out the scheme. */
function addressOf(url: string): string {
  return url.replace(/^https?:\/\//, "").replace(/\/+$/, "").toLowerCase();
}
