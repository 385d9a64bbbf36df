/** The parts of all charts: the document, its colors, text, and logarithmic scales. */

/** A chart as a whole. */
export interface Document {
  /** The title, which screen readers read first. */
  readonly title: string;
  /** A description of the chart, for readers who cannot see it. */
  readonly description: string;
  readonly width: number;
  readonly height: number;
  /** The drawing, as SVG elements. */
  readonly body: readonly string[];
}

/** Colors that can be distinguished with every kind of color vision (Okabe and Ito), darker on white, lighter on black. */
const SERIES_COLORS = [
  { light: "#0072b2", dark: "#56b4e9" },
  { light: "#d55e00", dark: "#e69f00" },
  { light: "#007a5a", dark: "#2fc79a" },
  { light: "#a3487a", dark: "#e3a0c4" },
  { light: "#6b5b00", dark: "#f0e442" },
  { light: "#555555", dark: "#bbbbbb" },
];

/** Maximum number of series in a chart. */
export const MOST_SERIES = SERIES_COLORS.length;

/** The style sets its own background, as a dark page may show the light version of a picture. */
const STYLE = [
  ".page{fill:#ffffff}.text{fill:#1f2328;font:12px system-ui,sans-serif}.title{font-size:16px;font-weight:600}",
  ".head{font-weight:600}.soft{fill:#59636e}.small{font-size:11px}.rule{stroke:#d1d9e0}.even{stroke:#818b98;fill:none}",
  ...SERIES_COLORS.map(({ light }, i) => `.s${i}{fill:${light}}.l${i}{stroke:${light};fill:none;stroke-width:2}`),
  "@media(prefers-color-scheme:dark){.page{fill:#0d1117}.text{fill:#f0f6fc}.soft{fill:#9198a1}.rule{stroke:#3d444d}",
  ...SERIES_COLORS.map(({ dark }, i) => `.s${i}{fill:${dark}}.l${i}{stroke:${dark}}`),
  "}",
].join("\n");

/** Writes the SVG document. */
export function svgDocument({ title, description, width, height, body }: Document): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" ` +
    `role="img" aria-labelledby="title desc">`,
    `<title id="title">${escapeXml(title)}</title>`,
    `<desc id="desc">${escapeXml(description)}</desc>`,
    `<style>${STYLE}</style>`,
    `<rect class="page" width="${width}" height="${height}" rx="6"/>`,
    ...body,
    "</svg>\n",
  ].join("\n");
}

/** Text whose baseline starts, ends or is centered at a point. */
export function text(
  x: number,
  y: number,
  content: string,
  options: { as?: string; anchor?: "start" | "middle" | "end" } = {},
): string {
  const { as = "", anchor = "start" } = options;
  return `<text class="${`text ${as}`.trim()}" x="${short(x)}" y="${short(y)}" text-anchor="${anchor}">${
    escapeXml(content)
  }</text>`;
}

/** A straight line. */
export function line(x1: number, y1: number, x2: number, y2: number, as = "rule"): string {
  return `<line class="${as}" x1="${short(x1)}" y1="${short(y1)}" x2="${short(x2)}" y2="${short(y2)}"/>`;
}

/** Names of series in a row, each after its mark. */
export function legend(
  x: number,
  y: number,
  names: readonly string[],
  mark: (x: number, i: number) => string,
): string[] {
  let at = x;
  return names.flatMap((name, i) => {
    const drawn = [mark(at, i), text(at + 16, y, name)];
    at += 16 + 7 * name.length + 20;
    return drawn;
  });
}

/** A coordinate without invisible digits. */
export function short(coordinate: number): string {
  return `${Math.round(coordinate * 10) / 10}`;
}

/** Text as the content of an element. */
export function escapeXml(content: string): string {
  return content.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** A logarithmic scale. */
export interface LogScale {
  /** The coordinate of a value. Values below the minimum are at the start. */
  at(value: number): number;
  /** The powers of ten from the minimum to the maximum. */
  readonly ticks: readonly number[];
}

/**
 * Makes a scale that holds all values, from a power of ten to a power of ten.
 *
 * @param values Positive numbers; others are left out.
 * @param from Coordinate of the least.
 * @param to Coordinate of the most.
 * @returns The scale.
 */
export function logScale(values: readonly number[], from: number, to: number): LogScale {
  const positive = values.filter((value) => value > 0);
  // A margin, lest a power of ten that is a rounding error away begin a decade of its own.
  const low = positive.length === 0 ? 0 : Math.floor(Math.log10(Math.min(...positive)) + 1e-9);
  const high = Math.max(low + 1, positive.length === 0 ? 1 : Math.ceil(Math.log10(Math.max(...positive)) - 1e-9));
  return {
    at: (value) =>
      from + (to - from) * Math.max(0, (Math.log10(Math.max(value, Number.MIN_VALUE)) - low) / (high - low)),
    ticks: Array.from({ length: high - low + 1 }, (_, i) => Number(`1e${low + i}`)),
  };
}
