import type { Aliases } from "./_types.ts";
import type { ParseOptions } from "./parse_args.ts";

/** Knows what the options of a call of `parseArgs` say of each name, and so of its aliases. */
export class OptionNames {
  /** Whether all options that are written `--name` take no value. */
  readonly allBoolean: boolean;
  readonly #aliases: Map<string, string[]>;
  readonly #booleans: Set<string>;
  readonly #strings: Set<string>;
  readonly #collected: Set<string>;
  readonly #negatable: Set<string>;

  /** Takes the options of the call. */
  constructor({ alias, boolean, string, collect, negatable }: ParseOptions) {
    this.allBoolean = boolean === true;
    this.#aliases = readAliases(alias ?? {});
    this.#booleans = this.#withAliases(typeof boolean === "boolean" ? undefined : boolean);
    this.#strings = this.#withAliases(string);
    this.#collected = this.#withAliases(collect);
    this.#negatable = this.#withAliases(negatable);
  }

  /** Whether the option is named under `boolean`, `string`, `collect` or `alias`. */
  isKnown(name: string): boolean {
    const named = [this.#booleans, this.#strings, this.#collected, this.#aliases];
    return named.some((names) => names.has(name));
  }

  /** Whether the option takes no value. */
  isBoolean(name: string): boolean {
    return this.#booleans.has(name);
  }

  /** Whether the value of the option is left as it is. */
  isString(name: string): boolean {
    return this.#strings.has(name);
  }

  /** Whether the values of the option are gathered. */
  isCollected(name: string): boolean {
    return this.#collected.has(name);
  }

  /** Whether the option can be written `--no-name`. */
  isNegatable(name: string): boolean {
    return this.#negatable.has(name);
  }

  /** The other names of the option. */
  aliasesOf(name: string): string[] {
    return this.#aliases.get(name) ?? [];
  }

  /** The value of the option if none is given with it. */
  emptyValue(name: string): string | boolean {
    return this.#strings.has(name) ? "" : true;
  }

  /** The values of options that do not appear and have no default of their own. */
  *implicitDefaults(): IterableIterator<[name: string, value: false | never[]]> {
    for (const name of this.#booleans) yield [name, this.#collected.has(name) ? [] : false];
    for (const name of this.#strings) if (this.#collected.has(name)) yield [name, []];
  }

  #withAliases(names: string | readonly string[] | undefined): Set<string> {
    return new Set(toList(names).filter(Boolean).flatMap((name) => [name, ...this.aliasesOf(name)]));
  }
}

function toList(names: string | readonly string[] | undefined): readonly string[] {
  return typeof names === "string" ? [names] : names ?? [];
}

/** The other names of each name. */
function readAliases(alias: Aliases): Map<string, string[]> {
  const aliases = new Map<string, string[]>();
  for (const [name, others] of Object.entries(alias)) {
    const group = [name, ...toList(others)];
    for (const each of group) aliases.set(each, group.filter((other) => other !== each));
  }
  return aliases;
}
