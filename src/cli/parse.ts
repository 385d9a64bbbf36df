/** Parses the command line into a request for one command. */
import { parseArgs } from "@std/cli";
import { UsageError } from "../errors.ts";
import { quote } from "../text/quote.ts";
import { COMMANDS, type CommandSpec, findCommand } from "./commands.ts";
import { belongsTo, findOption, OPTIONS, type OptionSpec } from "./options.ts";

/** A parsed command line. */
export interface Request {
  readonly command: CommandSpec | undefined;
  /** The method, for commands that have methods. */
  readonly method: string | undefined;
  /** Positional arguments after command and method. */
  readonly operands: readonly string[];
  /** The options that were given, by name. */
  readonly options: Options;
}

/** The options that were given. */
export interface Options {
  /** Whether a flag was given; `undefined` if neither it nor its negation was. */
  flag(name: string): boolean | undefined;
  /** The value of an option, if it was given. */
  value(name: string): string | undefined;
  /** All values of an option that may be repeated. */
  values(name: string): string[];
  /** The value of an option that is a whole number, if it was given. */
  number(name: string): number | undefined;
}

/** Finds the known word that was probably meant, if there is a similar one. */
export type Nearest = (word: string, known: readonly string[]) => string | undefined;

/**
 * Reads a command line.
 *
 * @param args The words after the program's name.
 * @param nearest Finds what was probably meant, for the messages.
 * @returns The request. Whether operands and required options are there is the command's to check.
 * @throws {UsageError} If a command, method or option is unknown, does not belong together, or has an invalid value.
 */
export function parseCommandLine(args: readonly string[], nearest: Nearest = () => undefined): Request {
  const errors = new UsageErrors(nearest);
  const { options, operands } = spellOut(args, errors);
  const given = readOptions(options, errors);
  const wantsHelp = given.flag("help") === true;
  const [commandName, ...rest] = operands;
  const command = commandName === undefined ? undefined : findCommand(commandName);
  if (commandName !== undefined && command === undefined) {
    errors.add(unknown("command", commandName, COMMANDS.map((one) => one.name), nearest));
  }
  const methods = command?.methods?.map((method) => method.name);
  const named = rest[0] !== undefined && methods?.includes(rest[0]) ? rest.shift() : undefined;
  const method = named ?? (wantsHelp ? undefined : methods?.[0]);
  if (command !== undefined && !wantsHelp) {
    // First: an option of a command or method that is not available yet is not a typing error.
    checkAvailable(command, method);
    for (const { spec } of options) errors.collect(() => checkBelongs(spec, command, method, nearest));
  }
  errors.throwIfAny();
  return { command, method, operands: rest, options: given };
}

/** Collects the errors of a command line, so that all of them are reported at once. */
class UsageErrors {
  readonly #found: UsageError[] = [];
  readonly nearest: Nearest;

  constructor(nearest: Nearest) {
    this.nearest = nearest;
  }

  add(error: UsageError): void {
    this.#found.push(error);
  }

  collect(check: () => void): void {
    try {
      check();
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      this.add(error);
    }
  }

  throwIfAny(): void {
    const [first] = this.#found;
    if (first === undefined) return;
    throw new UsageError(first.code, [...new Set(this.#found.map(({ message }) => message))].join("; "));
  }
}

interface GivenOption {
  readonly spec: OptionSpec;
  /** As `--name=value`, `--name` or `--no-name`. */
  readonly word: string;
}

/** Separates options from operands, and writes every option as `--name=value`. */
function spellOut(args: readonly string[], errors: UsageErrors): { options: GivenOption[]; operands: string[] } {
  const options: GivenOption[] = [];
  const operands: string[] = [];
  const words = args.values();
  for (const word of words) {
    if (word === "--") operands.push(...words);
    else if (!word.startsWith("-") || word === "-") operands.push(word);
    else errors.collect(() => options.push(spellOption(word, words, errors.nearest)));
  }
  return { options, operands };
}

function spellOption(word: string, rest: Iterator<string>, nearest: Nearest): GivenOption {
  const { name, value, negated, spec } = readOptionWord(word, nearest);
  if (spec.value === undefined) {
    if (value !== undefined) {
      throw new UsageError("OPTION", `Cannot use --${name} with a value: it takes none`);
    }
    return { spec, word: negated ? `--no-${spec.name}` : `--${spec.name}` };
  }
  const given = value ?? nextValue(rest, name);
  if (given === "") {
    throw new UsageError("OPTION", `Cannot use --${name} without a value: it needs ${spec.value}`);
  }
  return { spec, word: `--${spec.name}=${given}` };
}

interface OptionWord {
  name: string;
  value?: string;
  negated: boolean;
  spec: OptionSpec;
}

function readOptionWord(word: string, nearest: Nearest): OptionWord {
  const cut = word.indexOf("=");
  const written = cut === -1 ? word : word.slice(0, cut);
  const value = cut === -1 ? {} : { value: word.slice(cut + 1) };
  // The Python tool writes some of its options with underscores.
  const name = written.replace(/^--/, "").replaceAll("_", "-");
  const spec = written.startsWith("--") ? findOption(name) : OPTIONS.find((option) => `-${option.letter}` === written);
  if (spec !== undefined) return { name: spec.name, ...value, negated: false, spec };
  const positive = name.startsWith("no-") ? findOption(name.slice("no-".length)) : undefined;
  if (positive?.negatable) return { name, ...value, negated: true, spec: positive };
  throw unknown("option", written, OPTIONS.map((option) => `--${option.name}`), nearest);
}

/** The word after an option is its value, even a negative number, but not another option. */
function nextValue(words: Iterator<string>, name: string): string {
  const next = words.next();
  if (next.done || next.value.startsWith("--")) {
    throw new UsageError(
      "OPTION",
      `Cannot use --${name} without a value: it needs ${findOption(name)!.value}`,
    );
  }
  return next.value;
}

function readOptions(given: readonly GivenOption[], errors: UsageErrors): Options {
  for (const { spec } of given) {
    if (spec.value !== undefined && !spec.repeatable && given.filter((one) => one.spec === spec).length > 1) {
      errors.add(new UsageError("OPTION", `Cannot use --${spec.name} more than once`));
    }
  }
  const names = (fits: (option: OptionSpec) => boolean): string[] => OPTIONS.filter(fits).map((option) => option.name);
  const parsed = parseArgs(given.map((option) => option.word), {
    string: names((option) => option.value !== undefined),
    boolean: names((option) => option.value === undefined),
    negatable: names((option) => option.negatable === true),
    collect: names((option) => option.repeatable === true),
  }) as Record<string, unknown>;
  const isGiven = new Set(given.map((option) => option.spec.name));
  const value = (name: string): string | undefined => isGiven.has(name) ? String(parsed[name]) : undefined;
  for (const { spec } of given) {
    if (!spec.repeatable) errors.collect(() => checkValue(spec, value(spec.name)!, errors.nearest));
  }
  return {
    flag: (name) => isGiven.has(name) ? parsed[name] === true : undefined,
    value,
    values: (name) => isGiven.has(name) ? parsed[name] as string[] : [],
    number: (name) => isGiven.has(name) ? Number(parsed[name]) : undefined,
  };
}

function checkValue(spec: OptionSpec, value: string, nearest: Nearest): void {
  if (spec.choices !== undefined && !spec.choices.includes(value)) {
    const hint = nearest(value, spec.choices);
    throw new UsageError(
      "OPTION",
      `Cannot use --${spec.name} ${quote(value)}: it must be one of ${spec.choices.join(", ")}` +
        (hint === undefined ? "" : `; did you mean ${hint}?`),
    );
  }
  if (spec.range === undefined) return;
  const [least, most] = spec.range;
  const number = /^\d+$/.test(value) ? Number(value) : NaN;
  if (!(number >= least && number <= most)) {
    throw new UsageError(
      "OPTION",
      `Cannot use --${spec.name} ${quote(value)}: it must be a whole number from ${least} to ${most}`,
    );
  }
}

function checkAvailable(command: CommandSpec, method: string | undefined): void {
  if (!command.available) {
    throw new UsageError("NOT_AVAILABLE", `Cannot ${command.name}: this version does not have the command yet`);
  }
  const chosen = command.methods?.find((one) => one.name === method);
  if (chosen?.available !== false) return;
  const others = command.methods!.filter((one) => one.available).map((one) => one.name).join(" or ");
  throw new UsageError(
    "NOT_AVAILABLE",
    `Cannot ${command.name} with method ${method}: this version does not have it yet; name the method ${others}`,
  );
}

function checkBelongs(spec: OptionSpec, command: CommandSpec, method: string | undefined, nearest: Nearest): void {
  if (belongsTo(spec, command.name, method)) return;
  const here = OPTIONS.filter((option) => belongsTo(option, command.name, method)).map((option) => `--${option.name}`);
  const hint = related(spec.name, here) ?? nearest(`--${spec.name}`, here);
  const others = spec.commands.map((one) => quote(one)).join(" and ");
  throw new UsageError(
    "OPTION",
    `Cannot use --${spec.name} with ${command.name}${method === undefined ? "" : ` ${method}`}: ` +
      (hint === undefined ? `it is an option of ${others}` : `did you mean ${hint}?`),
  );
}

/** Options that are each other's counterpart in another command or method. */
function related(name: string, here: readonly string[]): string | undefined {
  const counterparts = [
    ["private-key", "public-key", "certificate-chain"],
    ["signing-certificate", "certificate-chain"],
  ];
  const others = counterparts.filter((group) => group.includes(name)).flat().map((other) => `--${other}`);
  return others.find((other) => here.includes(other));
}

function unknown(what: "command" | "option", word: string, known: readonly string[], nearest: Nearest): UsageError {
  const hint = nearest(word, known);
  return new UsageError(
    what === "command" ? "COMMAND" : "OPTION",
    `unknown ${what} ${quote(word)}: ` +
      (hint === undefined ? "see --help" : `did you mean ${hint}?`),
  );
}
