/** Turns what the operating system says into one plain sentence that names the file. */
import { ModelSigningError, UnavailableError } from "./errors.ts";
import { quote } from "./quote.ts";

/**
 * The error for a file that could not be read or written.
 *
 * @param doing What was tried, as in "read the model".
 * @param path The file or folder.
 * @param cause What was thrown. An error of this library is passed on as it is.
 * @returns The error to throw, with code `NOT_FOUND`, `PERMISSION` or `IO`.
 */
export function ioError(doing: string, path: string, cause: unknown): ModelSigningError {
  if (cause instanceof ModelSigningError) return cause;
  const [code, reason] = explain(cause);
  return new UnavailableError(code, `Cannot ${doing} ${quote(path)}: ${reason}`, { cause });
}

function explain(cause: unknown): [code: string, reason: string] {
  if (cause instanceof Deno.errors.NotFound) return ["NOT_FOUND", "there is no such file or folder"];
  if (cause instanceof Deno.errors.PermissionDenied) {
    return ["PERMISSION", "the operating system denies access; check the owner and mode of the file"];
  }
  if (cause instanceof Deno.errors.NotCapable) {
    const flag = /--allow-\w+/.exec(cause.message)?.[0] ?? "a permission";
    return ["PERMISSION", `Deno was not given access; run it with ${flag} for this path`];
  }
  if (cause instanceof Deno.errors.IsADirectory) return ["IO", "it is a folder, not a file"];
  if (cause instanceof Deno.errors.NotADirectory) return ["IO", "a part of the path is a file, not a folder"];
  const message = cause instanceof Error ? cause.message : String(cause);
  // Deno appends the call and the path ("…: open 'x'"); the sentence names the path already.
  return ["IO", message.replace(/:? \w+ '.*$/s, "").replace(/ \(os error \d+\)/, "")];
}
