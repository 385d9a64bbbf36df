// deno-lint-ignore-file no-console -- a program of its own, whose output are the tables
/**
 * Compares this program with the limits of the machine (`openssl dgst` on all processors, `sha256sum`, `b3sum`) and with
 * other programs, and says which targets are reached. Writes `peers.json`. Ends with 1 if a target is missed.
 *
 *     deno task bench:peers [--only ROW] [--max-size SIZE] [--runs N] [--python FILE] [--go FILE] …
 */
import { machineLines } from "./_machine.ts";
import { type Measured, measureInTurn, rate, type Result, runOnce, type Work } from "./_measure.ts";
import { warm } from "./_models.ts";
import { peerRows, type Row } from "./_peer_rows.ts";
import { type Bench, toJson, withBench } from "./_setup.ts";
import { judge, type Judged, memoryTargets } from "./_targets.ts";
import { renderTable } from "./_text_table.ts";
import { formatMemory, formatRate, formatSeconds } from "./_units.ts";

/** Maximum memory of this program in megabytes. */
const MOST_MEMORY = 200;

/** Bytes from which a rate is shown. */
const RATE_FROM = 100e6;

interface Measurement {
  readonly row: string;
  readonly title: string;
  readonly runs: number;
  readonly results: readonly Result[];
  readonly targets: readonly Judged[];
}

async function main(bench: Bench): Promise<number> {
  const rows = peerRows(bench).filter((row) => bench.options.only.test(row.name));
  console.log(`${machineLines(bench.machine).join("\n")}\n${bench.absent.join("\n")}\n`);
  const missing = ["openssl", "sha256sum", "b3sum"].filter((tool) => bench.machine.versions[tool] === undefined);
  const measurements: Measurement[] = [];
  for (const [i, row] of rows.entries()) {
    const measurement = await measureRow(row, bench, missing);
    console.log(`${render(measurement)}\n`);
    measurements.push(measurement);
    if (rows[i + 1]?.shape.name !== row.shape.name && !bench.options.keep) bench.models.remove(row.shape);
  }
  const { machine, absent } = bench;
  await bench.write("peers.json", toJson({ machine, absent, rows: measurements }));
  // Another program may be absent or fail; where ours fails, what is to be reached is missed.
  const missed = measurements.flatMap(({ targets, results }) => [
    ...targets.filter(({ verdict }) => verdict === "FAIL"),
    ...results.filter((result) => "failed" in result && isOurs(result.name)),
  ]);
  console.log(missed.length === 0 ? "No target was missed" : `${missed.length} missed`);
  return missed.length === 0 ? 0 : 1;
}

async function measureRow(row: Row, bench: Bench, missing: readonly string[]): Promise<Measurement> {
  console.error(`${row.name} …`);
  const model = bench.models.model(row.shape);
  for (const { name, commands } of row.before?.(model) ?? []) {
    const ran = await runOnce(commands);
    if ("failed" in ran) console.error(`${name}: ${ran.failed}`);
  }
  warm(model.path);
  const works = row.works(model).filter(({ commands }) => !missing.includes(commands[0]![0]!));
  const runs = bench.options.runs * (row.repeat ?? 1);
  const results = await measureInTurn(works, { runs, warmUp: model.bytes < 1e9 });
  const targets = [...row.targets, ...memoryTargets(ourNames(works), MOST_MEMORY)];
  return {
    row: row.name,
    title: row.title,
    runs,
    results,
    targets: targets.map((target) => judge(target, results)),
  };
}

function ourNames(works: readonly Work[]): string[] {
  return works.map(({ name }) => name).filter(isOurs);
}

function isOurs(name: string): boolean {
  return /\bours\b/.test(name);
}

function render({ row, title, runs, results, targets }: Measurement): string {
  const failures = results.flatMap((result) => "failed" in result ? [`${result.name}: failed: ${result.failed}`] : []);
  const measured = renderTable({
    heads: ["", "time", "fastest", "slowest", "rate", "processor", "memory"],
    rows: results.flatMap((result) => "failed" in result ? [] : [figures(result)]),
    numeric: [1, 2, 3, 4, 5, 6],
  });
  const reached = renderTable({
    heads: ["to be reached", "measured", "limit", ""],
    rows: targets.map(({ what, value, limit, verdict }) => [
      what,
      value === undefined ? "" : value.toFixed(2),
      limit,
      verdict,
    ]),
    numeric: [1],
  });
  return [`[${row}] ${title}; medians of ${runs}`, measured, ...failures, "", reached].join("\n");
}

function figures(measured: Measured): string[] {
  const speed = rate(measured);
  return [
    measured.name,
    formatSeconds(measured.seconds),
    formatSeconds(Math.min(...measured.all)),
    formatSeconds(Math.max(...measured.all)),
    // Of a small model it would tell how fast programs start.
    speed === undefined || measured.bytes! < RATE_FROM ? "" : formatRate(speed),
    formatSeconds(measured.cpuSeconds),
    formatMemory(measured.peakBytes),
  ];
}

if (import.meta.main) Deno.exit(await withBench(Deno.args, main));
