/** The command `monitor`. */
import { monitor } from "../api/monitor.ts";
import { UsageError, VerificationError } from "../errors.ts";
import type { Finding } from "../monitor/finding.ts";
import type { Watch } from "../monitor/match.ts";
import type { LogResult, MonitorResult } from "../monitor/watch_logs.ts";
import { escapeControls, quote } from "../text/quote.ts";
import { messageOf, withFlags } from "./flags.ts";
import { repeatLook } from "./monitor_loop.ts";
import { startReadingProgress } from "./monitor_progress.ts";
import type { Output } from "./output.ts";
import type { Options, Request } from "./parse.ts";
import { fields } from "./report.ts";
import { endOnSignal } from "./signals.ts";
import { trustChoice } from "./trust_choice.ts";
import { count } from "./units.ts";

/**
 * Watches transparency logs, once or again and again. Findings are printed as they are found.
 *
 * @param request The request.
 * @param output Where to print.
 * @throws {VerificationError} If there is an unexpected finding (`UNEXPECTED`), or a log contradicts itself.
 */
export async function runMonitor({ operands, options }: Request, output: Output): Promise<void> {
  const expect = options.values("expect");
  // A shell makes several names of `--expect *.sig`.
  if (operands.length > 0 && expect.length === 0) {
    throw new UsageError("ARGUMENT", `unexpected argument ${quote(operands[0]!)}: monitor takes options only`);
  }
  const watch = watchOf(options);
  checkRepetition(options);
  const progress = startReadingProgress(output);
  const stopListening = endOnSignal(() => progress?.end());
  const look = async (): Promise<MonitorResult> =>
    await monitor({
      watch,
      instance: trustChoice(options),
      logs: options.values("log"),
      state: options.value("state"),
      from: options.number("from"),
      quick: options.flag("quick"),
      expect: [...expect, ...operands],
      onFinding: (finding) => {
        progress?.end();
        output.result(options.flag("json") ? `${JSON.stringify(finding)}\n` : describe(finding, output));
      },
      onProgress: progress?.update,
      onWarning: (message) => output.log("warning", withFlags(message)),
    });
  try {
    const seconds = options.number("interval");
    if (seconds === undefined) throwIfAlarming(tell(await look(), output));
    else await repeatLook(async () => void tell(await look(), output), { seconds, output });
  } finally {
    stopListening();
    progress?.end();
  }
}

function watchOf(options: Options): Watch {
  const [identity, fingerprint, digest] = ["identity", "fingerprint", "digest"].map((name) => options.value(name));
  const given = [identity, fingerprint, digest].filter((value) => value !== undefined).length;
  if (given !== 1) {
    throw new UsageError("OPTION", "Cannot monitor: name one of --identity, --fingerprint and --digest to watch for");
  }
  const identityProvider = options.value("identity-provider");
  if (identity !== undefined) return { identity, identityProvider };
  if (identityProvider !== undefined) {
    throw new UsageError("OPTION", "Cannot use --identity-provider without --identity");
  }
  return fingerprint === undefined ? { digest: digest! } : { fingerprint };
}

function checkRepetition(options: Options): void {
  if (options.flag("once") && options.number("interval") !== undefined) {
    throw new UsageError("OPTION", "Cannot use both --once and --interval: give one of them");
  }
  if (options.number("interval") !== undefined && options.value("state") === undefined) {
    throw new UsageError("OPTION", "Cannot use --interval without --state: name a file that remembers what was seen");
  }
}

/** Says what was done, on standard error. */
function tell(result: MonitorResult, output: Output): MonitorResult {
  for (const log of result.logs) {
    // A state without the log may belong to another instance, or somebody removed the log from it.
    const isGap = result.resumed && log.isNew && !log.searched && log.from > 0;
    output.log(isGap ? "warning" : "info", describeLog(log));
    if (log.unreadable > 0) {
      output.log(
        "warning",
        `${count(log.unreadable, "certificate")} in ${
          quote(log.log)
        } may be what is watched for, but could not be read`,
      );
    }
    if (log.notJson > 0) output.log("debug", `Entries of ${quote(log.log)} that are not JSON: ${log.notJson}`);
  }
  for (const failure of result.failures) output.log("error", messageOf(failure));
  return result;
}

function describeLog({ log, from, to, isNew, searched }: LogResult): string {
  const read = to === from
    ? `nothing new at index ${to}`
    : to - from === 1
    ? `checked entry ${from}`
    : `checked entries ${from}–${to - 1}`;
  const looked = `${quote(log)}: ${read}`;
  if (!isNew) return looked;
  const older = from === 0
    ? ""
    : searched
    ? "; older ones by the search index, which may leave some out"
    : "; older ones were not checked, which --from would do";
  return `${looked}; watched for the first time${older}`;
}

function throwIfAlarming({ alarming }: MonitorResult): void {
  if (alarming === 0) return;
  throw new VerificationError(
    "UNEXPECTED",
    `Found ${alarming === 1 ? "1 log entry that is" : `${alarming} log entries that are`} not expected: ` +
      "find out who signed; name your own signatures with --expect",
  );
}

/** A finding as text. All of it was written by the maker of the entry, so control characters are escaped. */
function describe(finding: Finding, output: Output): string {
  const rows: [string, string | null][] = [
    ["identity", finding.identity],
    ["provider", finding.identityProvider],
    ["logged", finding.time],
    ["issued", finding.issued],
    ["digest", finding.digest],
    ["kind", finding.kind],
    ["certificate", finding.fingerprint],
    ["signature", finding.expected],
    [
      "issued by",
      finding.trusted === false
        ? "no certificate authority of the trusted root: verification with that root refuses this"
        : null,
    ],
  ];
  const shown = rows.filter((row): row is [string, string] => row[1] !== null);
  return `${heading(finding, output)} entry ${finding.index} of ${quote(finding.log)}\n` +
    fields(shown.map(([name, value]) => [name, escapeControls(value)]));
}

function heading(finding: Finding, output: Output): string {
  if (finding.expected !== null) return output.style("good", "Expected");
  return output.style("bad", "Unexpected");
}
