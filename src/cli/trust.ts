/** The command `trust`. */
import { UsageError } from "../errors.ts";
import { escapeControls, quote } from "../text/quote.ts";
import {
  type AuthorityInfo,
  describeAge,
  describeTrust,
  type LogInfo,
  type Period,
} from "../sigstore/trust/describe.ts";
import type { TrustInfo } from "../sigstore/trust/describe.ts";
import { TrustFormatError } from "../sigstore/documents/read.ts";
import { shippedPublic } from "../sigstore/trust/shipped.ts";
import { readAddress } from "../sigstore/trust/signing_config.ts";
import { chooseInstance, choosePublicInstance, loadTrust, type Trust } from "../sigstore/trust/trust.ts";
import { withFlags } from "./flags.ts";
import type { Output } from "./output.ts";
import type { Options, Request } from "./parse.ts";
import { fields } from "./report.ts";
import { trustChoice } from "./trust_choice.ts";

/**
 * Shows or chooses the Sigstore instance that is trusted.
 *
 * @param request The request.
 * @param output Where to print.
 */
export async function runTrust({ method, operands, options }: Request, output: Output): Promise<void> {
  if (operands.length > 0) {
    throw new UsageError("ARGUMENT", `unexpected argument ${quote(operands.join(" "))}: see trust --help`);
  }
  if (method === "init") return await runInit(options, output);
  print(await loadTrust(trustChoice(options), warningsTo(output)), "Trusted", options, output);
}

async function runInit(options: Options, output: Output): Promise<void> {
  const [mirror, root] = [options.value("mirror"), options.value("root")];
  if (mirror === undefined && root === undefined) {
    choosePublicInstance();
    const { instance, mirror } = shippedPublic();
    if (options.flag("json")) output.result(`${JSON.stringify({ mirror: mirror.href, error: null })}\n`);
    else output.result(`From now on ${instance} is trusted\n`);
    return;
  }
  if (mirror === undefined || root === undefined) {
    const missing = mirror === undefined ? "--mirror URL" : "--root FILE";
    throw new UsageError("OPTION", `missing required option ${missing}: --mirror and --root go together`);
  }
  print(await chooseInstance(readMirror(mirror), root, warningsTo(output)), "From now on trusted", options, output);
}

function warningsTo(output: Output): { onWarning: (message: string) => void } {
  return { onWarning: (message) => output.log("warning", withFlags(message)) };
}

function readMirror(text: string): URL {
  try {
    return readAddress(text, "--mirror");
  } catch (error) {
    if (error instanceof TrustFormatError) throw new UsageError("OPTION", `Cannot use ${error.message}`);
    throw error;
  }
}

function print(trust: Trust, title: string, options: Options, output: Output): void {
  const now = new Date();
  const info = describeTrust(trust, now);
  if (options.flag("json")) return output.result(`${JSON.stringify({ ...info, error: null })}\n`);
  const rows = [
    ...(trust.asOf === undefined ? [] : [["age", describeAge(trust.asOf, now)] as const]),
    ...tufRows(info),
    ...serviceRows(info),
    ...info.certificateAuthorities.flatMap((authority) => authorityRows("certificates", authority)),
    ...info.logs.flatMap((log) => logRows("log", log)),
    ...info.ctLogs.flatMap((log) => logRows("CT log", log)),
    ...info.timestampAuthorities.flatMap((authority) => authorityRows("timestamps", authority)),
  ];
  output.result(
    `${output.style("bold", title)}: ${escapeControls(info.origin)}\n` +
      fields(rows.map(([name, value]) => [name, escapeControls(value)])),
  );
}

type Row = readonly [name: string, value: string];

function tufRows({ mirror, rootVersion, expires }: TrustInfo): Row[] {
  if (mirror === null) return [];
  return [["mirror", mirror], ["TUF root", `version ${rootVersion}`], ["expires", expires!]];
}

function serviceRows({ services }: TrustInfo): Row[] {
  if (services === null) return [["signs with", "nothing: there is no signing config, or no service of it fits now"]];
  return [
    ["signs with", services.certificateAuthority],
    ...(services.identityProvider === null ? [] : [["signs with", services.identityProvider] as const]),
    ...services.logs.map(({ url, version }) => ["signs with", `${url} (version ${version})`] as const),
    ...services.timestampAuthorities.map((url) => ["signs with", url] as const),
  ];
}

function authorityRows(name: string, authority: AuthorityInfo): Row[] {
  return [
    [name, `${authority.url} ${describePeriod(authority)}`],
    ...authority.certificates.map(({ subject, sha256 }) => ["", `  ${subject}, SHA-256 ${sha256}`] as const),
  ];
}

function logRows(name: string, log: LogInfo): Row[] {
  return [[name, `${log.url} ${describePeriod(log)}`], ["", `  key ${log.id}, ${log.key}`]];
}

function describePeriod({ start, end }: Period): string {
  const day = (time: string): string => time.slice(0, 10);
  return `${start === null ? "" : `from ${day(start)}`}${end === null ? "" : ` to ${day(end)}`}`;
}
