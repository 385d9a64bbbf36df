/** The table of results: knows cells, not how they came about. */

/** The columns, in the order printed; each is what a case asks of both sides. */
export const COLUMNS = {
  theirsVerified: ["theirs signed,", "ours verifies"],
  oursVerified: ["ours signed,", "theirs verifies"],
  digestEqual: ["digest", "equal"],
  theirsTampered: ["ours refuses", "tampered theirs"],
  oursTampered: ["theirs refuses", "tampered ours"],
} as const;

export type Column = keyof typeof COLUMNS;

/** `explained` is a difference that is known and whose reason is given. */
export type Cell = { state: "passed" } | { state: "failed" | "explained"; note: string };

export interface Row {
  name: string;
  cells: Record<Column, Cell>;
}

const WORDS = { passed: "pass", failed: "FAIL", explained: "n/a" };

/** A row with the same text in every cell. */
export function uniformRow(name: string, cell: Cell): Row {
  const columns = Object.keys(COLUMNS) as Column[];
  return { name, cells: Object.fromEntries(columns.map((column) => [column, cell])) as Row["cells"] };
}

/** How many cells there are of each state. */
export function count(rows: Row[]): Record<Cell["state"], number> {
  const counts = { passed: 0, failed: 0, explained: 0 };
  for (const row of rows) {
    for (const cell of Object.values(row.cells)) counts[cell.state]++;
  }
  return counts;
}

/** The table as plain text: a title, the rows, and below them the notes that the cells refer to by number. */
export function render(title: string, rows: Row[]): string {
  const notes: string[] = [];
  const body = rows.map(({ name, cells }) => {
    const shown = (Object.keys(COLUMNS) as Column[]).map((column) => {
      const cell = cells[column];
      if (cell.state === "passed") return WORDS.passed;
      const text = `${WORDS[cell.state]}: ${cell.note}`;
      if (!notes.includes(text)) notes.push(text);
      return `${WORDS[cell.state]} (${notes.indexOf(text) + 1})`;
    });
    return [name, ...shown];
  });
  const heads = [0, 1].map((line) => [
    line === 0 ? "" : "case",
    ...Object.values(COLUMNS).map((head) => head[line] ?? ""),
  ]);
  const lines = layOut([...heads, ...body]);
  const rule = "-".repeat(Math.max(...lines.map((line) => line.length)));
  return [
    title,
    rule,
    ...lines.slice(0, heads.length),
    rule,
    ...lines.slice(heads.length),
    rule,
    ...notes.map((note, at) => `(${at + 1}) ${note}`),
  ].join("\n");
}

/** Pads each column to its widest field. */
function layOut(table: string[][]): string[] {
  const widths = table[0]?.map((_, column) => Math.max(...table.map((fields) => fields[column]?.length ?? 0))) ?? [];
  return table.map((fields) => fields.map((field, column) => field.padEnd(widths[column] ?? 0)).join("  ").trimEnd());
}
