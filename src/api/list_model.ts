/** Lists what belongs to a model: without the signature, ignored paths, and files that a killed run left behind. */
import { RefusedError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import type { Listing, ListOptions } from "../model/source.ts";
import type { ModelLocation } from "./locate_model.ts";
import type { WorkOptions } from "./options.ts";
import { isLeftOver } from "./signature_file.ts";

/** What to leave out of a listing, and how to treat symlinks and unsupported entries. */
interface SelectOptions extends Omit<ListOptions, "onWarning" | "signal"> {
  /** Whether a name is signed: then it belongs to the model, even if it looks like a leftover of a killed run. */
  readonly isSigned?: (name: string) => boolean;
  /** Called for each file that a killed run left behind. */
  readonly onLeftOver?: (path: string, name: string) => void;
}

/** What a model holds, and what was left out. */
export interface ListedModel {
  readonly listing: Listing;
  /** Names that exist but were left out, apart from the signature itself. Everything below them was left out too. */
  readonly leftOut: readonly string[];
}

/**
 * Lists a model. The signature file is never part of it, and not listed as left out either. Files that a killed run left
 * behind while it wrote a signature are not part of it, but listed as left out.
 *
 * @param location The model and its signature.
 * @param select What to leave out, and how to treat symlinks and unsupported entries.
 * @param options Called with warnings, and what ends the work.
 * @returns What the model holds.
 */
export async function listModel(
  { source, signatureName }: ModelLocation,
  { skip, isSigned, onLeftOver, ...how }: SelectOptions,
  { onWarning, signal }: WorkOptions,
): Promise<ListedModel> {
  const leftOut: string[] = [];
  const listing = await source.list({
    ...how,
    skip: (name, path) => {
      if (name === signatureName && isFile(path)) return true;
      if (!skip?.(name)) {
        if (path === undefined || !isLeftOver(path) || isSigned?.(name)) return false;
        onLeftOver?.(path, name);
      }
      if (leftOut.length === LIMITS.resources) throw tooManyLeftOut();
      leftOut.push(name);
      return true;
    },
    ...(onWarning === undefined ? {} : { onWarning }),
    ...(signal === undefined ? {} : { signal }),
  });
  return { listing, leftOut };
}

/** Only a file can be the signature. A directory of that name is treated like any other. */
function isFile(path: string | undefined): boolean {
  if (path === undefined) return true; // not on disk: the source lists files only
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false; // The walk reports what is wrong with it.
  }
}

function tooManyLeftOut(): RefusedError {
  return new RefusedError(
    "TOO_MANY_FILES",
    `Cannot leave out more than ${LIMITS.resources} files or directories: the model has more`,
  );
}
