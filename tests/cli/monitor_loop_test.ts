/** `monitor --interval`: what ends it, and what it only warns about. No test waits. */
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { type ModelSigningError, UnavailableError, UsageError, VerificationError } from "../../src/errors.ts";
import { repeatLook } from "../../src/cli/monitor_loop.ts";

interface Run {
  readonly looks: number;
  readonly slept: number[];
  readonly warnings: string[];
  readonly error: unknown;
}

/** Each step is one look: a failure, or none. The last one ends the test. */
async function run(steps: readonly (ModelSigningError | undefined)[]): Promise<Run> {
  let looks = 0;
  const slept: number[] = [];
  const warnings: string[] = [];
  const error = await assertRejects(() =>
    repeatLook(() => {
      if (looks === steps.length) return Promise.reject(new Error("the end of the test"));
      const step = steps[looks++];
      return step === undefined ? Promise.resolve() : Promise.reject(step);
    }, {
      seconds: 90,
      output: { log: (level, line) => void warnings.push(`${level}: ${line}`) },
      sleep: (milliseconds) => {
        slept.push(milliseconds);
        return Promise.resolve();
      },
    })
  );
  return { looks, slept, warnings, error };
}

Deno.test("what may pass is a warning, and the next look comes after the interval", async () => {
  const passing = ([
    "SERVICE_FAILED",
    "LOG_REPLY",
    "LOG_CHECKPOINT",
    "LOG_ENTRY_MISSING",
    "LOG_STALE",
    "TUF_REFUSED",
    "IO",
    "NO_SPACE",
  ] as const)
    .map((code) => new UnavailableError(code, `failed with ${code}`));
  const { looks, slept, warnings, error } = await run([...passing, undefined, passing[0]]);
  assertEquals((error as Error).message, "the end of the test");
  assertEquals([looks, slept], [10, Array(10).fill(90_000)]);
  assertEquals(warnings.length, 9);
  assertStringIncludes(warnings[1]!, "warning: failed with LOG_REPLY; next try in 90 seconds");
});

Deno.test("evidence against a log, a usage error and an invalid state end it", async () => {
  for (
    const last of [
      new VerificationError("LOG_CONTRADICTION", "x"),
      new VerificationError("LOG_CONSISTENCY", "x"),
      new UsageError("EXPECT", "x"),
      new UnavailableError("STATE_INVALID", "x"),
    ]
  ) {
    const { looks, error, warnings } = await run([undefined, new UnavailableError("LOG_REPLY", "y"), last, undefined]);
    assertEquals([looks, error, warnings.length], [3, last, 1]);
  }
});

Deno.test("an error that waiting does not fix ends the first look, and only that", async () => {
  for (const code of ["PERMISSION", "NOT_FOUND", "STATE_IN_USE", "TRUST_INVALID"] as const) {
    const lasting = new UnavailableError(code, "x");
    assertEquals((await run([lasting])).error, lasting);
    assertEquals((await run([undefined, lasting, undefined])).looks, 3);
  }
});
