/** Whom `monitor` trusts, and which logs it watches. */
import type { TrustedRoot } from "@sigstore/protobuf-specs";
import { UsageError } from "../errors.ts";
import { monitoredLogs, type WatchedLog } from "../monitor/monitored_logs.ts";
import { readLimited } from "../read_limited.ts";
import { parseClientTrustConfig } from "../sigstore/trust/client_trust_config.ts";
import { TRUST_LIMITS } from "../sigstore/trust/limits.ts";
import { parseTrustedRoot } from "../sigstore/trust/trusted_root.ts";
import { quote } from "../quote.ts";
import type { Options } from "./parse.ts";

/**
 * Loads whom to trust, and names the logs to watch: those of `--log`, or else all that are in use.
 *
 * @param options The options.
 * @returns Both.
 */
export function monitorTrust(options: Options): { trustedRoot: TrustedRoot; logs: WatchedLog[] } {
  const { trustedRoot, signingConfig } = loadTrust(options);
  return { trustedRoot, logs: monitoredLogs(trustedRoot, signingConfig, options.values("log")) };
}

function loadTrust(
  options: Options,
): Partial<ReturnType<typeof parseClientTrustConfig>> & { trustedRoot: TrustedRoot } {
  const [rootFile, configFile] = [options.value("trusted-root"), options.value("trust-config")];
  if (rootFile !== undefined && configFile !== undefined) {
    throw new UsageError("OPTION", "Cannot use --trusted-root with --trust-config: each names whom to trust");
  }
  const path = rootFile ?? configFile;
  if (path === undefined) throw new UsageError("OPTION", "Cannot monitor without --trust-config or --trusted-root");
  const text = new TextDecoder().decode(readLimited(path, TRUST_LIMITS.documentBytes, "the trust config"));
  return rootFile === undefined
    ? parseClientTrustConfig(text, quote(path))
    : { trustedRoot: parseTrustedRoot(text, quote(path)) };
}
