/** Operating system errors as one plain sentence that names the file. */
import type { ErrorCode } from "../error_codes.ts";
import { UnavailableError } from "../errors.ts";
import { quote } from "../text/quote.ts";

/**
 * The error for a file that could not be read or written. Other errors, such as an abort reason or an error of a
 * callback, are passed on unchanged.
 *
 * @param doing The attempted operation, such as "read the model".
 * @param path The file or directory.
 * @param cause The caught value.
 * @returns The error to throw: with code `NOT_FOUND`, `PERMISSION`, `NO_SPACE` or `IO`, or the cause itself.
 */
export function ioError(doing: string, path: string, cause: unknown): unknown {
  if (!isSystemError(cause)) return cause;
  const [code, reason] = explain(cause);
  return new UnavailableError(code, `Cannot ${doing} ${quote(path)}: ${reason}`, { cause });
}

/** Deno has classes for some system errors, and shows the number of others in the message. */
function isSystemError(cause: unknown): cause is Error {
  if (!(cause instanceof Error)) return false;
  return Object.values(Deno.errors).some((known) => cause instanceof known) || /\(os error \d+\)/.test(cause.message);
}

function explain(cause: Error): [code: ErrorCode, reason: string] {
  if (cause instanceof Deno.errors.NotFound) return ["NOT_FOUND", "there is no such file or directory"];
  if (cause instanceof Deno.errors.PermissionDenied) {
    return ["PERMISSION", "the operating system denies access; check the owner and mode of the file"];
  }
  if (cause instanceof Deno.errors.NotCapable) {
    const flag = /--allow-\w+/.exec(cause.message)?.[0] ?? "a permission";
    return ["PERMISSION", `Deno was not given access; run it with ${flag} for this path`];
  }
  if (cause instanceof Deno.errors.IsADirectory) return ["IO", "it is a directory, not a file"];
  if (cause instanceof Deno.errors.NotADirectory) return ["IO", "a part of the path is a file, not a directory"];
  if (/No space left|Disk quota|File too large/i.test(cause.message)) return ["NO_SPACE", "no space is left there"];
  // Deno appends the call and the path ("…: open 'x'"). The message already names the path.
  return ["IO", cause.message.replace(/:? \w+ '.*$/s, "").replace(/ \(os error \d+\)/, "")];
}
