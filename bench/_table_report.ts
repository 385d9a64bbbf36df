/** The table of the first publication, measured again: as text and as a picture. */
import { count } from "../src/cli/units.ts";
import type { SerializationMethod } from "../src/manifest/manifest.ts";
import { barChart, type BarSection } from "./_bars.ts";
import { type Machine, machineCaption, machineLines } from "./_machine.ts";
import type { Result } from "./_measure.ts";
import { PUBLISHED_MACHINES, PUBLISHED_MODELS } from "./_published.ts";
import { renderTable } from "./_text_table.ts";
import { formatSeconds } from "./_units.ts";

/** All measurements. */
export interface TableReport {
  readonly machine: Machine;
  readonly runs: number;
  /** The programs in the order of their columns. */
  readonly programs: readonly string[];
  readonly rows: readonly TableRow[];
  /** Further notes for the reader. */
  readonly notes: readonly string[];
}

/** One serialization of one model. */
export interface TableRow {
  readonly serialization: SerializationMethod;
  readonly model: string;
  /** Size as published, or of the published model if it is used. */
  readonly size: string;
  readonly bytes: number;
  readonly files: number;
  /** Whether it is the published model. */
  readonly isReal: boolean;
  /** Results by program. Programs that cannot do it are absent. */
  readonly sign: Readonly<Record<string, Result>>;
  readonly verify: Readonly<Record<string, Result>>;
}

const OPERATIONS = ["sign", "verify"] as const;

const NONE = "—";

/** The table as plain text. */
export function tableText(report: TableReport): string {
  const heads = [
    "Hash",
    "Model",
    "Size",
    ...OPERATIONS.flatMap((operation) => report.programs.map((program) => `${operation} ${program}`)),
    ...(["m1", "m2"] as const).map((machine) => `published ${machine.toUpperCase()}`),
  ];
  const rows = report.rows.map((row) => [
    row.serialization,
    row.model,
    row.size,
    ...OPERATIONS.flatMap((operation) => report.programs.map((program) => cell(row[operation][program]))),
    ...(["m1", "m2"] as const).map((machine) => publishedCell(row, machine)),
  ]);
  const numeric = heads.map((_, column) => column).filter((column) => column > 1);
  return [
    ...machineLines(report.machine),
    "",
    renderTable({ heads, rows, numeric }),
    "",
    `Medians of ${count(report.runs, "run")} in turn, whole processes, method key, files in the page cache.`,
    `Published times: sign / verify, one run, with a Sigstore identity. ${
      Object.values(PUBLISHED_MACHINES).join("; ")
    }`,
    `${NONE} cannot be done with that program.`,
    ...notes(report),
  ].join("\n");
}

function cell(result: Result | undefined): string {
  if (result === undefined) return NONE;
  return "failed" in result ? "failed" : formatSeconds(result.seconds);
}

function publishedCell({ model, serialization }: TableRow, machine: "m1" | "m2"): string {
  if (serialization !== "h1" && serialization !== "h2") return "";
  const times = PUBLISHED_MODELS.find(({ shape }) => shape.name === model)?.times[machine][serialization];
  return times === undefined ? "" : `${formatSeconds(times.sign)} / ${formatSeconds(times.verify)}`;
}

function notes(report: TableReport): string[] {
  const failures = report.rows.flatMap((row) =>
    OPERATIONS.flatMap((operation) =>
      Object.entries(row[operation]).flatMap(([program, result]) =>
        "failed" in result ? [`${program} ${operation} ${row.serialization} ${row.model}: ${result.failed}`] : []
      )
    )
  );
  return [...report.notes, ...failures];
}

/** The table as a picture. */
export function tableChart(report: TableReport): string {
  const serializations = [...new Set(report.rows.map((row) => row.serialization))];
  const sections = serializations.map((serialization): BarSection => ({
    title: serialization,
    groups: report.rows.filter((row) => row.serialization === serialization).map((row) => ({
      label: `${row.model.replace(/\.onnx$/, "")}, ${row.size}`,
      values: OPERATIONS.map((operation) => report.programs.map((program) => seconds(row[operation][program]))),
    })),
  }));
  return barChart({
    title: "Time to sign and to verify with a key, seconds",
    description: describe(report),
    caption: caption(report),
    series: report.programs.map((program) => program === "ours" ? "model-signing" : program),
    panels: ["Sign", "Verify"],
    sections,
    format: (value) => formatSeconds(value).replace(" s", ""),
  });
}

function caption(report: TableReport): string[] {
  const made = report.rows.every((row) => row.isReal) ? "" : ", models made in the published sizes";
  const how = `Medians of ${count(report.runs, "run")}, logarithmic scale, shorter is better${made}.`;
  return [how, machineCaption(report.machine)];
}

function seconds(result: Result | undefined): number | undefined {
  return result === undefined || "failed" in result ? undefined : result.seconds;
}

/** All numbers, for readers who cannot see the picture. */
function describe(report: TableReport): string {
  const rows = report.rows.map((row) => {
    const cells = OPERATIONS.flatMap((operation) =>
      report.programs.filter((program) => program in row[operation])
        .map((program) => `${operation} ${program} ${cell(row[operation][program])}`)
    );
    return `${row.serialization} ${row.model}: ${cells.join(", ")}`;
  });
  return `${rows.join(". ")}.`;
}
