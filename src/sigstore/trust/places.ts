/** The folders in which this program keeps things for its user, as each operating system has them. */
import { UnavailableError } from "../../errors.ts";
import { mayUse } from "../may_use.ts";

/** Folders, where they can be told. */
export interface Places {
  /** For what can be fetched again. */
  readonly cache: string | undefined;
  /** For what the user chose. */
  readonly settings: string | undefined;
}

const NAME = "model-signing";

/**
 * Finds the folders of this user.
 *
 * @param mayAsk Whether Deno may ask the user for the permission to read the variables that name them. Where the folders
 * are optional it must not: a variable that may not be read counts as not set.
 * @returns The folders; they need not exist.
 * @throws {UnavailableError} If it may ask, and the permission is refused.
 */
export function findPlaces(mayAsk: boolean): Places {
  const read = (name: string): string | undefined => readVariable(name, mayAsk);
  const home = read("HOME");
  const below = (folder: string | undefined, ...parts: string[]): string | undefined =>
    folder === undefined ? undefined : [folder, ...parts, NAME].join("/");
  switch (Deno.build.os) {
    case "windows":
      return { cache: below(read("LOCALAPPDATA"), "Cache"), settings: below(read("APPDATA")) };
    case "darwin":
      return { cache: below(home, "Library/Caches"), settings: below(home, "Library/Application Support") };
    default:
      return {
        cache: below(read("XDG_CACHE_HOME")) ?? below(home, ".cache"),
        settings: below(read("XDG_CONFIG_HOME")) ?? below(home, ".config"),
      };
  }
}

/** A relative path in such a variable is to be ignored (XDG Base Directory Specification). */
function readVariable(name: string, mayAsk: boolean): string | undefined {
  if (!mayAsk && !mayUse({ name: "env", variable: name })) return undefined;
  const value = getVariable(name);
  return value !== undefined && /^(\/|[A-Za-z]:[\\/])/.test(value) ? value : undefined;
}

function getVariable(name: string): string | undefined {
  try {
    return Deno.env.get(name);
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotCapable)) throw cause;
    const message = `Cannot find the folders of this user: this needs the permission --allow-env=${name}`;
    throw new UnavailableError("PERMISSION", `${message}; or use --offline, or --trusted-root FILE`, { cause });
  }
}
