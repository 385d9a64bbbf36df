import { ArgsParser } from "./_args_parser.ts";
import type { Aliases, BooleanNames, Defaults, Flatten, Names, Values } from "./_types.ts";

/** The value returned from {@linkcode parseArgs}. */
export type Args<
  // deno-lint-ignore no-explicit-any -- nothing is known of the options
  TArgs extends Record<string, unknown> = Record<string, any>,
  TDoubleDash extends boolean | undefined = undefined,
> = Flatten<
  & TArgs
  & {
    /** The arguments that belong to no option. */
    _: Array<string | number>;
  }
  & (boolean extends TDoubleDash ? { "--"?: string[] } : true extends TDoubleDash ? { "--": string[] } : unknown)
>;

/** Options for {@linkcode parseArgs}. */
export interface ParseOptions<
  TBooleans extends BooleanNames = BooleanNames,
  TStrings extends Names = Names,
  TCollectable extends Names = Names,
  TNegatable extends Names = Names,
  TDefaults extends Defaults = Defaults,
  TAliases extends Aliases | undefined = Aliases | undefined,
  TDoubleDash extends boolean | undefined = boolean | undefined,
> {
  /**
   * Whether to put what follows `--` into `["--"]` of the result, instead of `_`.
   *
   * @default {false}
   */
  "--"?: TDoubleDash;
  /**
   * Further names of options.
   *
   * @default {{}}
   */
  alias?: TAliases;
  /**
   * The options that take no value and are `false` by default; `true` for all that are written `--name`.
   *
   * @default {false}
   */
  boolean?: TBooleans | ReadonlyArray<Extract<TBooleans, string>>;
  /**
   * Default values by option.
   *
   * @default {{}}
   */
  default?: TDefaults & Record<string, unknown>;
  /**
   * The options whose values are left as they are, even if they look like numbers.
   *
   * @default {[]}
   */
  string?: TStrings | ReadonlyArray<Extract<TStrings, string>>;
  /**
   * The options whose values are gathered into an array. Of the others, the last one counts.
   *
   * @default {[]}
   */
  collect?: TCollectable | ReadonlyArray<Extract<TCollectable, string>>;
  /**
   * The options that `--no-name` sets to `false`.
   *
   * @default {[]}
   */
  negatable?: TNegatable | ReadonlyArray<Extract<TNegatable, string>>;
  /**
   * Called with each argument that belongs to no option, and with each option that is named under neither `boolean`,
   * `string`, `collect` nor `alias`, its name and its value. If it returns `false`, the result will not hold it.
   */
  unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}

/**
 * Parses the arguments of a command: `--name value`, `--name=value`, `-n value`, `-nvalue`, `-n=value`, several letters
 * in one (`-abc`), and `--`, after which everything is left as it is. A name without value gives `true`, or the empty
 * string if it is a `string` option. What looks like a number becomes one, except for the values of `string` options.
 * An option that does not appear and has no default is absent, save that `boolean` ones are `false`, and `string` and
 * `boolean` ones under `collect` are `[]`.
 *
 * @param args The arguments.
 * @param options How to read them.
 * @returns The values by name, with the other arguments under `_`.
 */
export function parseArgs<
  TArgs extends Values<TBooleans, TStrings, TCollectable, TNegatable, TDefaults, TAliases>,
  TDoubleDash extends boolean | undefined = undefined,
  TBooleans extends BooleanNames = undefined,
  TStrings extends Names = undefined,
  TCollectable extends Names = undefined,
  TNegatable extends Names = undefined,
  TDefaults extends Defaults = undefined,
  TAliases extends Aliases<TAliasArgNames, TAliasNames> | undefined = undefined,
  TAliasArgNames extends string = string,
  TAliasNames extends string = string,
>(
  args: string[],
  options?: ParseOptions<TBooleans, TStrings, TCollectable, TNegatable, TDefaults, TAliases, TDoubleDash>,
): Args<TArgs, TDoubleDash> {
  return new ArgsParser(options ?? {}).parse(args) as Args<TArgs, TDoubleDash>;
}
