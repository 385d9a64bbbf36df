/** The command `inspect`. */
import { inspect, type InspectResult } from "../api/inspect.ts";
import { UsageError } from "../errors.ts";
import { escapeControls, quote } from "../text/quote.ts";
import type { Output } from "./output.ts";
import type { Request } from "./parse.ts";
import { fields } from "./report.ts";
import { count, formatBytes } from "./units.ts";

/**
 * Shows what a signature claims.
 *
 * @param request The request.
 * @param output Where to print.
 */
export async function runInspect({ operands, options }: Request, output: Output): Promise<void> {
  const [path, ...more] = operands;
  if (path === undefined || more.length > 0) {
    throw new UsageError(
      "SIGNATURE",
      `${
        path === undefined ? "missing argument SIGNATURE" : `unexpected argument ${quote(more[0]!)}`
      }: name exactly one signature file`,
    );
  }
  const result = await inspect(path);
  if (options.flag("json")) return output.result(JSON.stringify({ ...result, error: null }) + "\n");
  output.result(
    `Signature ${quote(path)}\n${
      output.style("bold", "Nothing of this is verified")
    }: use verify to know who signed\n` +
      fields(describe(result).map(([name, value]) => [name, escapeControls(value)])),
  );
}

/** More subjects than these are only counted. */
const MOST_SUBJECTS = 10;

function describe(result: InspectResult): [string, string][] {
  const rows: [string, string][] = [["media type", result.mediaType]];
  const add = (name: string, value: string | null | undefined): void => {
    if (value !== null && value !== undefined) rows.push([name, value]);
  };
  const { signer } = result;
  add("method", result.method ?? "not known");
  add("key", signer.keyHint);
  add("subject", signer.subject === "" ? undefined : signer.subject);
  for (const identity of signer.identities ?? []) add("identity", identity);
  add("provider", signer.identityProvider);
  add("issuer", signer.issuer);
  add("valid", signer.notBefore === undefined ? undefined : `from ${signer.notBefore} to ${signer.notAfter}`);
  for (const { name, digest } of result.subjects.slice(0, MOST_SUBJECTS)) {
    add("signed", [name ?? "", ...Object.entries(digest).map(([algorithm, hex]) => `${algorithm}:${hex}`)].join(" "));
  }
  if (result.subjects.length > MOST_SUBJECTS) add("signed", `and ${result.subjects.length - MOST_SUBJECTS} more`);
  add("digest of", result.messageDigest === null ? null : `${result.messageDigest} (of the signed bytes)`);
  add("predicate", result.predicateType);
  add("contents", describeContents(result));
  add("left out", result.ignorePaths?.join(", "));
  for (const entry of result.logEntries) {
    add(
      "log entry",
      `index ${entry.logIndex ?? "not known"}${entry.integratedTime === null ? "" : `, ${entry.integratedTime}`}`,
    );
  }
  return rows;
}

function describeContents({ files, bytes, serialization, hashAlgorithm }: InspectResult): string | null {
  if (files === null) return serialization;
  const size = bytes === null ? "" : `, ${formatBytes(bytes)}`;
  return `${count(files, "file")}${size}, as ${serialization} with ${hashAlgorithm}`;
}
