/** The error for a file or directory that changes while it is being read. */
import { UnavailableError } from "../errors.ts";
import { quote } from "../text/quote.ts";

/**
 * Makes the error.
 *
 * @param doing The attempted operation, such as "hash".
 * @param path The file or directory.
 * @param change What happened to it.
 */
export function changedError(doing: string, path: string, change: string): UnavailableError {
  return new UnavailableError(
    "FILE_CHANGED",
    `Cannot ${doing} ${quote(path)} as it changes while it is read: ${change}; try again when nothing writes to it`,
  );
}
