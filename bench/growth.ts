// deno-lint-ignore-file no-console -- a program of its own, whose output are the tables
/**
 * Shows how cost grows with the size of a model and with the number of its files. Prints the figures, and writes
 * `growth.json` and the plot `growth.svg`.
 *
 *     deno task bench:growth [--max-size SIZE] [--max-files N] [--runs N] [--python FILE] …
 */
import { count, formatBytes } from "../src/cli/units.ts";
import { lineChart, type Point } from "./_lines.ts";
import { machineCaption, machineLines } from "./_machine.ts";
import { measureInTurn, type Result, runOnce, type Work } from "./_measure.ts";
import { type MadeModel, manyFiles, oneFile, type Shape, warm } from "./_models.ts";
import { type Bench, toJson, withBench } from "./_setup.ts";
import { renderTable } from "./_text_table.ts";
import { formatMemory, formatSeconds } from "./_units.ts";

/** Sizes of one file, each about eight times the one before. */
const SIZES = [8e3, 64e3, 512e3, 4e6, 32e6, 256e6, 2e9, 14e9];

/** Numbers of files … */
const COUNTS = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000];

/** … of this many bytes each: their content costs nothing compared with opening them. */
const TINY = 100;

/** The Python reference needs minutes, and gigabytes of memory, for more. */
const MOST_FILES_PYTHON = 100_000;

const SERIES = ["model-signing digest", "model-signing verify", "openssl, one process", "Python verify"];

interface Measurement {
  /** Bytes, or files. */
  readonly amount: number;
  /** In the order of the series. */
  readonly results: readonly Result[];
}

async function main(bench: Bench): Promise<number> {
  const { options, machine } = bench;
  const sizes = SIZES.filter((size) => size <= options.maxSize && options.only.test("size"));
  const counts = COUNTS.filter((count) => count <= options.maxFiles && options.only.test("files"));
  const bySize: Measurement[] = [];
  const byFiles: Measurement[] = [];
  for (const amount of sizes) bySize.push({ amount, results: await measure(oneFile("model.bin", amount), bench) });
  for (const amount of counts) {
    byFiles.push({ amount, results: await measure(manyFiles("model", amount, TINY), bench) });
  }
  console.log(machineLines(machine).join("\n"));
  console.log(`\n${render("one file of", bySize, formatBytes)}\n\n${render("files", byFiles, String)}`);
  await bench.write("growth.json", toJson({ machine, runs: options.runs, tinyBytes: TINY, bySize, byFiles }));
  await bench.write("growth.svg", draw(bench, bySize, byFiles));
  return 0;
}

async function measure(shape: Shape, bench: Bench): Promise<Result[]> {
  console.error(`${shape.files.length} files, ${shape.files[0]!.size} bytes each …`);
  const model = bench.models.model(shape);
  const works = worksOf(model, bench);
  for (const { sign } of works) if (sign !== undefined) await runOnce([sign]);
  warm(model.path);
  const results = await measureInTurn(works, { runs: bench.options.runs, warmUp: model.bytes < 1e9 });
  if (!bench.options.keep) bench.models.remove(shape);
  return SERIES.map((name) => results.find((result) => result.name === name) ?? { name, failed: "it was not run" });
}

/** The tasks to measure, and what must be signed before. */
function worksOf({ path: model, files }: MadeModel, bench: Bench): (Work & { sign?: string[] })[] {
  const [ours, python] = ["ours", "Python"].map((name) => bench.programs.find((program) => program.name === name));
  const job = (name: string): Parameters<NonNullable<typeof ours>["command"]>[1] => ({
    model,
    signature: bench.file(`${name}.sig`),
    serialization: "files",
    ...bench.keys,
  });
  const [digest, verify, openssl, pythonVerify] = SERIES as [string, string, string, string];
  const works: (Work & { sign?: string[] })[] = [
    { name: digest, commands: [ours!.command("digest", job("ours"))!] },
    { name: verify, commands: [ours!.command("verify", job("ours"))!], sign: ours!.command("sign", job("ours"))! },
    { name: openssl, commands: [["find", model, "-type", "f", "-exec", "openssl", "dgst", "-sha256", "{}", "+"]] },
  ];
  if (python !== undefined && files <= MOST_FILES_PYTHON) {
    const sign = python.command("sign", job("python"))!;
    works.push({ name: pythonVerify, commands: [python.command("verify", job("python"))!], sign });
  }
  return works;
}

function render(what: string, measurements: readonly Measurement[], format: (amount: number) => string): string {
  return renderTable({
    heads: [what, ...SERIES.flatMap((name) => [name, "memory"])],
    rows: measurements.map(({ amount, results }) => [
      format(amount),
      ...results.flatMap((result) =>
        "failed" in result ? ["—", ""] : [formatSeconds(result.seconds), formatMemory(result.peakBytes)]
      ),
    ]),
    numeric: Array.from({ length: 1 + 2 * SERIES.length }, (_, column) => column),
  });
}

function draw(bench: Bench, bySize: readonly Measurement[], byFiles: readonly Measurement[]): string {
  const formatY = (seconds: number): string => `${seconds} s`;
  const panels = [
    { title: "One file, by its size", xLabel: "bytes", of: bySize, formatX: shortBytes },
    { title: `Files of ${TINY} bytes, by their number`, xLabel: "files", of: byFiles, formatX: shortCount },
  ].filter(({ of }) => of.length > 0);
  return lineChart({
    title: "Time against size and number of files",
    caption: [
      `Medians of ${count(bench.options.runs, "run")}, both scales logarithmic.`,
      machineCaption(bench.machine),
    ],
    description: panels.map(({ title, of, formatX }) => `${title}: ${describe(of, formatX)}`).join(". "),
    series: SERIES,
    panels: panels.map(({ of, ...panel }) => ({
      ...panel,
      formatY,
      lines: SERIES.map((_, i) => of.flatMap(({ amount, results }) => point(amount, results[i]))),
    })),
  });
}

/** Formats a power of ten without decimals. */
function shortBytes(bytes: number): string {
  return formatBytes(bytes).replace(".0 ", " ");
}

function shortCount(count: number): string {
  if (count >= 1e6) return `${count / 1e6}M`;
  return count >= 1000 ? `${count / 1000}k` : `${count}`;
}

function point(amount: number, result: Result | undefined): Point[] {
  return result === undefined || "failed" in result ? [] : [[amount, result.seconds]];
}

function describe(measurements: readonly Measurement[], format: (amount: number) => string): string {
  return measurements.map(({ amount, results }) => {
    const cells = results.flatMap((result) =>
      "failed" in result ? [] : [`${result.name} ${formatSeconds(result.seconds)}`]
    );
    return `${format(amount)}: ${cells.join(", ")}`;
  }).join("; ");
}

if (import.meta.main) Deno.exit(await withBench(Deno.args, main));
