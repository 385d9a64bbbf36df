/** Selects the engine for a job: the requested one, the fastest one measured, or the fastest one as a rule. */
import { chooseEngine, type EngineChoice } from "./choose.ts";
import type { Engine, HashAlgorithm } from "./engine.ts";
import { MEASURE_FROM, type Measured, measureEngines } from "./measure.ts";

/** How much there is to hash. */
export interface TasksSize {
  /** Bytes of all tasks. */
  bytes: number;
  /** Bytes of the largest task. */
  largest: number;
}

/**
 * Selects the engine for a job. `auto` measures the engines where there is enough to hash.
 *
 * @param algorithm The hash algorithm.
 * @param size How much there is to hash.
 * @param threads Number of threads that share it.
 * @param options The engine that was requested, and the bytes from which `auto` measures.
 * @returns The engine, and the reason for people.
 */
export async function selectEngine(
  algorithm: HashAlgorithm,
  { bytes, largest }: TasksSize,
  threads: number,
  { engine: choice = "auto", measureFrom = MEASURE_FROM }: { engine?: EngineChoice; measureFrom?: number },
): Promise<{ engine: Engine; reason: string }> {
  const measured = choice === "auto" && bytes >= measureFrom
    ? await measureEngines(algorithm, Math.max(1, Math.floor(bytes / largest / threads)))
    : undefined;
  if (measured !== undefined) return { engine: measured.engine, reason: `the fastest here: ${listRates(measured)}` };
  const engine = await chooseEngine(choice, algorithm);
  if (choice === engine.name) return { engine, reason: "as requested" };
  return {
    engine,
    reason: choice === "auto" ? `the fastest for ${algorithm} as a rule` : `${choice} has no ${algorithm}`,
  };
}

function listRates({ rates }: Measured): string {
  return Object.entries(rates).map(([name, rate]) => `${name} ${(rate / 1e9).toFixed(2)} GB/s`).join(", ");
}
