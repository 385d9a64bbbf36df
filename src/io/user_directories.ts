/** Per-user directories, following the conventions of each operating system. */
import { UnavailableError } from "../errors.ts";
import { mayUse } from "./permissions.ts";
import { option } from "../text/option.ts";

/** Directories of a user, where they are known. */
export interface UserDirectories {
  /** For data that can be fetched again. */
  readonly cache: string | undefined;
  /** For the user's settings. */
  readonly settings: string | undefined;
}

const NAME = "model-signing";

/** How one operating system names a directory: an environment variable, or else a path below the home directory. */
interface Rule {
  readonly variable: string;
  /** Path below the directory that the variable names. */
  readonly below?: string;
  /** Path below `HOME`, if the variable is not set. */
  readonly belowHome?: string;
}

const RULES: Readonly<Record<"windows" | "darwin" | "linux", Readonly<Record<keyof UserDirectories, Rule>>>> = {
  windows: { cache: { variable: "LOCALAPPDATA", below: "Cache" }, settings: { variable: "APPDATA" } },
  darwin: {
    cache: { variable: "HOME", below: "Library/Caches" },
    settings: { variable: "HOME", below: "Library/Application Support" },
  },
  linux: {
    cache: { variable: "XDG_CACHE_HOME", belowHome: ".cache" },
    settings: { variable: "XDG_CONFIG_HOME", belowHome: ".config" },
  },
};

function rules(): Readonly<Record<keyof UserDirectories, Rule>> {
  const { os } = Deno.build;
  return RULES[os === "windows" || os === "darwin" ? os : "linux"];
}

/**
 * Finds the directories of this user. Each is looked up on first use, which needs the permission to read the
 * environment variables that name it.
 *
 * @returns The directories, which need not exist. A directory is `undefined` if its variables are not set. Reading one
 * throws an `UnavailableError` (`PERMISSION`) if Deno may not read its variables.
 */
export function findUserDirectories(): UserDirectories {
  return {
    get cache() {
      return find(rules().cache, "the cache directory");
    },
    get settings() {
      return find(rules().settings, "the settings directory, which may hold your choice of a Sigstore instance,");
    },
  };
}

/**
 * Whether Deno may read the environment variables that name the cache directory. Does not prompt.
 *
 * @returns Whether it may.
 */
export function mayFindCache(): boolean {
  return variablesOf(rules().cache).every((variable) => mayUse({ name: "env", variable }));
}

function variablesOf({ variable, belowHome }: Rule): string[] {
  return belowHome === undefined ? [variable] : [variable, "HOME"];
}

function find(rule: Rule, what: string): string | undefined {
  const { variable, below, belowHome } = rule;
  try {
    const directory = readVariable(variable);
    if (directory !== undefined) return [directory, ...(below === undefined ? [] : [below]), NAME].join("/");
    const home = belowHome === undefined ? undefined : readVariable("HOME");
    return home === undefined ? undefined : [home, belowHome, NAME].join("/");
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotCapable)) throw cause;
    throw new UnavailableError(
      "PERMISSION",
      `Cannot find ${what} without the permission --allow-env=${variablesOf(rule).join()}; ` +
        `add it, or name whom to trust with ${option("trustedRootFile")}, ${option("trustConfigFile")} or ` +
        option("staging"),
      { cause },
    );
  }
}

/** Relative paths must be ignored (XDG Base Directory Specification). */
function readVariable(name: string): string | undefined {
  const value = Deno.env.get(name);
  return value !== undefined && /^(\/|[A-Za-z]:[\\/])/.test(value) ? value : undefined;
}
