/** The fuzzer itself, and what it has found. */
import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import { mutate } from "./_mutate.ts";
import { isDer, mutateDer } from "./_mutate_der.ts";
import { mutateJson } from "./_mutate_json.ts";
import { Random } from "./_random.ts";

const MAIN = fileURLToPath(new URL("main.ts", import.meta.url));

async function fuzz(...args: string[]): Promise<string> {
  const output = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-check", "-A", MAIN, "--jobs", "1", ...args],
  }).output();
  const [stdout, stderr] = [output.stdout, output.stderr].map((bytes) => new TextDecoder().decode(bytes));
  assertEquals([output.code, stderr], [0, ""], stdout);
  return stdout!;
}

Deno.test("every kind of input is read, and those that had a fault once are read well", async () => {
  assertMatch(await fuzz("--replay"), /fuzz: \d+ passed, 0 failed\n$/);
  const targets = 18;
  const report = await fuzz("--seed", "20261128", "--inputs", `${2 * targets}`);
  assertMatch(report, new RegExp(`fuzz: ${2 * targets} passed, 0 failed\n$`));
  assertEquals([...report.matchAll(/ 2 inputs, /g)].length, targets);
});

Deno.test("the same seed makes the same changes, another one makes others", () => {
  const bytes = new TextEncoder().encode(JSON.stringify({ a: [1, "x", { b: null }], c: "AAECAwQFBgc=" }));
  const changes = (seed: number): string[] =>
    Array.from({ length: 50 }, (_, i) => mutate(bytes, new Random(seed, i)).toBase64());
  assertEquals(changes(1), changes(1));
  assertNotEquals(changes(1), changes(2));
  assert(new Set(changes(1)).size > 40);
});

Deno.test("changes of JSON and DER reach what is within", () => {
  const der = Uint8Array.of(0x30, 0x08, 0x02, 0x01, 0x05, 0x04, 0x03, 0x30, 0x01, 0x07);
  const text = JSON.stringify({ outer: { inner: der.toBase64() } });
  const all = Array.from({ length: 120 }, (_, i) => mutateJson(text, new Random(i), mutate)!);
  const kept = all.filter((changed) => changed.startsWith('{"outer":{"inner":"') && changed.endsWith('"}}'));
  assert(kept.length > 15, `${kept.length} changed the inner value alone`);
  assert(all.some((changed) => /"inner":.*"inner":/.test(changed)), "a member twice");
  const changed = Array.from({ length: 120 }, (_, i) => mutateDer(der, new Random(i))!);
  assert(changed.filter(isDer).length > 30, "many keep the form");
  assert(changed.filter((bytes) => !isDer(bytes)).length > 10, "many do not");
});
