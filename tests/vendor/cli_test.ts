import { assertEquals, assertFalse, assertStringIncludes } from "@std/assert";
import { parseArgs, promptSecret } from "@std/cli";
import { parseArgs as parseArgsAlone } from "@std/cli/parse-args";
import { promptSecret as promptSecretAlone, type PromptSecretOptions } from "@std/cli/prompt-secret";
import { fileURLToPath } from "node:url";

Deno.test("cli: each function has an entry point of its own", () => {
  assertEquals([parseArgsAlone, promptSecretAlone], [parseArgs, promptSecret]);
});

Deno.test("parseArgs() sorts arguments without any options", () => {
  assertEquals<unknown>(parseArgs([]), { _: [] });
  assertEquals<unknown>(parseArgs(["--foo", "--bar=baz", "./quux.txt"]), { foo: true, bar: "baz", _: ["./quux.txt"] });
  assertEquals<unknown>(parseArgs(["--foo", "bar", "baz"]), { foo: "bar", _: ["baz"] });
  assertEquals<unknown>(parseArgs(["--foo", "--bar"]), { foo: true, bar: true, _: [] });
  assertEquals<unknown>(parseArgs(["--foo=a=b"]), { foo: "a=b", _: [] });
  assertEquals<unknown>(parseArgs(["-", "a"]), { _: ["-", "a"] });
});

Deno.test("parseArgs() reads letters", () => {
  assertEquals<unknown>(parseArgs(["-b"]), { b: true, _: [] });
  assertEquals<unknown>(parseArgs(["-cats"]), { c: true, a: true, t: true, s: true, _: [] });
  assertEquals<unknown>(parseArgs(["-cats", "meow"]), { c: true, a: true, t: true, s: "meow", _: [] });
  assertEquals<unknown>(parseArgs(["-n123", "-b=robots"]), { n: 123, b: "robots", _: [] });
  assertEquals<unknown>(parseArgs(["-I/foo/bar"]), { I: "/foo/bar", _: [] });
  assertEquals<unknown>(parseArgs(["-n", "-"]), { n: "-", _: [] });
  assertEquals<unknown>(parseArgs(["-f-"]), { f: "-", _: [] });
});

Deno.test("parseArgs() turns what looks like a number into one", () => {
  assertEquals<unknown>(parseArgs(["-x", "12", "--y=0.5", "--z", "1e3", "--hex", "0xff", "7", "8f"]), {
    x: 12,
    y: 0.5,
    z: 1000,
    hex: 255,
    _: [7, "8f"],
  });
});

Deno.test("parseArgs() leaves the values of string options as they are", () => {
  assertEquals<unknown>(parseArgs(["--id", "007", "--other=1"], { string: "id" }), { id: "007", other: 1, _: [] });
  assertEquals<unknown>(parseArgs(["-s", "007"], { string: ["s"] }), { s: "007", _: [] });
  assertEquals<unknown>(parseArgs(["7", "8"], { string: ["_"] })._, ["7", "8"]);
  assertEquals<unknown>(parseArgs(["--s", "true"], { string: "s" }).s, "true");
});

Deno.test("parseArgs() gives a string option without value the empty string", () => {
  assertEquals<unknown>(parseArgs(["--id"], { string: "id" }), { id: "", _: [] });
  assertEquals<unknown>(parseArgs(["--id", "--x"], { string: "id" }), { id: "", x: true, _: [] });
  assertEquals<unknown>(parseArgs([], { string: ["id"] }), { _: [] });
});

Deno.test("parseArgs() takes no value for a boolean option", () => {
  assertEquals<unknown>(parseArgs(["--quiet", "model"], { boolean: ["quiet"] }), { quiet: true, _: ["model"] });
  assertEquals<unknown>(parseArgs(["-q", "model"], { boolean: "q" }), { q: true, _: ["model"] });
  assertEquals<unknown>(parseArgs(["model"], { boolean: ["quiet"] }), { quiet: false, _: ["model"] });
});

Deno.test("parseArgs() takes true and false for a boolean option", () => {
  assertEquals<unknown>(parseArgs(["--a=false", "--b=true"], { boolean: ["a", "b"] }), { a: false, b: true, _: [] });
  assertEquals<unknown>(parseArgs(["--a", "false", "-b", "true", "x"], { boolean: ["a", "b"] }), {
    a: false,
    b: true,
    _: ["x"],
  });
  assertEquals<unknown>(parseArgs(["--a", "truest"], { boolean: ["a"] }), { a: true, _: ["truest"] });
});

Deno.test("parseArgs() takes every long option without equals sign for boolean if asked to", () => {
  assertEquals<unknown>(parseArgs(["x", "--honk", "cow", "-p", "55", "--tacos=good"], { boolean: true }), {
    honk: true,
    tacos: "good",
    p: 55,
    _: ["x", "cow"],
  });
});

Deno.test("parseArgs() negates what can be negated", () => {
  const options = { boolean: ["color"], negatable: ["color"], default: { color: true } } as const;
  assertEquals<unknown>(parseArgs(["--no-color"], options), { color: false, _: [] });
  assertEquals<unknown>(parseArgs([], options), { color: true, _: [] });
  assertEquals<unknown>(parseArgs(["--no-color", "--color"], options), { color: true, _: [] });
  assertEquals<unknown>(parseArgs(["--color", "--no-color", "x"], options), { color: false, _: ["x"] });
  assertEquals<unknown>(parseArgs(["--no-color"]), { "no-color": true, _: [] });
  assertEquals<unknown>(parseArgs(["--no-id"], { string: "id", negatable: "id" }), { id: false, _: [] });
});

Deno.test("parseArgs() takes the last value unless the option collects", () => {
  const args = ["--path", "a", "--path=b", "--other", "c", "--other", "d"];
  assertEquals<unknown>(parseArgs(args, { collect: ["path"] }), { path: ["a", "b"], other: "d", _: [] });
  assertEquals<unknown>(parseArgs(args, { string: ["path"] }), { path: "b", other: "d", _: [] });
  assertEquals<unknown>(parseArgs(["-v", "-v"], { boolean: ["v"], collect: ["v"] }), { v: [true, true], _: [] });
});

Deno.test("parseArgs() gives a collecting string or boolean option an empty array", () => {
  const options = { string: ["path"], boolean: ["flag"], collect: ["path", "flag"] } as const;
  assertEquals<unknown>(parseArgs([], options), { path: [], flag: [], _: [] });
});

Deno.test("parseArgs() lets a negation replace what was collected", () => {
  const options = { string: ["path"], collect: ["path"], negatable: ["path"], alias: { path: "p" } } as const;
  assertEquals<unknown>(parseArgs(["--path", "a", "-p", "b", "--no-path"], options), { path: false, p: false, _: [] });
});

Deno.test("parseArgs() knows an option by all its names", () => {
  const options = { string: ["path"], boolean: ["quiet"], alias: { path: ["p", "file"], quiet: "q" } } as const;
  const expected = { path: "1", p: "1", file: "1", quiet: true, q: true, _: ["x"] };
  assertEquals<unknown>(parseArgs(["--path", "1", "--quiet", "x"], options), expected);
  assertEquals<unknown>(parseArgs(["-p", "1", "-q", "x"], options), expected);
  assertEquals<unknown>(parseArgs(["--file=1", "-q", "x"], options), expected);
  assertEquals<unknown>(parseArgs([], options), { quiet: false, q: false, _: [] });
});

Deno.test("parseArgs() takes options for an alias as for the name", () => {
  assertEquals<unknown>(parseArgs(["-h", "derp"], { boolean: "herp", alias: { h: "herp" } }), {
    h: true,
    herp: true,
    _: ["derp"],
  });
  assertEquals<unknown>(parseArgs(["-s", "007"], { string: "str", alias: { s: "str" } }), {
    s: "007",
    str: "007",
    _: [],
  });
});

Deno.test("parseArgs() collects over all names of an option", () => {
  const options = { string: ["path"], collect: ["path"], alias: { path: "p" } } as const;
  assertEquals<unknown>(parseArgs(["--path", "a", "-p", "b"], options), { path: ["a", "b"], p: ["a", "b"], _: [] });
});

Deno.test("parseArgs() fills in defaults, for all names", () => {
  const options = { string: ["path"], default: { path: "x", n: 1 }, alias: { path: "p" } } as const;
  assertEquals<unknown>(parseArgs([], options), { path: "x", p: "x", n: 1, _: [] });
  assertEquals<unknown>(parseArgs(["-p", "y", "--n=2"], options), { path: "y", p: "y", n: 2, _: [] });
  assertEquals<unknown>(parseArgs([], { boolean: ["maybe"], default: { maybe: null } }), { maybe: null, _: [] });
  assertEquals<unknown>(parseArgs([], { collect: ["list"], default: { list: ["a"] } }), { list: ["a"], _: [] });
});

Deno.test("parseArgs() stops at the double dash", () => {
  assertEquals<unknown>(parseArgs(["-a", "--", "b", "--c", "1"]), { a: true, _: ["b", "--c", "1"] });
  assertEquals<unknown>(parseArgs(["a", "--", "b", "--", "1"], { "--": false }), { _: ["a", "b", "--", "1"] });
  assertEquals<unknown>(parseArgs(["a", "--", "b", "--c", "1"], { "--": true }), { _: ["a"], "--": ["b", "--c", "1"] });
  assertEquals<unknown>(parseArgs(["a"], { "--": true }), { _: ["a"], "--": [] });
  assertEquals<unknown>(parseArgs(["--s", "--", "x"], { string: "s" }), { s: "", _: ["x"] });
});

Deno.test("parseArgs() reports what it does not know", () => {
  const calls: unknown[][] = [];
  const result = parseArgs(["--good=1", "-g", "2", "--bad=3", "-x", "file", "--collected=4", "--", "--after"], {
    string: ["good"],
    collect: ["collected"],
    alias: { good: "g" },
    default: { preset: 5 },
    unknown: (arg, key, value) => {
      calls.push([arg, key, value]);
      return false;
    },
  });
  assertEquals(calls, [
    ["--bad=3", "bad", "3"],
    ["-x", "x", "file"],
  ]);
  assertEquals<unknown>(result, { good: "2", g: "2", preset: 5, collected: [4], _: ["--after"] });
});

Deno.test("parseArgs() reports the arguments that belong to no option", () => {
  const calls: unknown[][] = [];
  const unknown = (arg: string, key?: string, value?: unknown): boolean => {
    calls.push([arg, key, value]);
    return arg !== "12";
  };
  assertEquals<unknown>(parseArgs(["12", "x", "--flag", "y"], { boolean: ["flag"], unknown })._, ["x", "y"]);
  assertEquals(calls, [["12", undefined, undefined], ["x", undefined, undefined], ["y", undefined, undefined]]);
});

Deno.test("parseArgs() keeps what it does not know unless told otherwise", () => {
  assertEquals<unknown>(parseArgs(["--bad=3", "x"], { string: ["good"], unknown: () => undefined }), {
    bad: 3,
    _: ["x"],
  });
  assertEquals<unknown>(parseArgs(["--bad=3", "x"], { string: ["good"] }), { bad: 3, _: ["x"] });
});

Deno.test("parseArgs() reports no long option if all are boolean", () => {
  const calls: string[] = [];
  parseArgs(["--honk", "--tacos=good"], { boolean: true, unknown: (arg) => calls.push(arg) });
  assertEquals(calls, ["--tacos=good"]);
});

Deno.test("parseArgs() leaves its arguments as they are", () => {
  const args = ["--a", "b", "--", "c"];
  parseArgs(args, { "--": true });
  assertEquals(args, ["--a", "b", "--", "c"]);
});

Deno.test("parseArgs() has types for what is named", () => {
  const args = parseArgs(["--path", "a", "--ids", "1"], {
    string: ["path", "ids", "format"],
    boolean: ["quiet", "color"],
    collect: ["ids", "rest"],
    negatable: ["color", "path"],
    default: { format: "json", color: true },
    alias: { path: "p", ids: ["i", "id"] },
    "--": true,
  });
  const path: string | false | undefined = args.path;
  const alias: string | false | undefined = args.p;
  const ids: string[] = args.ids;
  const aliases: string[][] = [args.i, args.id];
  const booleans: boolean[] = [args.quiet, args.color];
  const format: string = args.format;
  const rest: unknown[] = args.rest;
  const positional: (string | number)[] = args._;
  const after: string[] = args["--"];
  // @ts-expect-error What is not named is unknown.
  const unnamed: string = args.unnamed;
  assertEquals([path, alias, ids, aliases], ["a", "a", ["1"], [["1"], ["1"]]]);
  assertEquals([booleans, format, rest, positional, after, unnamed], [
    [false, true],
    "json",
    undefined,
    [],
    [],
    undefined,
  ]);
});

Deno.test("parseArgs() has no types if nothing is named", () => {
  const args = parseArgs(["--port", "80"]);
  const port: number = args.port;
  assertEquals(port, 80);
});

/** Runs a program that prompts, without a terminal. */
async function promptWithout(stdin: "null" | "piped"): Promise<string> {
  const child = new Deno.Command(Deno.execPath(), {
    args: program(["Password:"]),
    stdin,
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  if (stdin === "piped") {
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode("secret\n")).catch(() => {}); // it may end without reading
    await writer.close().catch(() => {});
  }
  const { stdout, code } = await child.output();
  assertEquals(code, 0);
  return new TextDecoder().decode(stdout);
}

function program(args: [message?: string, options?: PromptSecretOptions]): string[] {
  const main = new URL("_prompt_secret_main.ts", import.meta.url).href;
  return ["run", "--quiet", "--no-lock", main, JSON.stringify(args)];
}

for (const stdin of ["null", "piped"] as const) {
  Deno.test(`promptSecret() returns null if standard input is ${stdin}`, async () => {
    assertEquals(await promptWithout(stdin), "RETURNED null\n");
  });
}

const python = Deno.build.os === "windows" ? undefined : await findPython();

async function findPython(): Promise<string | undefined> {
  try {
    const { success } = await new Deno.Command("python3", { args: ["-c", "import pty, termios"], stderr: "null" })
      .output();
    return success ? "python3" : undefined;
  } catch {
    return undefined; // there is none
  }
}

/** What a program that prompts showed in a terminal, what it returned, and its exit code. */
interface Session {
  shown: string;
  returned: string | undefined;
  code: number;
}

/** Runs a program that prompts in a terminal, and types. */
async function promptIn(keys: string, ...args: [message?: string, options?: PromptSecretOptions]): Promise<Session> {
  const helper = fileURLToPath(new URL("_in_terminal.py", import.meta.url));
  const { stdout } = await new Deno.Command(python!, {
    args: [helper, `${args[0] ?? "Secret"} `, JSON.stringify(keys), Deno.execPath(), ...program(args)],
    stdin: "null",
    stderr: "inherit",
  }).output();
  const { shown, code }: { shown: string; code: number } = JSON.parse(new TextDecoder().decode(stdout));
  const [before, returned] = shown.split("RETURNED ");
  return { shown: before!, returned: returned && JSON.parse(returned), code };
}

function testInTerminal(name: string, fn: () => Promise<void>): void {
  Deno.test({ name: `promptSecret() ${name}`, ignore: !python, fn });
}

testInTerminal("returns the line and shows a mask instead", async () => {
  const { shown, returned, code } = await promptIn("s3cret\r", "Password:");
  assertEquals([returned, code], ["s3cret", 0]);
  assertStringIncludes(shown, "Password: ******");
  assertFalse(shown.includes("*******") || shown.includes("s3"), shown);
});

testInTerminal("asks for a secret by default, which may be empty", async () => {
  const { shown, returned } = await promptIn("\n");
  assertEquals([shown, returned], ["Secret \r\n", ""]);
});

testInTerminal("lets the user correct the line", async () => {
  const { shown, returned } = await promptIn("\x7fab\x7fc\x7f\x7f\x7fxyz\bd\r");
  assertEquals(returned, "xyd");
  assertStringIncludes(shown, "Secret ***");
  assertFalse(shown.includes("****"), shown);
});

testInTerminal("returns characters of several bytes", async () => {
  const { shown, returned } = await promptIn("pässwörd ✓ 🔑\r");
  assertEquals(returned, "pässwörd ✓ 🔑");
  assertFalse(shown.includes("ä") || shown.includes("🔑"), shown);
});

testInTerminal("returns a line that is wider than the terminal", async () => {
  const { returned } = await promptIn(`${"0123456789".repeat(20)}\r`);
  assertEquals(returned, "0123456789".repeat(20));
});

testInTerminal("shows another mask", async () => {
  const { shown } = await promptIn("abc\r", "?", { mask: "$" });
  assertStringIncludes(shown, "? $$$");
  assertFalse(shown.includes("*"), shown);
});

testInTerminal("shows nothing if the mask is empty", async () => {
  const { shown, returned } = await promptIn("abc\r", "?", { mask: "" });
  assertEquals([shown, returned], ["? \r\n", "abc"]);
});

testInTerminal("clears the line if asked to", async () => {
  const { shown, returned } = await promptIn("abc\r", "?", { mask: "", clear: true });
  assertEquals([shown, returned], ["? \r\x1b[K", "abc"]);
});

testInTerminal("lets Ctrl-C end the program", async () => {
  const { returned, code } = await promptIn("abc\x03");
  assertEquals([returned, code], [undefined, 130]);
});
