/** Targets, and whether they were reached. */
import type { Measured, Result } from "./_measure.ts";

/** A target of a row. */
export interface Target {
  /** What is compared with what. */
  readonly what: string;
  /** The limit: the value must not be below `least` or above `most`. */
  readonly least?: number;
  readonly most?: number;
  /** After the number: `×`, ` ms`, ` MB`. */
  readonly unit: string;
  /** Computes the value from the results by name. */
  value(of: (name: string) => Measured): number;
}

/** A target and its outcome. */
export interface Judged {
  readonly what: string;
  /** Absent if a task that it needs could not be measured. */
  readonly value?: number;
  readonly limit: string;
  readonly verdict: "pass" | "FAIL" | "not measured";
}

/** Thrown and caught in this file when a result is missing. */
class NotMeasured extends Error {}

/**
 * Judges a target.
 *
 * @param target The target.
 * @param results What was measured in its row.
 * @returns The value and whether it is within the limit.
 */
export function judge(target: Target, results: readonly Result[]): Judged {
  const { what, least, most, unit } = target;
  const limit = least === undefined ? `at most ${most}${unit}` : `at least ${least}${unit}`;
  try {
    const value = target.value((name) => find(name, results));
    const passes = value >= (least ?? -Infinity) && value <= (most ?? Infinity);
    return { what, value, limit, verdict: passes ? "pass" : "FAIL" };
  } catch (error) {
    if (!(error instanceof NotMeasured)) throw error;
    return { what, limit, verdict: "not measured" };
  }
}

function find(name: string, results: readonly Result[]): Measured {
  const result = results.find((result) => result.name === name);
  if (result === undefined || "failed" in result) throw new NotMeasured();
  return result;
}

/** Ratio of two rates in bytes per second. */
export function rateRatio(what: string, ours: string, theirs: string, least: number): Target {
  return {
    what,
    least,
    unit: " ×",
    value: (of) => bytesASecond(of(ours)) / bytesASecond(of(theirs)),
  };
}

/** Ratio of two durations: the other to the first. */
export function timeRatio(ours: string, theirs: string, least: number): Target {
  return {
    what: `${ours}, against ${theirs}`,
    least,
    unit: " ×",
    value: (of) => of(theirs).seconds / of(ours).seconds,
  };
}

/** The limit of memory for each task of this program. */
export function memoryTargets(names: readonly string[], mostMegabytes: number): Target[] {
  return names.map((name) => ({
    what: `peak memory of ${name}`,
    most: mostMegabytes,
    unit: " MB",
    value: (of) => of(name).peakBytes / 1e6,
  }));
}

function bytesASecond({ name, bytes, seconds }: Measured): number {
  if (bytes === undefined) throw new TypeError(`Cannot give the rate of ${name}: its bytes are not known`);
  return bytes / seconds;
}
