/** Runs processes several times in alternation, and takes medians. */

/** What to run for one measurement. */
export interface Work {
  /** The name in tables; unique among those that run in alternation. */
  readonly name: string;
  /** One command, or several that run side by side. */
  readonly commands: readonly (readonly string[])[];
  /** Bytes that all its processes hash together; for rates. */
  readonly bytes?: number;
}

/** The cost of one run. */
export interface Run {
  readonly seconds: number;
  /** Peak resident memory; for processes side by side, the sum. */
  readonly peakBytes: number;
  /** User and system time of all threads. */
  readonly cpuSeconds: number;
}

/** The runs of one task: medians, and the maximum for memory. */
export interface Measured extends Run {
  readonly name: string;
  /** Bytes hashed, if known. */
  readonly bytes?: number;
  /** Seconds of each run, in the order in which they were made. */
  readonly all: readonly number[];
}

/** A task that could not be measured. */
export interface Failed {
  readonly name: string;
  /** Why: what the process said. */
  readonly failed: string;
}

/** The outcome of a task. */
export type Result = Measured | Failed;

/** How to measure. */
export interface MeasureOptions {
  /** Number of runs of each task. */
  readonly runs: number;
  /** Whether to run once without counting, to warm up. */
  readonly warmUp?: boolean;
  /** Called before each run. */
  readonly onRun?: (work: Work, round: number) => void;
}

/** A process that takes longer hangs: even many gigabytes on a slow machine take only minutes. */
const AT_MOST_SECONDS = 3600;

const SPAWN = new URL("spawn.py", import.meta.url).pathname;

/**
 * Measures works in turn: all once, then all once more, so that whatever else the machine does meets all alike.
 *
 * @param works What to run.
 * @param options How often.
 * @returns One result for each, in their order. A work that fails once is not tried again.
 */
export async function measureInTurn(works: readonly Work[], options: MeasureOptions): Promise<Result[]> {
  const runs = works.map((): Run[] => []);
  const failures = new Map<Work, string>();
  for (let round = options.warmUp ? 0 : 1; round <= options.runs; round++) {
    for (const [i, work] of works.entries()) {
      if (failures.has(work)) continue;
      options.onRun?.(work, round);
      const run = await runOnce(work.commands);
      if ("failed" in run) failures.set(work, run.failed);
      else if (round > 0) runs[i]!.push(run);
    }
  }
  return works.map((work, i) => {
    const failed = failures.get(work);
    return failed === undefined ? summarize(work, runs[i]!) : { name: work.name, failed };
  });
}

/**
 * Runs commands side by side, once.
 *
 * @param commands The commands, each with its arguments.
 * @returns What it took, or what a process that failed has said.
 */
export async function runOnce(commands: Work["commands"]): Promise<Run | { failed: string }> {
  const request = JSON.stringify({ commands, atMostSeconds: AT_MOST_SECONDS });
  // -S leaves out what a run has no use for and would have in its memory.
  const { stdout, stderr, success } = await new Deno.Command("python3", {
    args: ["-I", "-S", SPAWN, request],
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  if (!success) return { failed: lastLine(new TextDecoder().decode(stderr)) };
  const { codes, said, ...run } = JSON.parse(new TextDecoder().decode(stdout));
  const bad = codes.find((code: number) => code !== 0);
  return bad === undefined ? run : { failed: `${lastLine(said)} (exit ${bad})` };
}

/** Takes the medians of the runs of one task. */
export function summarize({ name, bytes }: Work, runs: readonly Run[]): Result {
  if (runs.length === 0) return { name, failed: "it was not run" };
  return {
    name,
    ...(bytes === undefined ? {} : { bytes }),
    seconds: median(runs.map((run) => run.seconds)),
    cpuSeconds: median(runs.map((run) => run.cpuSeconds)),
    peakBytes: Math.max(...runs.map((run) => run.peakBytes)),
    all: runs.map((run) => run.seconds),
  };
}

/**
 * The value in the middle, or between the two in the middle.
 *
 * @param values At least one number, in any order.
 * @returns The median.
 * @throws {RangeError} If there are none.
 */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError("Cannot take the median of no values");
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Bytes hashed per second; `undefined` if unknown. */
export function rate({ bytes, seconds }: Measured): number | undefined {
  return bytes === undefined ? undefined : bytes / seconds;
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1)?.slice(0, 300) || "no message";
}
