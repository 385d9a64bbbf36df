// deno-lint-ignore-file no-console -- a task talks to the developer
/**
 * Changes good inputs of every kind at random, and sees how the program reads them. It is a fault if
 *
 * - something is thrown that is no error of this library, or an error that is not one plain line naming the file;
 * - one input takes more than 5 seconds of processor time or 500 MB of memory, or ends the process;
 * - a changed input is accepted and means something else.
 *
 *     deno task fuzz                         for a minute, another seed each time
 *     deno task fuzz --seconds 3600          for an hour
 *     deno task fuzz --seed 7 --inputs 1000  these very inputs
 *     deno task fuzz --target trusted-root   some kinds of input, with commas between
 *     deno task fuzz --replay                what had a fault once: `tests/fuzz/found`
 *
 * Inputs with a fault are written to `dist/fuzz`; put them into `tests/fuzz/found` once they are read well.
 */
import { parseArgs } from "@std/cli";
import { fileURLToPath } from "node:url";
import type { Counts, Found, Job, Line } from "./_worker.ts";

const options = parseArgs(Deno.args, {
  string: ["seconds", "seed", "inputs", "jobs", "out", "target"],
  boolean: ["replay"],
});
const seed = Number(options.seed ?? crypto.getRandomValues(new Uint32Array(1))[0]);
const jobs = options.replay ? 1 : Number(options.jobs ?? Math.min(2, navigator.hardwareConcurrency));
const seconds = options.replay || options.inputs !== undefined ? Infinity : Number(options.seconds ?? 60);
const temporary = Deno.makeTempDirSync({ prefix: "fuzz-" });
const base: Job = {
  seed,
  first: 0,
  step: jobs,
  end: Number(options.inputs ?? Number.MAX_SAFE_INTEGER),
  deadline: Date.now() + Math.min(seconds, 1e9) * 1000,
  only: options.target?.split(",") ?? [],
  out: options.out ?? fileURLToPath(new URL("../../dist/fuzz", import.meta.url)),
  progress: "",
  writeOnly: false,
  replay: options.replay ? fileURLToPath(new URL("found", import.meta.url)) : undefined,
};

/** Seconds of processor time after which a process that still reads the same input is ended. */
const HANGING_SECONDS = 20;

/** The same by the clock, where the system does not say how much processor time a process has used. */
const HANGING_SECONDS_BY_CLOCK = 600;

/** No input may take as much; who does ends the process, and not the machine. */
const V8_FLAGS = "--v8-flags=--max-old-space-size=1024";

const total: Record<string, Counts> = {};
const found: Found[] = [];

console.log(`seed ${seed}`);
await Promise.all(Array.from({ length: jobs }, (_, number) => runAll(number)));
report();
Deno.removeSync(temporary, { recursive: true });
Deno.exit(found.length === 0 ? 0 : 1);

/** Reads every N-th input; a process that ends in the midst of one has found a fault, and the next goes on behind it. */
async function runAll(number: number): Promise<void> {
  const progress = `${temporary}/progress-${number}`;
  for (let first = number; first < base.end && Date.now() < base.deadline;) {
    Deno.writeTextFileSync(progress, "");
    const ending = await runWorker({ ...base, first, progress });
    if (ending === undefined) return;
    const index = readIndex(progress);
    if (index === undefined) throw new Error(ending);
    await runWorker({ ...base, first: index, progress, writeOnly: true }, ending);
    first = index + jobs;
  }
}

/** Runs one process to its end. Returns `undefined`, or how it ended if that was not well. */
async function runWorker(job: Job, fault?: string): Promise<string | undefined> {
  const worker = fileURLToPath(new URL("_worker.ts", import.meta.url));
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "-A", "--no-check", V8_FLAGS, worker, JSON.stringify(job)],
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let hangs = false;
  let last = { index: undefined as number | undefined, ...secondsOf(child.pid) };
  const watch = setInterval(() => {
    const [index, now] = [readIndex(job.progress), secondsOf(child.pid)];
    if (index !== last.index) last = { index, ...now };
    else if (index !== undefined && now.seconds - last.seconds > now.limit) {
      hangs = true;
      child.kill("SIGKILL");
    }
  }, 1000);
  const [stderr, status] = await Promise.all([child.stderr.text(), child.status, readLines(child.stdout, fault)]);
  clearInterval(watch);
  if (status.success) return undefined;
  return hangs ? `it takes longer than ${last.limit} s` : `the process ended with ${status.code}: ${stderr}`;
}

/** How long a process has been at work, and how long it may be at one input. */
function secondsOf(pid: number): { seconds: number; limit: number } {
  try {
    const fields = Deno.readTextFileSync(`/proc/${pid}/stat`).split(") ")[1]!.split(" ");
    return { seconds: (Number(fields[11]) + Number(fields[12])) / TICKS, limit: HANGING_SECONDS };
  } catch {
    return { seconds: performance.now() / 1000, limit: HANGING_SECONDS_BY_CLOCK };
  }
}

/** Of Linux, a second. */
const TICKS = 100;

async function readLines(stdout: ReadableStream<Uint8Array<ArrayBuffer>>, fault: string | undefined): Promise<void> {
  let rest = "";
  for await (const text of stdout.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    for (const line of lines) take(JSON.parse(line), fault);
  }
}

function take(line: Line, fault: string | undefined): void {
  if ("found" in line) {
    const one = fault === undefined ? line.found : { ...line.found, fault };
    found.push(one);
    console.log(`\n${one.target}, ${one.example}, input ${one.index}: ${one.fault}\n  ${one.file}`);
    return;
  }
  for (const [target, { inputs, accepted }] of Object.entries(line.counts)) {
    const counts = total[target] ??= { inputs: 0, accepted: 0 };
    counts.inputs += inputs;
    counts.accepted += accepted;
  }
}

function readIndex(progress: string): number | undefined {
  try {
    const index = Number.parseInt(Deno.readTextFileSync(progress));
    return Number.isNaN(index) ? undefined : index;
  } catch {
    return undefined;
  }
}

function report(): void {
  console.log("");
  for (const [target, { inputs, accepted }] of Object.entries(total)) {
    console.log(`${target.padEnd(24)} ${String(inputs).padStart(9)} inputs, ${accepted} accepted`);
  }
  const inputs = Object.values(total).reduce((sum, counts) => sum + counts.inputs, 0);
  console.log(`fuzz: ${inputs - found.length} passed, ${found.length} failed`);
}
