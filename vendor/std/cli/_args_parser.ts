import { OptionNames } from "./_option_names.ts";
import type { ParseOptions } from "./parse_args.ts";

/** Parses arguments by the options of one call of `parseArgs`. */
export class ArgsParser {
  readonly #options: ParseOptions;
  readonly #names: OptionNames;
  readonly #values: Record<string, unknown> = {};
  readonly #positional: (string | number)[] = [];

  /** Takes the options of the call. */
  constructor(options: ParseOptions) {
    this.#options = options;
    this.#names = new OptionNames(options);
  }

  /**
   * Parses the arguments; works once.
   *
   * @param args The arguments.
   * @returns The values by name.
   */
  parse(args: string[]): Record<string, unknown> {
    const end = args.includes("--") ? args.indexOf("--") : args.length;
    const rest = args.slice(end + 1);
    for (let i = 0; i < end;) {
      const arg = args[i]!;
      const next = i + 1 < end ? args[i + 1]! : "";
      const usesNext = this.#parseArg(arg, next);
      i += usesNext ? 2 : 1;
    }
    this.#addDefaults();
    if (!this.#options["--"]) return { _: [...this.#positional, ...rest], ...this.#values };
    return { _: this.#positional, ...this.#values, "--": rest };
  }

  /** Parses one argument, and tells whether the next one belongs to it as its value. */
  #parseArg(arg: string, next: string): boolean {
    if (arg.startsWith("--")) return this.#parseLong(arg, next);
    if (arg.startsWith("-") && arg !== "-") return this.#parseShort(arg, next);
    if (this.#options.unknown?.(arg) !== false) {
      this.#positional.push(this.#names.isString("_") ? arg : numberOrString(arg));
    }
    return false;
  }

  #parseLong(arg: string, next: string): boolean {
    const isNegated = arg.startsWith("--no-") && arg.length > "--no-".length;
    const text = arg.slice(isNegated ? "--no-".length : "--".length);
    const equals = text.indexOf("=", 1);
    if (equals !== -1 && equals < text.length - 1) {
      const name = text.slice(0, equals);
      const value = text.slice(equals + 1);
      this.#set(name, this.#names.isBoolean(name) ? value !== "false" : value, arg);
      return false;
    }
    if (isNegated && this.#names.isNegatable(text)) {
      this.#set(text, false, arg, { mayCollect: false });
      return false;
    }
    const name = isNegated ? `no-${text}` : text;
    const takesValue = !this.#names.isBoolean(name) && !this.#names.allBoolean && !next.startsWith("-");
    return this.#setFromNext(name, arg, next, takesValue);
  }

  #parseShort(arg: string, next: string): boolean {
    const letters = arg.slice(1);
    for (let i = 0; i < letters.length - 1; i++) {
      const letter = letters[i]!;
      const attached = letters.slice(i + 1);
      const value = attachedValue(letter, attached);
      this.#set(letter, value ?? this.#names.emptyValue(letter), arg);
      if (value !== undefined) return false;
    }
    const last = letters.at(-1)!;
    if (last === "-") return false;
    const takesValue = !this.#names.isBoolean(last) && !/^--?[^-]/.test(next);
    return this.#setFromNext(last, arg, next, takesValue);
  }

  /** Sets a name that no value is attached to, and tells whether it took the next argument for its value. */
  #setFromNext(name: string, arg: string, next: string, takesValue: boolean): boolean {
    const isTruth = next === "true" || next === "false";
    if (next && takesValue) this.#set(name, next, arg);
    else if (isTruth) this.#set(name, next === "true", arg);
    else this.#set(name, this.#names.emptyValue(name), arg);
    return next !== "" && (takesValue || isTruth);
  }

  #set(name: string, value: string | boolean, arg: string, { mayCollect = true } = {}): void {
    const isKnown = this.#names.isKnown(name) || (this.#names.allBoolean && /^--[^=]+$/.test(arg));
    if (!isKnown && this.#options.unknown?.(arg, name, value) === false) return;
    const converted = typeof value === "string" && !this.#names.isString(name) ? numberOrString(value) : value;
    const collects = mayCollect && this.#names.isCollected(name);
    for (const each of [name, ...this.#names.aliasesOf(name)]) {
      this.#values[each] = collects ? appended(this.#values[each], converted) : converted;
    }
  }

  #addDefaults(): void {
    for (const [name, value] of Object.entries(this.#options.default ?? {})) {
      if (Object.hasOwn(this.#values, name)) continue;
      for (const each of [name, ...this.#names.aliasesOf(name)]) this.#values[each] = value;
    }
    for (const [name, value] of this.#names.implicitDefaults()) {
      if (!Object.hasOwn(this.#values, name)) this.#values[name] = value;
    }
  }
}

/** What follows a letter in the same argument, if that is its value and not more letters. */
function attachedValue(letter: string, attached: string): string | undefined {
  if (attached === "-") return attached;
  if (/[A-Za-z]/.test(letter)) {
    const assigned = attached.slice(attached.indexOf("=") + 1);
    if (attached.includes("=") && assigned) return assigned;
    if (/\d\.?$/.test(attached)) return attached;
  }
  return /^\W./s.test(attached) ? attached : undefined;
}

function numberOrString(text: string): string | number {
  return /\S/.test(text) && Number.isFinite(Number(text)) ? Number(text) : text;
}

function appended(list: unknown, value: unknown): unknown[] {
  return [...(Array.isArray(list) ? list : list ? [list] : []), value];
}
