/** On a terminal: colors, progress, and the question for a password. Elsewhere: none of it. */
import { assert, assertEquals, assertFalse, assertMatch, assertStringIncludes } from "@std/assert";
import { runWell, Workplace } from "../_program.ts";
import { hasTerminal, runInTerminal } from "./_terminal.ts";

function testInTerminal(name: string, fn: (place: Workplace) => Promise<void>): void {
  Deno.test({
    name: `in a terminal: ${name}`,
    ignore: !hasTerminal,
    fn: async () => {
      using place = new Workplace();
      place.makeKeys();
      await runWell(["sign", "key", "bert", "--private-key", "key.pem"], { cwd: place.path });
      await fn(place);
    },
  });
}

const VERIFY = ["verify", "key", "bert", "--public-key", "key.pub"];

testInTerminal("colors, unless NO_COLOR is set", async (place) => {
  const coloured = await runInTerminal(VERIFY, place);
  assertEquals(coloured.code, 0);
  assertStringIncludes(coloured.shown, "\x1b[32mVerified\x1b[0m");
  const plain = await runInTerminal(VERIFY, place, { env: { NO_COLOR: "1" } });
  assertStringIncludes(plain.shown, 'Verified "bert"');
  assertFalse(plain.shown.includes("\x1b[3"), plain.shown);
  // The reader of the file has no terminal.
  await runInTerminal(VERIFY, place, { redirection: ">out.txt" });
  assertMatch(Deno.readTextFileSync(`${place.path}/out.txt`), /^Verified "bert"/);
});

/** Takes the slowest of the engines a second or more, and the display appears after half a second. */
const SLOW = 400_000_000;

testInTerminal("progress that is taken away at the end", async (place) => {
  place.writeSparse("slow/weights.bin", SLOW);
  const args = ["digest", "slow", "--engine", "hash-wasm"];
  // The digest goes to the file, the display to the terminal.
  const { shown, code } = await runInTerminal(args, place, { redirection: ">digest.txt" });
  assertEquals(code, 0);
  const drawn = shown.split("\r\x1b[K").filter((text) => text !== "");
  assert(drawn.length > 0, shown);
  for (const line of drawn) {
    assertMatch(line, /^Hashing \[#*\.*\] +\d+% {2}[\d.]+ MB of 400\.0 MB {2}[\d.]+ [MG]B\/s/);
    assert(line.length < 80, line);
  }
  assertEquals(shown.endsWith("\r\x1b[K"), true, shown);
  assertMatch(Deno.readTextFileSync(`${place.path}/digest.txt`), /^sha256:[0-9a-f]{64}\n$/);
});

testInTerminal("no progress with --quiet, or if standard error goes elsewhere", async (place) => {
  place.writeSparse("slow/weights.bin", SLOW / 2);
  const args = ["digest", "slow", "--engine", "hash-wasm"];
  const quiet = await runInTerminal([...args, "--quiet"], place);
  assertMatch(quiet.shown, /^sha256:[0-9a-f]{64}\r\n$/);
  const elsewhere = await runInTerminal(args, place, { redirection: "2>errors.txt" });
  assertMatch(elsewhere.shown, /^sha256:[0-9a-f]{64}\r\n$/);
  assertEquals(Deno.readTextFileSync(`${place.path}/errors.txt`), "");
});

testInTerminal("the password of a key is asked for and not shown", async (place) => {
  const { key } = place.makeKeys("locked");
  const encrypted = { cipher: "aes-256-cbc", passphrase: "s3cret" };
  place.write("locked.pem", key.export({ type: "pkcs8", format: "pem", ...encrypted }).toString());
  const args = ["sign", "key", "bert", "--private-key", "locked.pem"];
  const typing = { after: "Password of", keys: "s3cret\r" };
  const { shown, code } = await runInTerminal(args, place, { typing });
  assertEquals([code, shown.includes("s3cret")], [0, false], shown);
  assertStringIncludes(shown, 'Password of "locked.pem":');
  await runWell(["verify", "key", "bert", "--public-key", "locked.pub"], { cwd: place.path });

  const before = Deno.readTextFileSync(`${place.model}/model.sig`);
  const stopped = await runInTerminal(args, place, { typing: { ...typing, keys: "s3\x03" } });
  assertEquals(stopped.code, 130);
  // With --json standard output is for the document alone.
  const json = await runInTerminal([...args, "--json"], place);
  assertEquals(json.code, 2);
  assertStringIncludes(json.shown, "--password-file");
  assertEquals(Deno.readTextFileSync(`${place.model}/model.sig`), before);
});

Deno.test("without a terminal there are no colors, whatever the environment says", async () => {
  using place = new Workplace();
  place.makeKeys();
  await runWell(["sign", "key", "bert", "--private-key", "key.pem"], { cwd: place.path });
  const env = { FORCE_COLOR: "1", CLICOLOR_FORCE: "1", TERM: "xterm-256color" };
  assertMatch(await runWell(VERIFY, { cwd: place.path, env }), /^Verified "bert"/);
});
