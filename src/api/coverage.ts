/** The files that a signature does not cover, and the verdict that says so. */
import { LIMITS } from "../limits.ts";
import { compareCodePoints } from "../model/names.ts";
import type { Listing, ModelSource } from "../model/source.ts";
import { escapeControls, quote } from "../text/quote.ts";
import { ModelDiffersError, type NotCovered, type VerifyOptions, type VerifyReport } from "./verify_options.ts";

/** A part of a model that the signature does not cover. */
export interface Uncovered extends NotCovered {
  readonly isDirectory: boolean;
}

/**
 * Counts what was left out of a verification. Nothing is opened or hashed, and symlinks are not followed.
 *
 * @param listing What the model holds.
 * @param names What was left out, relative to the model.
 * @param signal Ends the count.
 * @returns Every name with files at or below it, in code point order.
 */
export async function countUncovered(
  listing: Pick<Listing, "countFiles">,
  names: readonly string[],
  signal?: AbortSignal,
): Promise<Uncovered[]> {
  const budget = { left: LIMITS.resources };
  const uncovered: Uncovered[] = [];
  for (const path of names.toSorted(compareCodePoints)) {
    const counted = await listing.countFiles(path, budget, signal);
    if (counted.files !== 0) uncovered.push({ path, ...counted });
  }
  return uncovered;
}

/** The public form, for reports. */
export function toNotCovered(uncovered: readonly Uncovered[]): NotCovered[] {
  return uncovered.map(({ path, files }) => ({ path, files }));
}

/**
 * The verdict, to follow the name of the model. It says exactly what was proven.
 *
 * @param signedFiles How many files were compared with the signature.
 * @param uncovered What the signature does not cover.
 * @param form The kind of signature, if the signature itself does not say.
 * @returns One line.
 */
export function verdict(signedFiles: number, uncovered: readonly Uncovered[], form?: string): string {
  const proven = `the ${signedFiles} signed ${signedFiles === 1 ? "file is" : "files are"} as signed` +
    (form === undefined ? "" : ` (${form})`);
  if (uncovered.length === 0) return `${proven}, and there are no other files`;
  return `${proven}; not covered: ${listUncovered(uncovered)}`;
}

/** Maximum number of paths in one sentence. */
const MOST_LISTED = 5;

/** Such as `.git/ (20 files), .gitattributes`. */
function listUncovered(uncovered: readonly Uncovered[]): string {
  const listed = uncovered.slice(0, MOST_LISTED).map(describe);
  if (uncovered.length > MOST_LISTED) listed.push(`and ${uncovered.length - MOST_LISTED} more`);
  return listed.join(", ");
}

function describe({ path, files, isDirectory }: Uncovered): string {
  if (!isDirectory) return showPath(path);
  const count = files === null ? "number of files unknown" : files === 1 ? "1 file" : `${files} files`;
  return `${showPath(`${path}/`)} (${count})`;
}

/** Quotes a name unless it is plain: a name is attacker-controlled, and could read like part of the sentence. */
function showPath(path: string): string {
  return /^[\p{L}\p{N}\p{M}_.+@=/-]+$/u.test(path) ? escapeControls(path) : quote(path);
}

/**
 * Refuses files that the signature does not cover, if the options do not allow them.
 *
 * @param source The model.
 * @param uncovered What the signature does not cover.
 * @param report What is known of model and signature.
 * @param options Whether uncovered files are allowed.
 * @throws {ModelDiffersError} If there are such files (`NOT_COVERED`).
 */
export function refuseUncovered(
  source: ModelSource,
  uncovered: readonly Uncovered[],
  report: VerifyReport,
  { allowUncovered = true }: Pick<VerifyOptions, "allowUncovered">,
): void {
  if (allowUncovered || uncovered.length === 0) return;
  throw new ModelDiffersError(
    `Cannot verify ${quote(source.location)}: the signature does not cover ${
      listUncovered(uncovered)
    }; remove what should ` +
      "not be there, or sign the model with it",
    report,
    "NOT_COVERED",
  );
}
