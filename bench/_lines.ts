/** Lines on two logarithmic axes: how cost grows. */
import { legend, line, type LogScale, logScale, short, svgDocument, text } from "./_chart.ts";

/** A chart of lines. */
export interface LineChart {
  readonly title: string;
  readonly description: string;
  /** Lines below the title: how it was measured, the machine and the date. */
  readonly caption: readonly string[];
  /** What is compared; each has a color and a mark. */
  readonly series: readonly string[];
  readonly panels: readonly LinePanel[];
}

/** One pair of axes. */
export interface LinePanel {
  readonly title: string;
  readonly xLabel: string;
  readonly formatX: (value: number) => string;
  readonly formatY: (value: number) => string;
  /** By series, in the chart's order: points by rising x. */
  readonly lines: readonly (readonly Point[])[];
}

/** Both coordinates are above 0. */
export type Point = readonly [x: number, y: number];

const WIDTH = 900;
const HEIGHT = 456;
const TOP = 136;
const BOTTOM = HEIGHT - 56;
const MARGIN = 20;
const AXIS_WIDTH = 50;

/** Draws the chart: panels side by side, each with a dashed line of proportional growth. */
export function lineChart(chart: LineChart): string {
  const width = (WIDTH - 2 * MARGIN) / chart.panels.length;
  const body = [
    text(MARGIN, 30, chart.title, { as: "title" }),
    ...chart.caption.map((words, i) => text(MARGIN, 48 + 15 * i, words, { as: "soft small" })),
    ...legend(
      MARGIN,
      88,
      [...chart.series, "in proportion"],
      (x, i) =>
        i < chart.series.length
          ? mark(x + 6, 84, i)
          : `<line class="even" stroke-dasharray="3 3" x1="${x}" y1="84" x2="${x + 12}" y2="84"/>`,
    ),
    ...chart.panels.flatMap((panel, i) => drawPanel(panel, MARGIN + i * width, width)),
  ];
  return svgDocument({ ...chart, width: WIDTH, height: HEIGHT, body });
}

function drawPanel(panel: LinePanel, left: number, width: number): string[] {
  const points = panel.lines.flat();
  const x = logScale(points.map(([x]) => x), left + AXIS_WIDTH, left + width - 24);
  const y = logScale(points.map(([, y]) => y), BOTTOM, TOP);
  return [
    text(left + AXIS_WIDTH, TOP - 14, panel.title, { as: "head" }),
    text(left + (AXIS_WIDTH + width) / 2, HEIGHT - 18, panel.xLabel, { as: "soft", anchor: "middle" }),
    ...drawAxes(panel, x, y),
    ...drawProportion(panel.lines[0] ?? [], x, y),
    ...panel.lines.flatMap((points, i) => drawLine(points, i, x, y)),
  ];
}

function drawAxes({ formatX, formatY }: LinePanel, x: LogScale, y: LogScale): string[] {
  const [x1, x2] = [x.at(x.ticks[0]!), x.at(x.ticks.at(-1)!)];
  // Every other label, where there are so many that they would touch.
  const every = x.ticks.length > 6 ? 2 : 1;
  return [
    ...x.ticks.map((tick) => line(x.at(tick), TOP, x.at(tick), BOTTOM)),
    ...x.ticks.filter((_, i) => i % every === 0)
      .map((tick) => text(x.at(tick), BOTTOM + 16, formatX(tick), { as: "soft small", anchor: "middle" })),
    ...y.ticks.flatMap((tick) => [
      line(x1, y.at(tick), x2, y.at(tick)),
      text(x1 - 6, y.at(tick) + 4, formatY(tick), { as: "soft small", anchor: "end" }),
    ]),
  ];
}

/** Goes through the largest value of the first line, down to the axis. */
function drawProportion(points: readonly Point[], x: LogScale, y: LogScale): string[] {
  const [most, time] = points.at(-1) ?? [];
  if (most === undefined || time === undefined) return [];
  const least = Math.max(x.ticks[0]!, most * y.ticks[0]! / time);
  const [x1, y1, x2, y2] = [x.at(least), y.at(time * least / most), x.at(most), y.at(time)].map(short);
  return [`<line class="even" stroke-dasharray="3 3" x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}"/>`];
}

function drawLine(points: readonly Point[], series: number, x: LogScale, y: LogScale): string[] {
  const at = points.map(([px, py]) => [x.at(px), y.at(py)] as const);
  const path = at.map(([px, py]) => `${short(px)},${short(py)}`).join(" ");
  return [`<polyline class="l${series}" points="${path}"/>`, ...at.map(([px, py]) => mark(px, py, series))];
}

/** Shapes, for readers who cannot distinguish the colors. */
function mark(x: number, y: number, series: number): string {
  const [cx, cy] = [short(x), short(y)];
  switch (series % 4) {
    case 0:
      return `<circle class="s${series}" cx="${cx}" cy="${cy}" r="4.5"/>`;
    case 1:
      return `<rect class="s${series}" x="${short(x - 4)}" y="${short(y - 4)}" width="8" height="8"/>`;
    case 2:
      return `<path class="s${series}" d="M${cx} ${short(y - 5)}l5 9h-10z"/>`;
    default:
      return `<path class="s${series}" d="M${cx} ${short(y - 5)}l5 5l-5 5l-5 -5z"/>`;
  }
}
