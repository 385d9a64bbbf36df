/** Tables as plain text. */

/** A table: its columns, and the cells of each row. */
export interface TextTable {
  readonly heads: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Right-aligned columns, such as numbers. */
  readonly numeric: readonly number[];
}

/**
 * Lays a table out: columns as wide as their widest cell, a line under the heads.
 *
 * @param table The table; a row may have fewer cells than there are columns.
 * @returns The text, without a line feed at its end.
 */
export function renderTable({ heads, rows, numeric }: TextTable): string {
  const widths = heads.map((head, column) => Math.max(head.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    widths.map((width, column) => {
      const cell = cells[column] ?? "";
      return numeric.includes(column) ? cell.padStart(width) : cell.padEnd(width);
    }).join("  ").trimEnd();
  return [line(heads), widths.map((width) => "-".repeat(width)).join("  "), ...rows.map(line)].join("\n");
}
