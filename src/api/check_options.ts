/**
 * Validates the options of public functions. TypeScript checks them at compile time; this is for callers in JavaScript, or
 * with options from a file. A misspelled option must not be ignored: it could be the one that makes verification strict.
 */
import { UsageError } from "../errors.ts";
import { quote } from "../text/quote.ts";

/** Checks a value other than `undefined`. Returns what is required if the value is something else. */
type Check = (value: unknown, path: string) => string | undefined;

/** How one option is checked. */
export interface Rule {
  readonly isRequired: boolean;
  readonly check: Check;
}

/** The rules for all options of an interface. */
export type Rules<T> = { readonly [Name in keyof Required<T>]: Rule };

function optional(check: Check): Rule {
  return { isRequired: false, check };
}

/** The same rule for a required option. */
export function required(rule: Rule): Rule {
  return { ...rule, isRequired: true };
}

/** A string. */
export const STRING = optional((value) => typeof value === "string" ? undefined : "a string");
/** A boolean. */
export const BOOLEAN = optional((value) => typeof value === "boolean" ? undefined : "true or false");
/** A number. Its range is checked elsewhere. */
export const NUMBER = optional((value) => typeof value === "number" ? undefined : "a number");
/** A callback. */
export const FUNCTION = optional((value) => typeof value === "function" ? undefined : "a function");
/** A string, or a callback that returns it. */
export const STRING_OR_FUNCTION = optional((value) =>
  typeof value === "string" || typeof value === "function" ? undefined : "a string or a function"
);
/** An abort signal. */
export const SIGNAL = optional((value) => value instanceof AbortSignal ? undefined : "an AbortSignal");
/** An array of strings. */
export const STRINGS = optional((value) =>
  Array.isArray(value) && value.every((item) => typeof item === "string") ? undefined : "an array of strings"
);

/** A whole number not below a limit. */
export function wholeNumber(least: number): Rule {
  return optional((value) =>
    Number.isSafeInteger(value) && (value as number) >= least ? undefined : `a whole number of at least ${least}`
  );
}

/** An instance of a class of this library. */
export function instanceOf(type: { new (...args: never[]): unknown; readonly name: string }): Rule {
  return optional((value) => value instanceof type ? undefined : `an object of class ${type.name}`);
}

/** One of several strings. */
export function oneOf(allowed: readonly string[]): Rule {
  return optional((value) => allowed.includes(value as string) ? undefined : listWords(allowed));
}

/** An object with options of its own. */
export function object<T>(rules: Rules<T>): Rule {
  return optional((value, path) => {
    if (!isObject(value)) return "an object";
    checkMembers(value, rules, `${path}.`);
    return undefined;
  });
}

/** A discriminated union: the string in one member selects the rules. */
export function variant(member: string, shapes: Readonly<Record<string, Readonly<Record<string, Rule>>>>): Rule {
  return optional((value, path) => {
    if (!isObject(value)) return "an object";
    const name = value[member];
    const rules = typeof name === "string" && Object.hasOwn(shapes, name) ? shapes[name] : undefined;
    if (rules === undefined) throw invalid(`${path}.${member}`, listWords(Object.keys(shapes)));
    checkMembers(value, rules, `${path}.`);
    return undefined;
  });
}

/** A union without a discriminator: the first shape with a member that is present, or else the last one. */
export function anyOf(...shapes: readonly Readonly<Record<string, Rule>>[]): Rule {
  return optional((value, path) => {
    if (!isObject(value)) return "an object";
    const hasMember = (rules: Readonly<Record<string, Rule>>): boolean =>
      Object.keys(rules).some((name) => value[name] !== undefined);
    checkMembers(value, shapes.find(hasMember) ?? shapes.at(-1)!, `${path}.`);
    return undefined;
  });
}

/**
 * Checks the options of a public function.
 *
 * @param options What the caller gave.
 * @param rules The rules for all options.
 * @throws {UsageError} If an option is missing, unknown or of another kind (`OPTION`). The message names it, and never
 * shows its value, which may be a secret.
 */
export function checkOptions<T>(options: unknown, rules: Rules<T>): void {
  if (!isObject(options)) throw new UsageError("OPTION", "invalid options: an object is required");
  checkMembers(options, rules, "");
}

/**
 * Checks a path that is an argument of a public function.
 *
 * @param path What the caller gave.
 * @param name The name of the argument.
 * @throws {UsageError} If it is not a string (`OPTION`).
 */
export function checkPath(path: unknown, name: string): void {
  if (typeof path !== "string") throw new UsageError("OPTION", `invalid argument ${quote(name)}: a string is required`);
}

function checkMembers(
  options: Readonly<Record<string, unknown>>,
  rules: Readonly<Record<string, Rule>>,
  path: string,
): void {
  for (const name of Object.keys(options)) {
    if (options[name] !== undefined && !Object.hasOwn(rules, name)) {
      throw new UsageError(
        "OPTION",
        `unknown option ${quote(path + name)}: the options are ${listWords(Object.keys(rules), "and")}`,
      );
    }
  }
  for (const [name, { isRequired, check }] of Object.entries(rules)) {
    const value = options[name];
    if (value === undefined && isRequired) {
      throw new UsageError("OPTION", `missing required option ${quote(path + name)}`);
    }
    const needed = value === undefined ? undefined : check(value, path + name);
    if (needed !== undefined) throw invalid(path + name, needed);
  }
}

function invalid(path: string, needed: string): UsageError {
  return new UsageError("OPTION", `invalid option ${quote(path)}: ${needed} is required`);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function listWords(words: readonly string[], last = "or"): string {
  return words.length === 1 ? words[0]! : `${words.slice(0, -1).join(", ")} ${last} ${words.at(-1)}`;
}
