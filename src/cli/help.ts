/** Help, generated from the tables of commands and options. */
import { COMMANDS, type CommandSpec, type MethodSpec } from "./commands.ts";
import { belongsTo, OPTIONS, type OptionSpec } from "./options.ts";

const PROGRAM = "model-signing";
const WIDTH = 100;

/** Help for the whole program. */
export function programHelp(): string {
  return [
    "Sign machine-learning models, and verify who signed them and that nothing has changed since",
    "",
    "Usage:",
    ...COMMANDS.filter((command) => command.available).map((command) => `  ${PROGRAM} ${command.usage}`),
    `  ${PROGRAM} --version`,
    `  ${PROGRAM} COMMAND [METHOD] --help`,
    "",
    "Commands:",
    ...columns(COMMANDS.filter((command) => command.available).map((command) => [command.name, command.help])),
    "",
    "Examples:",
    ...COMMANDS.flatMap((command) => command.examples.slice(0, 1)).map((example) => `  ${PROGRAM} ${example}`),
    "",
    "Exit status: 0 done, or verified · 1 not verified, or signing refused · 2 usage · 3 environment error: a file or service is unavailable",
    "",
  ].join("\n");
}

/**
 * Help for a command.
 *
 * @param command The command.
 * @param methodName The method, if one was named.
 * @returns The text.
 */
export function commandHelp(command: CommandSpec, methodName: string | undefined): string {
  const method = command.methods?.find((one) => one.name === methodName);
  const usage = method === undefined ? command.usage : command.usage.replace("[METHOD]", method.name);
  const options = OPTIONS.filter((option) => appears(option, command, method));
  const examples = examplesOf(command, method);
  return [
    (method === undefined ? command.help : `${command.help}: ${method.help}`) +
    ((method ?? command).available ? "" : "; not in this version yet"),
    "",
    "Usage:",
    `  ${PROGRAM} ${usage}`,
    ...(command.methods === undefined || method !== undefined ? [] : ["", "Methods:", ...methodLines(command.methods)]),
    ...(command.available
      ? ["", "Options:", ...columns(options.map((option) => [spelling(option), option.help]))]
      : []),
    ...(examples.length === 0 ? [] : ["", "Examples:", ...examples.map((example) => `  ${PROGRAM} ${example}`)]),
    "",
  ].join("\n");
}

/** Without a method, help shows the options of all methods that there are. */
function appears(option: OptionSpec, command: CommandSpec, method: MethodSpec | undefined): boolean {
  const methods = method === undefined ? command.methods ?? [] : [method];
  return belongsTo(option, command.name, undefined) ||
    methods.some((one) => belongsTo(option, command.name, one.name));
}

function examplesOf(command: CommandSpec, method: MethodSpec | undefined): readonly string[] {
  if (method !== undefined) return method.examples;
  return command.methods?.flatMap((one) => one.examples) ?? command.examples;
}

function methodLines(methods: readonly MethodSpec[]): string[] {
  return columns(methods.map((one) => [one.name, one.available ? one.help : `${one.help}; not in this version yet`]));
}

/** How an option is written, such as `--workers N` or `-h, --help`. */
export function spelling(option: OptionSpec): string {
  const letter = option.letter === undefined ? "" : `-${option.letter}, `;
  const value = option.choices?.join("|") ?? option.value;
  return `${letter}--${option.negatable ? "[no-]" : ""}${option.name}${value === undefined ? "" : ` ${value}`}`;
}

/** Two columns; a long left entry stands on a line of its own. */
function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.min(26, Math.max(...rows.map(([left]) => left.length)));
  const indent = " ".repeat(width + 4);
  return rows.flatMap(([left, right]) => {
    const lines = wrap(right, WIDTH - indent.length).map((line) => indent + line);
    if (left.length > width) return [`  ${left}`, ...lines];
    return [`  ${left.padEnd(width + 2)}${lines[0]!.trimStart()}`, ...lines.slice(1)];
  });
}

function wrap(text: string, width: number): string[] {
  const lines = [""];
  for (const word of text.split(" ")) {
    const last = lines.at(-1)!;
    if (last !== "" && last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = last === "" ? word : `${last} ${word}`;
  }
  return lines;
}
