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
  const { trustedRoot, signingConfig, rekorV2SigningConfig } = await loadTrust(trustChoice(options));
  const configs = [signingConfig, rekorV2SigningConfig].filter((config) => config !== undefined);
  return { trustedRoot, logs: monitoredLogs(trustedRoot, configs, options.values("log")) };
}
