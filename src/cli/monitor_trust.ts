/** Whom `monitor` trusts, and which logs it watches. */
import type { TrustedRoot } from "@sigstore/protobuf-specs";
import { monitoredLogs, type WatchedLog } from "../monitor/monitored_logs.ts";
import { loadTrust } from "../sigstore/trust/trust.ts";
import type { Options } from "./parse.ts";
import { trustChoice } from "./trust_choice.ts";

/**
 * Loads whom to trust, and names the logs to watch: those of `--log`, or else all that are in use.
 *
 * @param options The options.
 * @returns Both.
 */
export async function monitorTrust(options: Options): Promise<{ trustedRoot: TrustedRoot; logs: WatchedLog[] }> {
  const { trustedRoot, signingConfig } = await loadTrust(trustChoice(options));
  return { trustedRoot, logs: monitoredLogs(trustedRoot, signingConfig, options.values("log")) };
}
