import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { measureInTurn, median, runOnce, summarize } from "../../bench/_measure.ts";
import { HAS_PYTHON3 } from "./_python3.ts";

const ignore = !HAS_PYTHON3;

Deno.test("median() is the middle by size, or between two", () => {
  assertEquals(median([10, 9, 100]), 10);
  assertEquals(median([4, 1, 2, 3]), 2.5);
  assertEquals(median([7]), 7);
  assertThrows(() => median([]), RangeError);
});

Deno.test("summarize() takes medians of time and the largest memory", () => {
  const runs = [1, 5, 2].map((n) => ({ seconds: n, cpuSeconds: 2 * n, peakBytes: 100 * n }));
  assertEquals(summarize({ name: "x", commands: [], bytes: 8 }, runs), {
    name: "x",
    bytes: 8,
    seconds: 2,
    cpuSeconds: 4,
    peakBytes: 500,
    all: [1, 5, 2],
  });
});

Deno.test("runOnce() measures time, processor time and memory of all its processes", { ignore }, async () => {
  // Counts processor time, not wall-clock time, so a busy machine only makes it slower.
  const script = "import { cpuUsage } from 'node:process'; const block = new Uint8Array(60e6).fill(1);" +
    " while (cpuUsage().user < 300_000); if (block[7] !== 1) Deno.exit(2);";
  const run = await runOnce([[Deno.execPath(), "eval", script], ["sleep", "0.01"]]);
  assert(!("failed" in run));
  assert(run.seconds > 0, `${run.seconds} s`);
  assert(run.cpuSeconds > 0.2, `${run.cpuSeconds} s`);
  assert(run.peakBytes > 60e6, `${run.peakBytes} B`);
});

Deno.test("runOnce() tells what a process that failed has said", { ignore }, async () => {
  const run = await runOnce([["sh", "-c", "echo first >&2; echo the reason >&2; exit 3"], ["true"]]);
  assertEquals(run, { failed: "the reason (exit 3)" });
});

Deno.test("runOnce() tells of a command that is not there", { ignore }, async () => {
  const run = await runOnce([["true"], ["no-such-program-of-anybody"]]);
  assert("failed" in run);
  assertMatch(run.failed, /no-such-program-of-anybody/);
});

Deno.test("measureInTurn() goes round, and leaves out who fails", { ignore }, async () => {
  const order: string[] = [];
  const works = ["true", "false", "sleep"].map((name) => ({
    name,
    commands: [name === "sleep" ? [name, "0"] : [name]],
  }));
  const results = await measureInTurn(works, {
    runs: 2,
    warmUp: true,
    onRun: ({ name }, i) => order.push(`${i} ${name}`),
  });
  assertEquals(order, ["0 true", "0 false", "0 sleep", "1 true", "1 sleep", "2 true", "2 sleep"]);
  assertEquals(results.map(({ name }) => name), ["true", "false", "sleep"]);
  assertEquals(results.map((result) => "failed" in result ? result.failed : result.all.length), [
    2,
    "no message (exit 1)",
    2,
  ]);
});
