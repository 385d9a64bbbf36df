/** Standard output or standard error that takes nothing: what the exit status says stands, and no stack trace is shown. */
import { assertEquals, assertFalse } from "@std/assert";
import { type Outcome, programArgs, runCommand, Workplace } from "../_program.ts";

const hasFull = Deno.build.os === "linux";

/** Runs the program by a shell, with its output led elsewhere. */
function runWith(redirection: string, args: readonly string[], place: Workplace): Promise<Outcome> {
  const command = [Deno.execPath(), ...programArgs(args)];
  return runCommand("sh", ["-c", `"$@" ${redirection}`, "sh", ...command], { cwd: place.path });
}

// head and less go when they have seen enough; that is no failure of what was verified.
Deno.test({
  name: "a reader that went away is no failure",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    using place = new Workplace();
    // The reading end is closed before the program starts to write.
    const { stdout, stderr } = await runWith(`| { exec <&-; sleep 0.3; }; echo done`, ["digest", "bert"], place);
    assertEquals([stdout, stderr], ["done\n", ""]);
    const status = `{ "$@"; echo $? >status; }`;
    const script = `${status} | { exec <&-; sleep 1; }`;
    const command = [Deno.execPath(), ...programArgs(["digest", "bert"])];
    await runCommand("sh", ["-c", script, "sh", ...command], { cwd: place.path });
    assertEquals(Deno.readTextFileSync(`${place.path}/status`), "0\n");
  },
});

Deno.test({
  name: "a full disk behind standard output is a failure of the environment",
  ignore: !hasFull,
  fn: async () => {
    using place = new Workplace();
    const { code, stderr } = await runWith(">/dev/full", ["digest", "bert"], place);
    assertEquals([code, stderr.startsWith("error: "), stderr.split("\n").length], [3, true, 2], stderr);
  },
});

Deno.test("a full disk behind standard output, with --json", async () => {
  using place = new Workplace();
  const { code, stderr } = await runWith(">/dev/full", ["digest", "bert", "--json"], place);
  assertEquals(code, 3);
  assertFalse(/\.ts:\d/.test(stderr), stderr);
});

Deno.test("standard error that takes nothing changes no exit status", async () => {
  using place = new Workplace();
  assertEquals((await runWith("2>/dev/full", ["digest", "bert", "--workers", "0"], place)).code, 2);
  assertEquals((await runWith("2>/dev/full", ["digest", "nothing"], place)).code, 3);
});
