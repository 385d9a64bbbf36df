// deno-lint-ignore-file no-console -- tasks talk to the developer
/** Set-up and clean-up of the tasks in this directory. */
import { fileURLToPath } from "node:url";
import { UnavailableError, UsageError } from "../src/errors.ts";
import { type KeyPaths, makeKeys } from "./_keys.ts";
import { describeMachine, type Machine } from "./_machine.ts";
import { ModelDirectory } from "./_models.ts";
import { type BenchOptions, parseOptions } from "./_options.ts";
import { findPrograms, type Program } from "./_programs.ts";

/** A bench: its directory, programs and machine. Generated files are deleted at the end, unless they are to be kept. */
export class Bench implements Disposable {
  readonly options: BenchOptions;
  readonly models: ModelDirectory;
  readonly keys: KeyPaths;
  readonly programs: readonly Program[];
  /** A sentence for each program that is not installed. */
  readonly absent: readonly string[];
  readonly machine: Machine;
  /** For signatures and keys. */
  readonly #files: string;

  private constructor(options: BenchOptions, models: ModelDirectory, files: string, rest: Found) {
    this.options = options;
    this.models = models;
    this.#files = files;
    this.keys = makeKeys(files);
    this.programs = rest.programs;
    this.absent = rest.absent;
    this.machine = rest.machine;
  }

  /** Sets up a bench from command-line arguments. */
  static async open(args: readonly string[]): Promise<Bench> {
    const options = parseOptions(args, (name) => Deno.env.get(name));
    const { programs, absent } = await findPrograms(options);
    const models = new ModelDirectory(options.work, options.models);
    const machine = await describeMachine(models.path, programs.flatMap((program) => program.version));
    const files = await Deno.makeTempDir({ prefix: "model-signing-bench-" });
    return new Bench(options, models, files, { programs, absent, machine });
  }

  /** The path for a temporary file. */
  file(name: string): string {
    return `${this.#files}/${name}`;
  }

  /** Writes a result, formatted like every file in the repository. */
  async write(name: string, content: string): Promise<void> {
    const path = `${this.options.out}/${name}`;
    Deno.mkdirSync(this.options.out, { recursive: true });
    Deno.writeTextFileSync(path, content);
    const config = fileURLToPath(new URL("../deno.json", import.meta.url));
    await new Deno.Command(Deno.execPath(), { args: ["fmt", "--quiet", "--config", config, path] }).output();
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.#files, { recursive: true });
    if (!this.options.keep) this.models.removeAll();
  }
}

interface Found {
  programs: readonly Program[];
  absent: readonly string[];
  machine: Machine;
}

/**
 * Runs a task. What it made is gone also when someone ends it with Ctrl-C.
 *
 * @param args The words of the command line.
 * @param work The task, which returns an exit status.
 * @returns The exit status.
 */
export async function withBench(args: readonly string[], work: (bench: Bench) => Promise<number>): Promise<number> {
  const stopped = Promise.withResolvers<number>();
  const stop = (): void => stopped.resolve(130);
  try {
    using bench = await Bench.open(args);
    Deno.addSignalListener("SIGINT", stop);
    return await Promise.race([work(bench), stopped.promise]);
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof UnavailableError)) throw error;
    console.error(`error: ${error.message}`);
    return 2;
  } finally {
    Deno.removeSignalListener("SIGINT", stop);
  }
}

/** JSON for people and programs. */
export function toJson(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
