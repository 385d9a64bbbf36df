/** The tasks, whole, with the smallest model there is. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { fileURLToPath } from "node:url";
import { TempDirectory } from "../_temp_directory.ts";
import { HAS_PYTHON3 } from "./_python3.ts";
import { readSvg } from "./_svg.ts";

/** Runs a task; returns what it printed. */
async function runTask(name: string, directory: TempDirectory, args: string[], status = 0): Promise<string> {
  const script = fileURLToPath(new URL(`../../bench/${name}.ts`, import.meta.url));
  const places = ["--out", `${directory.path}/out`, "--work", directory.path];
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "-A", script, "--python", "none", "--runs", "1", ...places, ...args],
    env: { NO_COLOR: "1" },
  }).output();
  const text = new TextDecoder();
  assertEquals(code, status, text.decode(stderr));
  return text.decode(status === 2 ? stderr : stdout);
}

function read(directory: TempDirectory, name: string): string {
  return Deno.readTextFileSync(`${directory.path}/out/${name}`);
}

const ignore = !HAS_PYTHON3;

Deno.test("bench:table prints the table, writes it and the picture, and removes its models", { ignore }, async () => {
  using directory = new TempDirectory();
  const printed = await runTask("table", directory, ["--max-size", "8KiB", "--only", "^files|^h1"]);
  assertMatch(printed, /^files +roberta-base-11\.onnx +8K +[\d.]+ s +[\d.]+ s$/m);
  assertMatch(printed, /^h1 +roberta-base-11\.onnx +8K +[\d.]+ s +[\d.]+ s +0\.800 s \/ 0\.600 s/m);
  assertStringIncludes(printed, "Left out by --max-size: YOLOP, bertseq2seq, bert-base-uncased, falcon-7b");
  const report = JSON.parse(read(directory, "table.json"));
  assertEquals(report.rows.map((row: { bytes: number }) => row.bytes), [8192, 8192]);
  assertEquals(readSvg(read(directory, "table.svg")).includes("Time to sign and to verify with a key, seconds"), true);
  assertEquals([...Deno.readDirSync(directory.path)].map(({ name }) => name), ["out"]);
});

Deno.test("bench:peers judges what it measured", { ignore }, async () => {
  using directory = new TempDirectory();
  await runTask("peers", directory, ["--max-size", "8KiB", "--only", "^key-"]);
  const { rows } = JSON.parse(read(directory, "peers.json"));
  assertEquals(rows[0].results.map((result: { name: string }) => result.name), ["sign ours", "verify ours"]);
  const memory = rows[0].targets.filter(({ what }: { what: string }) => what.startsWith("peak memory"));
  assertEquals(memory.map(({ verdict }: { verdict: string }) => verdict), ["pass", "pass"]);
});

Deno.test("bench:growth writes a point for each size and number", { ignore }, async () => {
  using directory = new TempDirectory();
  await runTask("growth", directory, ["--max-size", "8KiB", "--max-files", "1"]);
  const { bySize, byFiles } = JSON.parse(read(directory, "growth.json"));
  assertEquals([bySize, byFiles].map((points) => points.length), [1, 1]);
  assertEquals(bySize[0].results[0].name, "model-signing digest");
  assertEquals(readSvg(read(directory, "growth.svg")).includes("One file, by its size"), true);
});

Deno.test("a task says what is wrong with its options, and touches nothing", { ignore }, async () => {
  using directory = new TempDirectory();
  const said = await runTask("table", directory, ["--max-size", "plenty"], 2);
  assertStringIncludes(said, 'error: Cannot read the size "plenty"');
  assertEquals([...Deno.readDirSync(directory.path)].length, 0);
});
