/** The options that the tasks of this directory share. */
import { UsageError } from "../src/errors.ts";
import { installPython } from "../tests/interop/python.ts";
import { parseSize } from "./_units.ts";

/** The options of a task. */
export interface BenchOptions {
  /** Number of runs. */
  readonly runs: number;
  /** Models of more bytes are skipped or reduced. */
  readonly maxSize: number;
  /** Models of more files are reduced. */
  readonly maxFiles: number;
  /** The rows to measure. */
  readonly only: RegExp;
  /** A directory of published models. Missing ones are generated. */
  readonly models?: string;
  /** An interpreter that has the Python reference; `none` skips it; by default it is installed. */
  readonly python?: string;
  /** The Go tool. */
  readonly go?: string;
  /** Another build of this program than `cli.ts`. */
  readonly program?: string;
  /** Where models are generated. */
  readonly work: string;
  /** Whether to keep generated models for the next run. */
  readonly keep: boolean;
  /** Where to write tables and pictures. */
  readonly out: string;
}

const USAGE = `usage:
  --runs N          runs of each, in turn; medians count (5)
  --max-size SIZE   no model above it, such as 300MB (no limit)
  --max-files N     no model of more files (1000000)
  --only PATTERN    rows whose name matches
  --models DIRECTORY   real models, by the names of the table, such as DIRECTORY/falcon-7b
  --python FILE     an interpreter with the Python reference, or none (installed where not named)
  --go FILE         the Go tool
  --program FILE    another build of this program: a script, or an executable
  --work DIRECTORY     where models are made (a directory for temporary files)
  --keep            leave what was made for the next time
  --out DIRECTORY      where the table and the picture go (bench)
MODEL_SIGNING_BENCH_PYTHON and MODEL_SIGNING_BENCH_GO stand in for --python and --go.`;

/**
 * Reads the options of a task.
 *
 * @param args The words.
 * @param env Where environment variables are.
 * @returns The options.
 * @throws {UsageError} If they are wrong: with the usage.
 */
export function parseOptions(args: readonly string[], env: (name: string) => string | undefined): BenchOptions {
  const given = readFlags(args);
  const python = given.get("--python") ?? env("MODEL_SIGNING_BENCH_PYTHON");
  const go = given.get("--go") ?? env("MODEL_SIGNING_BENCH_GO");
  const [models, program] = [given.get("--models"), given.get("--program")];
  return {
    runs: count(given, "--runs", 5),
    maxSize: given.has("--max-size") ? parseSize(given.get("--max-size")!) : Infinity,
    maxFiles: count(given, "--max-files", 1_000_000),
    only: pattern(given.get("--only") ?? ""),
    ...(models === undefined ? {} : { models }),
    ...(python === undefined ? {} : { python }),
    ...(go === undefined ? {} : { go }),
    ...(program === undefined ? {} : { program }),
    // A directory of our own in it, since it is removed at the end.
    work: `${given.get("--work") ?? env("TMPDIR") ?? "/tmp"}/model-signing-bench`,
    keep: given.has("--keep"),
    out: given.get("--out") ?? new URL(".", import.meta.url).pathname.replace(/\/$/, ""),
  };
}

const WITH_VALUE = [
  "--runs",
  "--max-size",
  "--max-files",
  "--only",
  "--models",
  "--python",
  "--go",
  "--program",
  "--work",
  "--out",
];

function readFlags(args: readonly string[]): Map<string, string> {
  const given = new Map<string, string>();
  for (let at = 0; at < args.length; at++) {
    const flag = args[at]!;
    if (flag === "--keep") given.set(flag, "");
    else if (WITH_VALUE.includes(flag) && args[at + 1] !== undefined) given.set(flag, args[++at]!);
    else throw new UsageError("OPTION", `Cannot read ${flag}\n${USAGE}`);
  }
  return given;
}

function count(given: ReadonlyMap<string, string>, flag: string, otherwise: number): number {
  const text = given.get(flag);
  if (text === undefined) return otherwise;
  if (!/^[1-9]\d{0,8}$/.test(text)) {
    throw new UsageError("OPTION", `Cannot use ${flag} ${text}: a whole number is needed\n${USAGE}`);
  }
  return Number(text);
}

function pattern(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch {
    throw new UsageError("OPTION", `Cannot use --only ${text}: it is no regular expression\n${USAGE}`);
  }
}

/** The interpreter to use, installed if none was given; `undefined` for `none`. */
export async function findPython({ python }: BenchOptions): Promise<string | undefined> {
  if (python === "none") return undefined;
  return python ?? await installPython();
}
