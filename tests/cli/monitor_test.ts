/** Scenarios of `monitor`, through the real program against a Sigstore of our own. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { JANE, Watching } from "../monitor/_watching.ts";
import { type Outcome, type RunOptions, runProgram, runToFail, runWell, startProgram } from "../_program.ts";

const allow = ["--allow-read", "--allow-write", "--allow-net"];

const run = (args: readonly string[], options: RunOptions = { allow }): Promise<Outcome> => runProgram(args, options);

const runQuietly = (args: readonly string[]): Promise<string> => runWell([...args, "--quiet"], { allow });

const fails = (args: readonly string[], code: 1 | 2 | 3, words: readonly string[]): Promise<Outcome> =>
  runToFail([...args, "--quiet"], code, words, { allow });

/** The program under way, which prints one object a line. */
class Running implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #lines: ReadableStreamDefaultReader<Uint8Array>;
  #text = "";

  constructor(args: readonly string[]) {
    this.#child = startProgram([...args, "--json"], { allow });
    this.#lines = this.#child.stdout.getReader();
  }

  /** The next object. */
  // deno-lint-ignore no-explicit-any -- tests look at whatever members they expect
  async next(): Promise<any> {
    while (!this.#text.includes("\n")) {
      const { value, done } = await this.#lines.read();
      if (done) throw new Error(`The program ended: ${await new Response(this.#child.stderr).text()}`);
      this.#text += new TextDecoder().decode(value);
    }
    const cut = this.#text.indexOf("\n");
    const line = this.#text.slice(0, cut);
    this.#text = this.#text.slice(cut + 1);
    return JSON.parse(line);
  }

  /** Ends it; gives the exit status and all further objects. */
  // deno-lint-ignore no-explicit-any -- see above
  async end(signal: Deno.Signal): Promise<{ code: number; rest: any[] }> {
    this.#child.kill(signal);
    for (let part = await this.#lines.read(); !part.done; part = await this.#lines.read()) {
      this.#text += new TextDecoder().decode(part.value);
    }
    const { code } = await this.#child.status;
    return { code, rest: this.#text.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line)) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.#child.stderr.cancel();
    await this.#child.status;
    await this.#lines.cancel();
  }
}

async function start(): Promise<{ watching: Watching; base: string[] } & AsyncDisposable> {
  const watching = await Watching.start(1);
  const trust = watching.directory.write("trust.json", JSON.stringify(watching.sigstore.clientTrustConfig()));
  return {
    watching,
    base: ["monitor", "--identity", JANE, "--trust-config", trust],
    [Symbol.asyncDispose]: () => watching[Symbol.asyncDispose](),
  };
}

// As a scheduled job does it: both logs, status 1 as soon as there is something that is not expected.
Deno.test("both logs on a schedule: what is expected is no alarm, what is not is status 1, and nothing comes twice", async () => {
  await using scene = await start();
  const { watching, base } = scene;
  const command = [...base, "--state", watching.state];
  await watching.sign();
  const first = await run([...command, "--from", `${Number.MAX_SAFE_INTEGER}`]);
  assertEquals([first.code, first.stdout], [0, ""]);
  assertStringIncludes(first.stderr, "watched for the first time; older ones were not checked");
  assertStringIncludes(first.stderr, watching.sigstore.rekorV1.url);
  assertStringIncludes(first.stderr, watching.sigstore.rekorV2.url);

  const { bundle } = await watching.sign();
  const expect = watching.directory.write("model.sig", JSON.stringify(bundle));
  const known = await runQuietly([...command, "--expect", expect]);
  assertStringIncludes(known, `Expected entry 1 of "${watching.sigstore.rekorV1.url}"`);
  assertStringIncludes(known, JANE);

  await watching.sign({ rekor: 2 });
  const alarm = await run([...command, "--expect", expect]);
  assertEquals(alarm.code, 1);
  assertStringIncludes(alarm.stdout, `Unexpected entry 0 of "${watching.sigstore.rekorV2.url}"`);
  assertStringIncludes(alarm.stderr, "error: Found 1 log entry that is not expected");

  const after = await run([...command, "--expect", expect]);
  assertEquals([after.code, after.stdout], [0, ""]);
});

Deno.test("--json prints one object a finding, and the error as one", async () => {
  await using scene = await start();
  const { watching, base } = scene;
  await watching.sign();
  await watching.sign({ rekor: 2 });
  const { code, stdout } = await run([...base, "--from", "0", "--json"]);
  assertEquals(code, 1);
  const lines = stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
  assertEquals(lines.map(({ index, identity, expected, trusted }) => [index, identity, expected, trusted]), [
    [0, JANE, null, true],
    [0, JANE, null, true],
    [undefined, undefined, undefined, undefined],
  ]);
  assert(lines[0].time !== null && lines[1].time === null);
  assert(/^sha256:[0-9a-f]{64}$/.test(lines[0].digest));
  assertEquals(lines[0].identityProvider, watching.sigstore.issuer.url);
  assertStringIncludes(lines[2].error, "Found 2 log entries that are not expected");
});

Deno.test("a log that contradicts itself is status 1, one that cannot be reached is status 3", async () => {
  await using scene = await start();
  const { watching, base } = scene;
  const command = [...base, "--state", watching.state, "--log", watching.sigstore.rekorV1.url];
  watching.noise(5);
  await runQuietly(command);
  watching.noise(1);
  watching.log.misbehave("splitView");
  const { stdout } = await fails(command, 1, ["contradicts what it showed before", watching.state]);
  assertEquals(stdout, "");
  watching.log.faults.clear();
  watching.log.misbehave("redirect", { location: "http://127.0.0.1:1/" });
  await fails(command, 3, ["the transparency log", "redirects are not followed"]);
});

Deno.test("killed in its midst, it goes on where it was: nothing is lost, at most one finding comes twice", async () => {
  await using scene = await start();
  const { watching, base } = scene;
  for (let i = 0; i < 12; i++) {
    watching.noise(3);
    await watching.sign();
  }
  const words = [...base, "--state", watching.state, "--from", "0"];
  // So that it cannot come to its end before it is killed.
  watching.sigstore.rekorV2.misbehave("slow");
  await using child = new Running(words);
  const before = [await child.next(), await child.next(), await child.next()];
  before.push(...(await child.end("SIGKILL")).rest);
  watching.sigstore.rekorV2.faults.clear();
  const { code, stdout } = await run([...words, "--json"]);
  assertEquals(code, 1);
  const after = stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
  assertStringIncludes(after.pop().error, "Found 12 log entries");
  const indexes = [...before.map(({ index }) => index), ...after.map(({ index }) => index)];
  const all = Array.from({ length: 12 }, (_, i) => 4 * i + 3);
  assertEquals([...new Set(indexes)], all);
  assert(indexes.length - all.length <= 1, `came twice: ${indexes}`);
});

Deno.test("--interval looks again and again, until it is told to end", async () => {
  await using scene = await start();
  const { watching, base } = scene;
  await runQuietly([...base, "--state", watching.state, "--log", watching.log.url]);
  const words = [...base, "--state", watching.state, "--log", watching.log.url, "--interval", "1"];
  await using child = new Running(words);
  await watching.sign();
  assertEquals((await child.next()).index, 0);
  watching.log.misbehave("cutOff", { times: 1 });
  await watching.sign();
  assertEquals((await child.next()).index, 1);
  assertEquals((await child.end("SIGTERM")).code, 143);
});

Deno.test("what is not enough to go by, or too much, is a usage error", async () => {
  await using scene = await start();
  const { watching, base } = scene;
  const trust = base.slice(-2);
  const cases: [args: string[], words: string[]][] = [
    [["monitor", ...trust, "--state", "x"], ["--identity", "--fingerprint", "--digest"]],
    [[...base, "--digest", "00", "--state", "x"], ["name one of"]],
    [["monitor", ...trust, "--digest", "zz", "--from", "0"], ["not hex"]],
    [["monitor", ...trust, "--fingerprint", "00", "--from", "0"], ["64 hex digits"]],
    [["monitor", ...trust, "--fingerprint", "00", "--identity-provider", "x", "--from", "0"], ["without --identity"]],
    [["monitor", ...trust, "--fingerprint", "ab".repeat(32), "--quick"], ["search index"]],
    [[...base, "--interval", "5"], ["without --state"]],
    [[...base, "--interval", "5", "--once", "--state", "x"], ["--once and --interval"]],
    [[...base, "model", "--state", "x"], ["takes options only"]],
    [[...base, "--from", "0", "--log", "https://log.example"], ["https://log.example", "no valid key"]],
    [[...base, "--from", "0", "--log", "http://log.example"], ["https://"]],
    [[...base, "--from", "0", "--expect", watching.directory.write("x.sig", "{}")], ["x.sig"]],
  ];
  for (const [args, words] of cases) await fails(args, 2, words);
  await fails([...base, "--from", "0", "--expect", "/nowhere.sig"], 3, ["nowhere.sig"]);
});

Deno.test("least privilege: it needs the network to the logs, and its files", async () => {
  await using scene = await start();
  const { watching, base } = scene;
  await watching.sign();
  const hosts = [watching.sigstore.rekorV1.url, watching.sigstore.rekorV2.url].map((url) => new URL(url).host);
  const least = [
    `--allow-read=${watching.directory.path}`,
    `--allow-write=${watching.directory.path}`,
    `--allow-net=${hosts.join(",")}`,
  ];
  const { code, stderr } = await run([...base, "--state", watching.state, "--from", "0"], { allow: least });
  assertEquals(code, 1, stderr);
  assertStringIncludes(stderr, "not expected");
  const without = await run([...base, "--state", watching.state], { allow: least.slice(0, 2) });
  assertEquals(without.code, 3);
  assertStringIncludes(without.stderr, `--allow-net=${hosts[0]}`);
});
