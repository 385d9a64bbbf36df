/** Text that several reports share. */
import type { TrustReport } from "../verify/verifier.ts";
import type { NotCovered } from "../api/verify_options.ts";
import type { Differences, LfsPointerFile } from "../manifest/diff.ts";
import type { SignerInfo } from "../verify/signer_info.ts";
import { escapeControls, escapeNonAscii } from "../text/quote.ts";
import { count, formatBytes } from "./units.ts";

/**
 * Lines of a name and a value each, the values below each other.
 *
 * @param rows The names and values.
 * @returns The lines, each ending with a newline.
 */
export function fields(rows: readonly (readonly [name: string, value: string])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}\n`).join("");
}

/** Who signed, as rows of a report. */
export async function signerFields(signer: SignerInfo, trust?: TrustReport): Promise<[string, string][]> {
  if (signer.method === "sigstore") return (await import("./sigstore.ts")).sigstoreFields(signer, trust);
  const name = signer.method === "key"
    ? `key ${signer.keyHint} (${signer.curve})`
    : escapeControls(`${signer.subject}, issued by ${signer.issuer}`);
  return [["signer", name], ...(signer.notChecked ?? []).map((what): [string, string] => ["not checked", what])];
}

/** What was hashed, on one line. */
export function describeContents(
  { files, bytes, serialization, hashAlgorithm }: {
    files: number;
    bytes: number;
    serialization: string;
    hashAlgorithm: string;
  },
): string {
  return `${count(files, "file")}, ${formatBytes(bytes)}, as ${serialization} with ${hashAlgorithm}`;
}

/**
 * Every difference on a line of its own; below a changed file the byte ranges that changed, where they are known.
 *
 * @param differences The differences.
 * @returns The lines, or "" if there are none to name.
 */
export function describeDifferences(differences: Differences): string {
  const ranges = Map.groupBy(differences.changedRanges ?? [], (range) => range.file);
  const pointers = new Map(differences.lfsPointers?.map((pointer) => [pointer.name, pointer]));
  const changed = differences.changed.flatMap((name) => [
    `  changed  ${escapeControls(name)}\n`,
    ...(ranges.get(name) ?? []).map(({ start, end }) => `           bytes ${start} to ${end}\n`),
    ...(pointers.has(name) ? [`           ${describePointer(pointers.get(name)!)}\n`] : []),
  ]);
  const extraOf = new Map(differences.lookAlikes?.map(({ missing, extra }) => [missing, extra]));
  const missing = differences.missing.flatMap((name) => [
    `  missing  ${escapeControls(name)}\n`,
    ...(extraOf.has(name) ? [`           ${describeLookAlike(name, extraOf.get(name)!)}\n`] : []),
  ]);
  const extra = differences.extra.map((name) => `  extra    ${escapeControls(name)}\n`);
  return [...changed, ...missing, ...extra].join("");
}

function describePointer({ pointsToSigned }: LfsPointerFile): string {
  return `a Git LFS pointer${pointsToSigned ? " to the signed content" : ""}: run \`git lfs pull\``;
}

function describeLookAlike(missing: string, extra: string): string {
  return `signed as ${escapeNonAscii(missing)}, here as ${escapeNonAscii(extra)}: only Unicode normalization differs`;
}

/**
 * Everything that a signature does not cover, each on a line of its own.
 *
 * @param notCovered What is not covered.
 * @returns The lines.
 */
export function describeNotCovered(notCovered: readonly NotCovered[]): string {
  return notCovered.map(({ path, files }) =>
    `  not covered  ${escapeControls(path)} (${files === null ? "number of files unknown" : count(files, "file")})\n`
  ).join("");
}

/** Quotes a word for a shell. Control characters become escapes in `$'…'`, which bash, zsh and others read. */
export function shellQuote(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  if (!UNPRINTABLE.test(word)) return `'${word.replaceAll("'", `'\\''`)}'`;
  const escaped = word.replace(/[\\']/g, "\\$&").replace(new RegExp(UNPRINTABLE, "gu"), (character) => {
    return Array.from(new TextEncoder().encode(character), (byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join(
      "",
    );
  });
  return `$'${escaped}'`;
}

const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
