// deno-lint-ignore-file no-console -- it talks to main.ts
/** Reads inputs one after another. Which ones is said by `main.ts`, which watches over it. */
import "./_clock.ts";
import { createHash } from "node:crypto";
import { Reader } from "./_check.ts";
import { mutate } from "./_mutate.ts";
import { Random } from "./_random.ts";
import { type Example, type Target, targets } from "./_targets.ts";

/** What is to be done. */
export interface Job {
  readonly seed: number;
  /** Index of the first input, and the step to the next. */
  readonly first: number;
  readonly step: number;
  /** Index behind the last input. */
  readonly end: number;
  /** Milliseconds since 1970 after which no input is begun. */
  readonly deadline: number;
  /** The targets, by name; none: all. */
  readonly only: readonly string[];
  /** Where inputs with a fault are written, and where it is noted which input is being read. */
  readonly out: string;
  readonly progress: string;
  /** Only write the input of index `first`, and read none. */
  readonly writeOnly: boolean;
  /** Read what is in this directory instead: inputs that had a fault once. */
  readonly replay: string | undefined;
}

/** A fault that was found. */
export interface Found {
  readonly index: number;
  readonly target: string;
  readonly example: string;
  readonly file: string;
  readonly fault: string;
}

/** What was read of a target. */
export interface Counts {
  inputs: number;
  accepted: number;
}

/** A line that the worker prints. */
export type Line = { readonly found: Found } | { readonly counts: Record<string, Counts> };

const job: Job = JSON.parse(Deno.args[0]!);
/** Not the clock that stands still. */
const startedAt = performance.timeOrigin;

function isOver(): boolean {
  return startedAt + performance.now() >= job.deadline;
}

class Run {
  readonly #targets: readonly Target[];
  readonly #readers: ReadonlyMap<Example, Reader>;
  readonly #counts: Record<string, Counts> = {};
  readonly #progress: Deno.FsFile;

  private constructor(targets: readonly Target[], readers: ReadonlyMap<Example, Reader>) {
    this.#targets = targets;
    this.#readers = readers;
    this.#progress = Deno.openSync(job.progress, { write: true, create: true });
  }

  /** Reads all examples. One that is not read well ends the process: then nothing that is made of it can be. */
  static async prepare(directory: string): Promise<Run> {
    const chosen = targets(directory).filter(({ name }) => job.only.length === 0 || job.only.includes(name));
    const readers = new Map<Example, Reader>();
    for (const { name, examples } of chosen) {
      for (const example of examples) {
        try {
          readers.set(example, await Reader.of(example));
        } catch (cause) {
          throw new Error(`the example ${example.name} of ${name} is not read well`, { cause });
        }
      }
    }
    return new Run(chosen, readers);
  }

  async all(): Promise<void> {
    for (let index = job.first; index < job.end && !isOver(); index += job.step) {
      this.#note(index);
      const { target, example, input } = this.#input(index);
      if (job.writeOnly) return void save(target, example, input, index, "");
      await this.#read(target, example, input, index);
    }
    console.log(JSON.stringify({ counts: this.#counts } satisfies Line));
  }

  /** Files are called `EXAMPLE.HASH` by the number of their example, in a directory of their target. */
  async replay(directory: string): Promise<void> {
    for (const target of this.#targets) {
      for (const name of names(`${directory}/${target.name}`)) {
        const example = target.examples[Number.parseInt(name)];
        if (example === undefined) throw new Error(`no example for ${target.name}/${name}`);
        await this.#read(target, example, Deno.readFileSync(`${directory}/${target.name}/${name}`), -1);
      }
    }
    console.log(JSON.stringify({ counts: this.#counts } satisfies Line));
  }

  #input(index: number): { target: Target; example: Example; input: Uint8Array<ArrayBuffer> } {
    const random = new Random(job.seed, index);
    const target = this.#targets[index % this.#targets.length]!;
    const example = random.pick(target.examples);
    let input = mutate(example.bytes, random);
    // What has become large or deep is left as it is.
    while (input.length < 2 * example.bytes.length && random.oneIn(3)) input = mutate(input, random);
    return { target, example, input };
  }

  async #read(target: Target, example: Example, input: Uint8Array<ArrayBuffer>, index: number): Promise<void> {
    const { accepted, fault } = await this.#readers.get(example)!.read(input);
    const counts = this.#counts[target.name] ??= { inputs: 0, accepted: 0 };
    counts.inputs += 1;
    if (accepted) counts.accepted += 1;
    if (fault !== undefined) save(target, example, input, index, fault);
  }

  #note(index: number): void {
    this.#progress.seekSync(0, Deno.SeekMode.Start);
    this.#progress.writeSync(new TextEncoder().encode(`${index}`.padEnd(20)));
  }
}

function save(target: Target, example: Example, input: Uint8Array, index: number, fault: string): void {
  Deno.mkdirSync(`${job.out}/${target.name}`, { recursive: true });
  const hash = createHash("sha256").update(input).digest("hex").slice(0, 16);
  const file = `${job.out}/${target.name}/${target.examples.indexOf(example)}.${hash}`;
  if (index >= 0) Deno.writeFileSync(file, input);
  const found = { index, target: target.name, example: example.name, file, fault };
  console.log(JSON.stringify({ found } satisfies Line));
}

function names(directory: string): string[] {
  try {
    return Array.from(Deno.readDirSync(directory), ({ name }) => name).sort();
  } catch {
    return [];
  }
}

// Memory serves as the disk where there is such: a million files are written.
const inMemory = Deno.build.os === "linux" ? { dir: "/dev/shm" } : {};
const directory = Deno.makeTempDirSync({ prefix: "fuzz-", ...inMemory });
try {
  const run = await Run.prepare(directory);
  if (job.replay === undefined) await run.all();
  else await run.replay(job.replay);
} finally {
  Deno.removeSync(directory, { recursive: true });
}
