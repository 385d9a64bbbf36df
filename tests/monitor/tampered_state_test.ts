/** State files that are damaged, tampered with, or of something else: named, never believed, never an alarm against the log. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { UnavailableError, UsageError } from "../../src/errors.ts";
import { parseState } from "../../src/monitor/state_document.ts";
import { assertFails } from "../_assert_fails.ts";
import { JANE, Watching } from "./_watching.ts";

// deno-lint-ignore no-explicit-any -- a document to be damaged in any way
type Json = any;

const stateOf = (watching: Watching): Json => JSON.parse(Deno.readTextFileSync(watching.state));
const write = (watching: Watching, state: Json): void => Deno.writeTextFileSync(watching.state, JSON.stringify(state));

for (const rekor of [1, 2] as const) {
  Deno.test(`v${rekor}: no counter of the state hides what this run finds`, async () => {
    await using watching = await Watching.start(rekor);
    watching.noise(6);
    await watching.look();
    const good = stateOf(watching);
    await watching.sign();
    const counters: [member: string, values: unknown[]][] = [
      ["alarming", [-1, -Number.MAX_SAFE_INTEGER, 0.5, "0", null, 1, 7, Number.MAX_SAFE_INTEGER, 1e300, true]],
      ["reported", [6, 7, Number.MAX_SAFE_INTEGER, 1e21, -2, 5.5, "5", null, [5]]],
      ["offset", [1, -1, 6, Number.MAX_SAFE_INTEGER, "0", null]],
      ["size", [7, 5, 0, -6, 2 ** 53, "6", null]],
      ["searching", [0, "false", null, undefined]],
      ["hashes", [[], null, "00", [1, 2], ["zz", "yy"], good.logs[0].hashes.toReversed(), Array(65).fill("00")]],
      ["origin", ["", "other.example", `${good.logs[0].origin} `, null, 7]],
      ["checkpoint", [
        "",
        good.logs[0].checkpoint.replace("\n6\n", "\n5\n"),
        good.logs[0].checkpoint.slice(0, -3),
        null,
        {},
      ]],
      ["contradiction", [7, null]],
      ["name", [7, null, undefined]],
    ];
    for (const [member, values] of counters) {
      for (const value of values) {
        const state = structuredClone(good);
        state.logs[0][member] = value;
        write(watching, state);
        const before = Deno.readTextFileSync(watching.state);
        const error = await assertFails(() => watching.look(), UnavailableError, "STATE_INVALID", watching.state);
        if (!["size", "hashes"].includes(member)) {
          assertStringIncludes(error.message, member === "checkpoint" ? "checkpoint" : member);
        }
        assertStringIncludes(error.message, "restore it");
        // What is there is left for an investigation.
        assertEquals(Deno.readTextFileSync(watching.state), before);
      }
    }
    write(watching, good);
    assertEquals((await watching.look()).alarming, 1);
  });

  Deno.test(`v${rekor}: values at their bounds are accepted`, async () => {
    await using watching = await Watching.start(rekor);
    for (let i = 0; i < 3; i++) await watching.sign();
    await watching.look({ from: 0 });
    const state = stateOf(watching);
    assertEquals([state.logs[0].reported, state.logs[0].alarming], [2, 0]);
    state.logs[0].alarming = 3; // As a run leaves it that was killed after three findings.
    write(watching, state);
    assertEquals((await watching.look()).alarming, 3);
    state.logs[0].alarming = 4;
    write(watching, state);
    await assertFails(
      () => watching.look(),
      UnavailableError,
      "STATE_INVALID",
      "alarming is 4, and must be a whole number from 0 to 3",
    );
  });

  Deno.test(`v${rekor}: a document of another shape is damaged, and says what is wrong`, async () => {
    await using watching = await Watching.start(rekor);
    watching.noise(2);
    await watching.look();
    const good = stateOf(watching);
    const [log] = good.logs;
    const cases: [text: string, word: string][] = [
      ["", "it is empty"],
      ["\0", "not JSON"],
      ["{", "not JSON"],
      ["null", "not an object"],
      ["[]", "not an object"],
      ["7", "not an object"],
      ["{}", "no version"],
      ['{"version":1}', "watch"],
      ['{"version":"1"}', "version"],
      ['{"version":2,"watch":{"identity":"x"},"logs":[]}', "version"],
      [JSON.stringify({ ...good, watch: null }), "watch"],
      [JSON.stringify({ ...good, watch: [] }), "watch"],
      [JSON.stringify({ ...good, watch: { identity: 7 } }), "watch"],
      [JSON.stringify({ ...good, watch: { identity: JANE, more: "x" } }), "watch"],
      [JSON.stringify({ ...good, watch: { identity: JANE, digest: "00" } }), "watch"],
      [`{"version":1,"watch":${"[".repeat(200_000)}${"]".repeat(200_000)},"logs":[]}`, "nested"],
      ['{"version":1,"version":1}', "a member more than once"],
      [JSON.stringify({ ...good, logs: undefined }), "logs"],
      [JSON.stringify({ ...good, logs: {} }), "logs"],
      [JSON.stringify({ ...good, logs: [null] }), "logs[0]"],
      [JSON.stringify({ ...good, logs: [[]] }), "logs[0]"],
      [JSON.stringify({ ...good, logs: [log, {}] }), "logs[1].reported is missing"],
      [JSON.stringify({ ...good, logs: [log, log] }), "twice"],
      [JSON.stringify({ ...good, logs: Array(1_001).fill(log) }), "logs"],
      [JSON.stringify({ ...good, padding: "x".repeat(4_000_000) }), "larger than"],
    ];
    for (const [text, word] of cases) {
      Deno.writeTextFileSync(watching.state, text);
      await assertFails(() => watching.look(), UnavailableError, "STATE_INVALID", watching.state, word);
    }
    Deno.writeFileSync(watching.state, new Uint8Array([0x7b, 0xff, 0x7d]));
    await assertFails(() => watching.look(), UnavailableError, "STATE_INVALID", watching.state, "not text in UTF-8");
    Deno.removeSync(watching.state);
    Deno.mkdirSync(watching.state);
    await assertFails(() => watching.look(), UnavailableError, "IO", watching.state);
  });

  Deno.test(`v${rekor}: a state of another log, instance or identity`, async () => {
    await using watching = await Watching.start(rekor);
    await using other = await Watching.start(rekor);
    watching.noise(5);
    other.noise(5);
    await watching.look();
    await other.look();
    const joe = { identity: "joe@example.com" };
    await assertFails(
      () => watching.look({ watch: joe }),
      UsageError,
      "STATE_OTHER",
      watching.state,
      "joe@example.com",
    );
    const narrower = { identity: JANE, identityProvider: "https://accounts.example" };
    await assertFails(() => watching.look({ watch: narrower }), UsageError, "STATE_OTHER", watching.state);
    // Another instance: its log is new to this state.
    const state = stateOf(watching);
    const [foreign] = stateOf(other).logs;
    assertEquals((await other.look({ state: watching.state })).logs[0]!.isNew, true);
    assertEquals((await other.look({ state: watching.state })).resumed, true);
    // The checkpoint of another instance under the name of this log.
    write(watching, { ...state, logs: [{ ...foreign, name: state.logs[0].name }] });
    await assertFails(() => watching.look(), UnavailableError, "STATE_INVALID", "not signed with a key");
  });

  Deno.test(`v${rekor}: size and hashes of another tree are the state's fault, not the log's`, async () => {
    await using watching = await Watching.start(rekor);
    watching.noise(7);
    await watching.look({ from: 5 });
    const good = stateOf(watching);
    watching.noise(4);
    // Fewer entries than in the checkpoint, as a killed run leaves it, with hashes of nothing that was ever logged.
    write(watching, { ...good, logs: [{ ...good.logs[0], size: 6, hashes: ["11".repeat(32), "22".repeat(32)] }] });
    await assertFails(() => watching.look(), UnavailableError, "STATE_INVALID", "first 6 entries");
    write(watching, good);
    assertEquals((await watching.look()).logs[0]!.to, 11);
  });
}

Deno.test("evidence against a log is kept when the state moves on", async () => {
  await using watching = await Watching.start(2);
  watching.noise(5);
  await watching.look();
  const seen = stateOf(watching).logs[0].checkpoint;
  watching.noise(1);
  watching.log.misbehave("splitView");
  let code = "";
  await watching.look().catch((error) => code = error.code);
  assertEquals(code, "LOG_CONTRADICTION");
  watching.log.faults.clear();
  await watching.look();
  const [log] = stateOf(watching).logs;
  assertEquals(log.contradicted, seen);
  assertEquals(log.contradiction.split("\n")[1], "6");
});

Deno.test("a hostile state costs little", () => {
  const members = Array.from({ length: 250_000 }, (_, i) => `"${i}":0`).join(",");
  const texts = [
    `{${members}}`,
    `{"version":1,"watch":{${members}},"logs":[]}`,
    "[".repeat(4_000_000),
    `[${"{},".repeat(1_000_000)}{}]`,
  ];
  for (const text of texts) {
    let code = "";
    try {
      parseState("x", new TextEncoder().encode(text));
    } catch (error) {
      code = (error as UnavailableError).code;
    }
    assertEquals(code, "STATE_INVALID");
  }
});
