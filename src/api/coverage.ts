/** Which files in a model a signature says nothing about, and the verdict that tells people. */
import { LIMITS } from "../limits.ts";
import { countFiles } from "../model/disk/count_files.ts";
import { compareCodePoints } from "../model/names.ts";
import { escapeControls, quote } from "../text/quote.ts";
import type { ModelPlace } from "./find_model.ts";
import { ModelDiffersError, type NotCovered, type VerifyOptions, type VerifyReport } from "./verify_options.ts";

/** A part of a model that the signature does not cover. */
export interface Uncovered extends NotCovered {
  readonly isDirectory: boolean;
}

/**
 * Counts what was left out of a verification. Nothing is opened or hashed, and links are not followed.
 *
 * @param modelPath The model, a directory.
 * @param names What was left out, relative to the model.
 * @param signal Ends the count.
 * @returns Every name at or below which there are files, in code point order.
 */
export async function countUncovered(
  modelPath: string,
  names: readonly string[],
  signal?: AbortSignal,
): Promise<Uncovered[]> {
  const budget = { left: LIMITS.resources };
  const uncovered: Uncovered[] = [];
  for (const path of names.toSorted(compareCodePoints)) {
    const counted = await countFiles(`${modelPath}/${path}`, budget, signal);
    if (counted.files !== 0) uncovered.push({ path, ...counted });
  }
  return uncovered;
}

/** The same as callers get it. */
export function toNotCovered(uncovered: readonly Uncovered[]): NotCovered[] {
  return uncovered.map(({ path, files }) => ({ path, files }));
}

/**
 * The verdict, to follow the name of the model: what was proven, and no more than that.
 *
 * @param signedFiles How many files were compared with the signature.
 * @param uncovered What the signature does not cover.
 * @param form What kind of signature it is, where the signature itself does not say.
 * @returns One line.
 */
export function verdict(signedFiles: number, uncovered: readonly Uncovered[], form?: string): string {
  const proven = `the ${signedFiles} signed ${signedFiles === 1 ? "file is" : "files are"} as signed` +
    (form === undefined ? "" : ` (${form})`);
  if (uncovered.length === 0) return `${proven}, and there are no other files`;
  return `${proven}; not covered: ${listUncovered(uncovered)}`;
}

/** So many paths fit into one sentence. */
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

/** A name could be made to read like a part of the sentence: only a plain one stands without quotes. */
function showPath(path: string): string {
  return /^[\p{L}\p{N}\p{M}_.+@=/-]+$/u.test(path) ? escapeControls(path) : quote(path);
}

/**
 * Refuses files that the signature does not cover, if the options do not allow them.
 *
 * @param place The model's place.
 * @param uncovered What the signature does not cover.
 * @param report What is known of model and signature.
 * @param options Whether uncovered files are allowed.
 * @throws {ModelDiffersError} If there are such files (`NOT_COVERED`).
 */
export function refuseUncovered(
  place: ModelPlace,
  uncovered: readonly Uncovered[],
  report: VerifyReport,
  { allowUncovered = true }: Pick<VerifyOptions, "allowUncovered">,
): void {
  if (allowUncovered || uncovered.length === 0) return;
  throw new ModelDiffersError(
    `Cannot verify ${quote(place.path)}: the signature does not cover ${
      listUncovered(uncovered)
    }; remove what should ` +
      "not be there, or sign the model with it",
    report,
    "NOT_COVERED",
  );
}
