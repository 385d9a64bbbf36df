import { assertEquals, assertStringIncludes } from "@std/assert";
import { UnavailableError } from "../../../src/errors.ts";
import { MACHINE } from "../../../src/sigstore/tokens/host.ts";
import { assertFails } from "../../_assert_fails.ts";
import { TempDirectory } from "../../_temp_directory.ts";
import { until } from "../../_until.ts";

Deno.test("a variable of the environment", () => {
  const name = `LOGIN_TEST_${crypto.randomUUID()}`;
  assertEquals(MACHINE.env(name), undefined);
  Deno.env.set(name, "");
  assertEquals(MACHINE.env(name), undefined);
  Deno.env.set(name, "x");
  assertEquals(MACHINE.env(name), "x");
  Deno.env.delete(name);
});

Deno.test("a small file", () => {
  using directory = new TempDirectory();
  assertEquals(MACHINE.readText(directory.write("token", "text")), "text");
  assertEquals(MACHINE.readText(`${directory.path}/none`), undefined);
});

Deno.test({
  name: "without a permission there is nothing, and nobody is asked for it",
  permissions: { env: false, read: false, run: false },
  fn: async () => {
    assertEquals(MACHINE.env("HOME"), undefined);
    assertEquals(MACHINE.readText("/sys/class/dmi/id/product_name"), undefined);
    assertEquals(MACHINE.readText("token"), undefined);
    const run = (): unknown => MACHINE.run("buildkite-agent", []);
    await assertFails(run, UnavailableError, "RUN", '"buildkite-agent"', "--allow-run=buildkite-agent");
  },
});

Deno.test("a program's output", async () => {
  assertEquals(await MACHINE.run(Deno.execPath(), ["eval", "console.log('the token')"]), "the token");
});

Deno.test("a program that fails is quoted, that is not there is named", async () => {
  const script = "console.error('no \\x1b[31m token'); Deno.exit(3)";
  const failing = (): unknown => MACHINE.run(Deno.execPath(), ["eval", script]);
  await assertFails(failing, UnavailableError, "RUN", "status 3", "no \\u{1b}[31m token");
  await assertFails(
    () => MACHINE.run("no-such-agent", []),
    UnavailableError,
    "RUN",
    '"no-such-agent"',
    "no such program",
  );
});

Deno.test("attack: a program that prints without end is cut off", async () => {
  const script = "const text = new Uint8Array(65536).fill(65); while (true) Deno.stdout.writeSync(text);";
  // It ends by itself, as nobody reads its output any more.
  await assertFails(
    () => MACHINE.run(Deno.execPath(), ["eval", script]),
    UnavailableError,
    "RUN",
    "it ended with status",
  );
});

Deno.test({
  name: "a program that does not end can be stopped",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    using directory = new TempDirectory();
    const stop = new AbortController();
    // The program ignores SIGTERM, and its child keeps the output open until the file "released" appears.
    const wait = "while [ ! -e released ]; do sleep 0.1; done";
    const script = `trap '' TERM; cd "$1"; (${wait}; : > ended) & : > started; ${wait}`;
    const run = MACHINE.run("sh", ["-c", script, "sh", directory.path], stop.signal).catch((error) => error);
    await until(() => directory.has("started"), "the program has started");
    stop.abort(new Error("stopped"));
    assertStringIncludes(String(await run), "stopped");
    directory.write("released", "");
    await until(() => directory.has("ended"), "the child has ended");
  },
});
