/** The directories in which this program keeps things for its user, as each operating system has them. */
import { UnavailableError } from "../errors.ts";
import { mayUse } from "./permissions.ts";
import { option } from "../text/option.ts";

/** Directories, where they are known. */
export interface Places {
  /** For what can be fetched again. */
  readonly cache: string | undefined;
  /** For what the user chose. */
  readonly settings: string | undefined;
}

const NAME = "model-signing";

/** Where one operating system has a directory: a variable for it, or else a directory below the home. */
interface Rule {
  readonly variable: string;
  /** Below the directory that the variable names. */
  readonly below?: string;
  /** Below `HOME`, if the variable is not set. */
  readonly belowHome?: string;
}

const RULES: Readonly<Record<"windows" | "darwin" | "linux", Readonly<Record<keyof Places, Rule>>>> = {
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

function rules(): Readonly<Record<keyof Places, Rule>> {
  const { os } = Deno.build;
  return RULES[os === "windows" || os === "darwin" ? os : "linux"];
}

/**
 * Finds the directories of this user. Each is looked up when it is first needed, and needs the permission to read the
 * variables that name it.
 *
 * @returns The directories; they need not exist. A directory is `undefined` if the variables are not set. Reading one throws an
 * `UnavailableError` (`PERMISSION`) if Deno may not read its variables.
 */
export function findPlaces(): Places {
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
 * Whether Deno may read the variables that name the cache directory. Nobody is asked.
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

/** A relative path in such a variable is to be ignored (XDG Base Directory Specification). */
function readVariable(name: string): string | undefined {
  const value = Deno.env.get(name);
  return value !== undefined && /^(\/|[A-Za-z]:[\\/])/.test(value) ? value : undefined;
}
