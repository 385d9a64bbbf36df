// deno-lint-ignore-file no-console -- a program of its own, whose output is the table
/**
 * Measures the table of the first publication again: models of the published shapes, signed and verified with a key by
 * this program and others, in turn. Prints it, and writes `table.json` and the picture `table.svg`.
 *
 *     deno task bench:table [--max-size SIZE] [--runs N] [--python FILE] [--go FILE] [--models DIRECTORY] …
 */
import { formatBytes } from "../src/cli/units.ts";
import { UnavailableError } from "../src/errors.ts";
import { SERIALIZATION_METHODS, type SerializationMethod } from "../src/manifest/manifest.ts";
import { measureInTurn, type Result, type Work } from "./_measure.ts";
import { type MadeModel, shapeBytes, warm } from "./_models.ts";
import type { Program } from "./_programs.ts";
import { PUBLISHED_MODELS, type PublishedModel } from "./_published.ts";
import { type Bench, toJson, withBench } from "./_setup.ts";
import { tableChart, type TableReport, type TableRow, tableText } from "./_table_report.ts";

/** Below this size, loading counts, so there is a run to warm up. */
const WARM_UP_BELOW = 1e9;

async function main(bench: Bench): Promise<number> {
  const { options } = bench;
  const rows: TableRow[] = [];
  const leftOut: string[] = [];
  const problems: string[] = [];
  for (const model of PUBLISHED_MODELS) {
    if (shapeBytes(model.shape) > options.maxSize) leftOut.push(model.shape.name);
    else rows.push(...await measureModel(model, bench, problems));
  }
  const order = (row: TableRow): number => SERIALIZATION_METHODS.indexOf(row.serialization);
  const report: TableReport = {
    machine: bench.machine,
    runs: options.runs,
    programs: bench.programs.map((program) => program.name),
    rows: rows.sort((a, b) => order(a) - order(b)),
    notes: [
      ...bench.absent,
      ...problems,
      ...(leftOut.length === 0 ? [] : [`Left out by --max-size: ${leftOut.join(", ")}`]),
      ...(rows.every((row) => row.isReal) ? [] : [madeNote(rows)]),
    ],
  };
  console.log(tableText(report));
  await bench.write("table.json", toJson(report));
  await bench.write("table.svg", tableChart(report));
  return 0;
}

function madeNote(rows: readonly TableRow[]): string {
  const names = new Set(rows.filter((row) => !row.isReal).map((row) => row.model));
  return `Made of random bytes in the published size: ${[...names].join(", ")}`;
}

async function measureModel(published: PublishedModel, bench: Bench, problems: string[]): Promise<TableRow[]> {
  const wanted = SERIALIZATION_METHODS
    .filter((serialization) => bench.options.only.test(`${serialization} ${published.shape.name}`));
  if (wanted.length === 0) return [];
  const model = makeModel(published, bench, problems);
  if (model === undefined) return [];
  warm(model.path);
  const rows: TableRow[] = [];
  for (const serialization of wanted) rows.push(await measureRow(published, model, serialization, bench));
  if (!model.isReal && !bench.options.keep) bench.models.remove(published.shape);
  return rows;
}

/** If the disk has no space for one model, the measurements of the others are kept. */
function makeModel({ shape }: PublishedModel, bench: Bench, problems: string[]): MadeModel | undefined {
  try {
    return bench.models.model(shape);
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error;
    problems.push(`${shape.name}: ${error.message}`);
    return undefined;
  }
}

async function measureRow(
  { shape, size }: PublishedModel,
  model: MadeModel,
  serialization: SerializationMethod,
  bench: Bench,
): Promise<TableRow> {
  console.error(`${serialization} ${shape.name} …`);
  const works = (["sign", "verify"] as const).flatMap((operation) =>
    bench.programs.flatMap((program): (Work & { operation: typeof operation; program: Program })[] => {
      const signature = bench.file(`${program.name}.sig`);
      const command = program.command(operation, { model: model.path, signature, serialization, ...bench.keys });
      if (command === undefined) return [];
      return [{ name: `${operation} ${program.name}`, commands: [command], operation, program }];
    })
  );
  const { runs } = bench.options;
  const results = await measureInTurn(works, { runs, warmUp: model.bytes < WARM_UP_BELOW });
  const of = (operation: string): Record<string, Result> =>
    Object.fromEntries(
      works.flatMap((work, i) => work.operation === operation ? [[work.program.name, results[i]!]] : []),
    );
  const { bytes, files, isReal } = model;
  const shown = isReal ? formatBytes(bytes) : size;
  return {
    serialization,
    model: shape.name,
    size: shown,
    bytes,
    files,
    isReal,
    sign: of("sign"),
    verify: of("verify"),
  };
}

if (import.meta.main) Deno.exit(await withBench(Deno.args, main));
