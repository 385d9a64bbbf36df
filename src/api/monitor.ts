/** Watches transparency logs for signatures in one's name. */
import { ModelSigningError } from "../errors.ts";
import type { Finding } from "../monitor/finding.ts";
import type { Watch } from "../monitor/match.ts";
import type { MonitorProgress, MonitorResult } from "../monitor/watch_logs.ts";
import type { TrustChoice } from "../sigstore/trust/trust.ts";

import {
  BOOLEAN,
  checkOptions,
  FUNCTION,
  required,
  type Rules,
  SIGNAL,
  STRING,
  STRINGS,
  wholeNumber,
} from "./check_options.ts";
import { INSTANCE_RULE, WATCH_RULE } from "./option_rules.ts";

/** What to watch for, and how. */
export interface MonitorOptions {
  /** What to watch for. */
  watch: Watch;
  /** Takes each finding. Only when it is done is the finding noted as reported, so that none is lost. */
  onFinding: (finding: Finding) => void | Promise<void>;
  /** Which Sigstore instance: by default the one set up with `trust init`, or else the public one. */
  instance?: TrustChoice;
  /** Addresses of the logs; by default all of the trusted root that are in use. */
  logs?: readonly string[];
  /** The file that says how far each log was looked at; without it, nothing is remembered. */
  state?: string | undefined;
  /** For a log that the state does not know: the index to begin at; by default its present size. */
  from?: number | undefined;
  /** For a log that the state does not know: look for older entries in its search index, if it has one. */
  quick?: boolean | undefined;
  /** Signature files that are known. */
  expect?: readonly string[];
  /** Told how far the reading of a log is, in entries. */
  onProgress?: ((progress: MonitorProgress) => void) | undefined;
  /** Called with what you should know, but is no error, such as a cache that cannot be written. */
  onWarning?: ((message: string) => void) | undefined;
  /** Stops it. */
  signal?: AbortSignal;
}

const MONITOR_RULES: Rules<MonitorOptions> = {
  watch: required(WATCH_RULE),
  onFinding: required(FUNCTION),
  instance: INSTANCE_RULE,
  logs: STRINGS,
  state: STRING,
  from: wholeNumber(0),
  quick: BOOLEAN,
  expect: STRINGS,
  onProgress: FUNCTION,
  onWarning: FUNCTION,
  signal: SIGNAL,
};

/**
 * Looks at all entries that came into the logs since the last time, and reports those that are watched for.
 *
 * Each log must be consistent with what was seen of it before, and every entry is proven to be in it (RFC 6962): a log can
 * neither hide an entry nor take one back without this being noticed. One that fails does not keep the others from being
 * read. A first look, for a log that the state does not know, begins at its present size.
 *
 * @example Raise the alarm at what is not expected
 * ```ts ignore
 * import { monitor } from "@model-signing/model-signing";
 *
 * const { alarming } = await monitor({
 *   watch: { identity: "me@example.com" },
 *   state: "monitor.json",
 *   expect: ["bert/model.sig"],
 *   onFinding: (finding) => console.log(finding.log, finding.index, finding.digest),
 * });
 * if (alarming > 0) Deno.exitCode = 1;
 * ```
 * @param options What to watch for, and how.
 * @returns What was done, and how many findings are cause for alarm.
 * @throws {UsageError} If a log is not in the trusted root, or the options do not fit.
 * @throws {VerificationError} If a log contradicts itself or what it showed before (`LOG_CONTRADICTION`,
 * `LOG_CONSISTENCY`, `LOG_INCLUSION`).
 * @throws {UnavailableError} If a log, the trust or the state cannot be read, or is not what it should be.
 */
export async function monitor(options: MonitorOptions): Promise<MonitorResult> {
  checkOptions(options, MONITOR_RULES);
  const [{ watchLogs }, { monitoredLogs }, { createMatcher }, { loadTrust }, { asMonitorFailure }] = await Promise.all([
    import("../monitor/watch_logs.ts"),
    import("../monitor/monitored_logs.ts"),
    import("../monitor/match.ts"),
    import("../sigstore/trust/trust.ts"),
    import("../monitor/failure.ts"),
  ]);
  createMatcher(options.watch); // Before the network is asked for anything.
  const { instance = { staging: false, offline: false }, logs = [], signal, onWarning } = options;
  const loaded = loadTrust(instance, { signal, onWarning }).catch((error) => {
    throw error instanceof ModelSigningError ? asMonitorFailure(error) : error;
  });
  const { trustedRoot, signingConfig, rekorV2SigningConfig } = await loaded;
  const configs = [signingConfig, rekorV2SigningConfig].filter((config) => config !== undefined);
  return await watchLogs({ ...options, trustedRoot, logs: monitoredLogs(trustedRoot, configs, logs) });
}
