/** Method `sigstore`: maps options to those of the library, asks the signer to confirm, and describes the result. */
import type { SigstoreSigning, SigstoreVerification } from "../api/sigstore.ts";
import { RefusedError, UsageError } from "../errors.ts";
import { mayUse } from "../io/permissions.ts";
import { readLimited } from "../io/read_limited.ts";
import type { TrustReport } from "../verify/verifier.ts";
import type { SigstoreSigner } from "../verify/signer_info.ts";
import { escapeControls, quote } from "../text/quote.ts";
import type { AnnouncedSigner } from "../sign/sigstore.ts";
import { describeAge } from "../sigstore/trust/describe.ts";
import { isTokenShaped, MOST_TOKEN_LENGTH } from "../sigstore/tokens/claims.ts";
import { openBrowser } from "../sigstore/login/open_browser.ts";
import type { Output } from "./output.ts";
import type { Options } from "./parse.ts";
import { trustChoice } from "./trust_choice.ts";

/** How to sign. */
export function sigstoreSigning(options: Options, output: Output): SigstoreSigning {
  return {
    kind: "sigstore",
    instance: trustChoice(options),
    ...identityToken(options),
    ...text(options, "client-id", "clientId"),
    ...text(options, "client-secret", "clientSecret"),
    useAmbientCredentials: options.flag("use-ambient-credentials") ?? false,
    forceOutOfBand: options.flag("oauth-force-oob") ?? false,
    ...person(options, output),
    confirm: (signer) => confirm(signer, options, output),
  };
}

/**
 * The token, or the file that holds it: other users of the machine can see a token on the command line. A file is read
 * again when the token is needed, so that something can keep it fresh.
 */
function identityToken(options: Options): Pick<SigstoreSigning, "identityToken" | "identityTokenName"> {
  const given = options.value("identity-token");
  if (given === undefined) return {};
  if (isTokenShaped(given.trim())) return { identityToken: given };
  return { identityToken: () => readTokenFile(given), identityTokenName: `the file ${quote(given)}` };
}

function readTokenFile(path: string): string {
  try {
    if (mayUse({ name: "read", path })) {
      return new TextDecoder().decode(readLimited(path, MOST_TOKEN_LENGTH, "the file"));
    }
  } catch {
    // The value may be a mangled token, so no message shows it.
  }
  throw new RefusedError("TOKEN", "Cannot use --identity-token: it is neither a token nor a file that can be read");
}

/** A terminal means that somebody can log in. Without one, an option must say so, or a job would wait in vain. */
function person(options: Options, output: Output): Pick<SigstoreSigning, "person"> {
  if (!Deno.stderr.isTerminal() && !options.flag("oauth-force-oob")) return {};
  return {
    person: {
      tell: (lines) => output.tell(lines),
      ...(canAsk() ? { ask: (question) => output.ask(question) } : {}),
      openBrowser,
    },
  };
}

/** Whom to trust. */
export function sigstoreVerification(options: Options): SigstoreVerification {
  if (options.flag("offline") && options.flag("check-log")) {
    throw new UsageError("OPTION", "Cannot use --check-log with --offline: the log is asked over the network");
  }
  return {
    kind: "sigstore",
    instance: trustChoice(options),
    ...text(options, "identity", "identity"),
    ...text(options, "identity-provider", "identityProvider"),
    ...text(options, "identity-regexp", "identityRegexp"),
    ...text(options, "identity-provider-regexp", "identityProviderRegexp"),
    ...text(options, "github-repository", "githubRepository"),
    ...text(options, "github-ref", "githubRef"),
    ...text(options, "github-sha", "githubSha"),
    certificateOids: options.values("certificate-oid"),
    checkLog: options.flag("check-log") ?? false,
  };
}

function text<K extends string>(options: Options, name: string, member: K): { [key in K]?: string } {
  const value = options.value(name);
  return (value === undefined ? {} : { [member]: value }) as { [key in K]?: string };
}

function canAsk(): boolean {
  return Deno.stdin.isTerminal() && Deno.stderr.isTerminal();
}

/** Announces what will be recorded permanently, and asks for confirmation on a terminal. */
async function confirm(signer: AnnouncedSigner, options: Options, output: Output): Promise<boolean> {
  const { identity, issuer, isEmail } = signer;
  const isAsked = !options.flag("yes") && canAsk();
  const what = isEmail ? "This e-mail address" : "This identity";
  const lines = [
    `Signing as ${quote(identity)} via ${quote(issuer)}`,
    `${what} will be recorded permanently in a public transparency log`,
  ];
  if (!isAsked) {
    for (const line of lines) output.log("info", line);
    return true;
  }
  output.tell(lines.join("\n")); // At any log level: nobody can agree to what is not shown.
  return /^y(es)?$/i.test((await output.ask("Sign and record it? [y/N] "))?.trim() ?? "");
}

/** Rows of a report: who signed, when, where it is recorded, and what was trusted. */
export function sigstoreFields(signer: SigstoreSigner, trust: TrustReport | undefined): [string, string][] {
  const { workflow = {}, times, logEntries, logChecks = [], notChecked = [] } = signer;
  const rows: [string, string][] = [
    ["identity", signer.identity],
    ["provider", signer.identityProvider],
    ...Object.entries(workflow),
    ...times.map(({ time, source, name }): [string, string] => ["signed", `${time}, by the ${source} ${name}`]),
    ...logEntries.map(({ log, logIndex }): [string, string] => ["log entry", `index ${logIndex} of ${log}`]),
    ...notChecked.map((what): [string, string] => ["not checked", what]),
    ...logChecks.map((
      { log, treeSize },
    ): [string, string] => ["log asked", `${log} still holds it, tree size ${treeSize}`]),
    ...(trust === undefined ? [] : [["trusted", `${trust.origin}${ageOf(trust)}`] as [string, string]]),
  ];
  return rows.map(([name, value]) => [name, escapeControls(value)]);
}

function ageOf({ asOf }: TrustReport): string {
  return asOf === null ? "" : `, ${describeAge(new Date(asOf), new Date())}`;
}
