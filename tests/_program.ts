/** Runs the real program as its users do, and makes what it works on. */
import { assertEquals, assertFalse, assertMatch } from "@std/assert";
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { fileURLToPath } from "node:url";
import { TempDirectory } from "./_temp_directory.ts";
import { HANG_MS } from "./_until.ts";

/** The program's entry point. */
export const ENTRY = fileURLToPath(new URL("../cli.ts", import.meta.url));

/** The directory of data that nobody in this project wrote. */
export const FIXTURES = fileURLToPath(new URL("fixtures", import.meta.url));

/** How the program ended and what it printed. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Where and how to run the program. */
export interface RunOptions {
  /** Deno's permission flags; by default reading and writing everything. */
  readonly allow?: readonly string[];
  /** The current directory. */
  readonly cwd?: string;
  /** Environment variables beside the few that Deno itself needs. */
  readonly env?: Readonly<Record<string, string>>;
  /** What time the program believes it is, by default that of the machine. */
  readonly now?: Date;
}

/**
 * What to run, for `Deno.Command` or a shell: Deno, and the words after it.
 *
 * @param args The words after the program's name.
 * @param options Where and how; only `allow` and `now` count here.
 * @returns The words, without Deno's own path.
 */
export function programArgs(args: readonly string[], options: RunOptions = {}): string[] {
  const { allow = ["--allow-read", "--allow-write"], now } = options;
  return ["run", "--quiet", "--no-prompt", ...(now === undefined ? [] : [preload(now)]), ...allow, ENTRY, ...args];
}

/** Deno loads this first: a clock that stands still. */
function preload(now: Date): string {
  const clock = `const Real = Date; const NOW = ${now.getTime()};
    globalThis.Date = class Date extends Real {
      constructor(...args) { super(...(args.length === 0 ? [NOW] : args)); }
      static now() { return NOW; }
    };`;
  return `--preload=data:text/javascript,${encodeURIComponent(clock)}`;
}

/** The environment variables that Deno needs to start. No other setting of the user may change a test's outcome. */
const INHERITED_ENV = ["PATH", "HOME", "DENO_DIR", "XDG_CACHE_HOME", "TMPDIR", "LD_LIBRARY_PATH"]
  .flatMap((name): [string, string][] => Deno.env.get(name) === undefined ? [] : [[name, Deno.env.get(name)!]]);

/** Everything that a process of the program is started with. */
export function processOptions(options: RunOptions = {}): Deno.CommandOptions {
  return {
    clearEnv: true,
    env: { ...Object.fromEntries(INHERITED_ENV), ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  };
}

/**
 * Runs the program to its end.
 *
 * @param args The words after the program's name.
 * @param options Where and how.
 * @returns How it ended and what it printed.
 */
export async function runProgram(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  return await runCommand(Deno.execPath(), programArgs(args, options), options);
}

/** Runs any command in the environment of the program, such as a shell that sets limits for it. */
export async function runCommand(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Outcome> {
  const child = new Deno.Command(command, { ...processOptions(options), args: [...args] }).spawn();
  // A program that hangs must not hang the tests; it might not listen to a signal that can be caught.
  const deadline = setTimeout(() => child.kill("SIGKILL"), HANG_MS);
  const { code, stdout, stderr } = await child.output();
  clearTimeout(deadline);
  const decoder = new TextDecoder("utf-8", { fatal: true });
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** Starts the program and lets it run. */
export function startProgram(args: readonly string[], options: RunOptions = {}): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), { ...processOptions(options), args: programArgs(args, options) }).spawn();
}

/** Runs the program, which must succeed without a word on standard error; returns what it printed. */
export async function runWell(args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await runProgram(args, options);
  assertEquals([code, stderr], [0, ""], `${args.join(" ")}\n${stdout}`);
  return stdout;
}

/** Runs the program with `--json`, which must succeed and print one JSON document; returns it. */
// deno-lint-ignore no-explicit-any -- tests look at whatever members they expect
export async function runForJson(args: readonly string[], options: RunOptions = {}): Promise<any> {
  return parseDocument(await runWell(["--json", ...args], options));
}

/** Reads the one JSON document that is all of standard output. */
// deno-lint-ignore no-explicit-any -- see above
export function parseDocument(stdout: string): any {
  assertMatch(stdout, /^\{.*\}\n$/, "one JSON document on one line");
  return JSON.parse(stdout);
}

/** Asserts that a document has at least these members; there may be more. */
export function assertHas(document: Record<string, unknown>, members: Readonly<Record<string, unknown>>): void {
  assertEquals(Object.fromEntries(Object.keys(members).map((name) => [name, document[name]])), { ...members });
}

/**
 * Runs the program, which must fail as the contract says: one line on standard error and no stack trace.
 *
 * @param args The words after the program's name.
 * @param code The exit status that it must have.
 * @param words What the message must hold.
 * @param options Where and how.
 * @returns The outcome.
 */
export async function runToFail(
  args: readonly string[],
  code: 1 | 2 | 3,
  words: readonly string[],
  options: RunOptions = {},
): Promise<Outcome> {
  const outcome = await runProgram(args, options);
  const said = `${args.join(" ")}\n${outcome.stderr}${outcome.stdout}`;
  assertEquals(outcome.code, code, said);
  assertMatch(outcome.stderr, /^error: [^\n]+\n$/, said);
  assertFalse(/\bat \S+ \(|\.[jt]s:\d/.test(outcome.stderr), `no stack trace: ${said}`);
  for (const word of words) assertEquals([word, outcome.stderr.includes(word)], [word, true], said);
  if (code === 2) assertEquals(outcome.stdout, "", said);
  return outcome;
}

/** Curves of keys, as `node:crypto` calls them. */
export type CurveName = "P-256" | "P-384" | "P-521";

/** A key pair in files. */
export interface KeyFiles {
  /** Path of the private key, PKCS#8. */
  readonly privateKey: string;
  readonly publicKey: string;
  /** The private key itself, to write it in another form. */
  readonly key: KeyObject;
}

/** A directory with a small model and key pairs in it, gone at the end of the block: `using place = new Workplace();`. */
export class Workplace extends TempDirectory {
  /** A model of two files, one in a directory below. */
  readonly model: string;

  constructor() {
    super();
    this.write("bert/config.json", '{"layers": 12}\n');
    this.write("bert/weights/part-1.bin", Uint8Array.from({ length: 1000 }, (_, i) => i % 251));
    this.model = `${this.path}/bert`;
  }

  /** Makes a key pair and writes both keys: `NAME.pem` and `NAME.pub`. */
  makeKeys(name = "key", curve: CurveName = "P-256"): KeyFiles {
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: curve });
    return {
      privateKey: this.write(`${name}.pem`, privateKey.export({ type: "pkcs8", format: "pem" }).toString()),
      publicKey: this.write(`${name}.pub`, publicKey.export({ type: "spki", format: "pem" }).toString()),
      key: privateKey,
    };
  }

  /** All files below a directory of it, by path relative to that directory, sorted: to see what a command left behind. */
  list(directory = "."): string[] {
    const visit = (below: string): string[] =>
      [...Deno.readDirSync(`${this.path}/${directory}/${below}`)]
        .flatMap(({ name, isDirectory }) => isDirectory ? visit(`${below}${name}/`) : [`${below}${name}`]);
    return visit("").sort();
  }
}
