/** Bar charts on a logarithmic axis: several programs, side by side, for many tasks. */
import { legend, line, type LogScale, logScale, short, svgDocument, text } from "./_chart.ts";

/** A chart of bars. */
export interface BarChart {
  readonly title: string;
  readonly description: string;
  /** Lines below the title: how it was measured, the machine and the date. */
  readonly caption: readonly string[];
  /** What is compared; each has a color. */
  readonly series: readonly string[];
  /** Panels beside each other that share the rows and the axis. */
  readonly panels: readonly string[];
  readonly sections: readonly BarSection[];
  /** Writes a value at its bar. */
  readonly format: (value: number) => string;
}

/** Rows under a heading. */
export interface BarSection {
  readonly title: string;
  readonly groups: readonly {
    readonly label: string;
    /** By panel, then by series; `undefined` draws nothing. */
    readonly values: readonly (readonly (number | undefined)[])[];
  }[];
}

const WIDTH = 900;
const MARGIN = 20;
const LABEL_WIDTH = 190;
const PANEL_GAP = 20;
/** Space for the number after the longest bar. */
const NUMBER_WIDTH = 50;
const BAR = 12;
const GROUP_GAP = 5;
const HEAD_HEIGHT = 24;
const TOP = 120;

/** Draws the chart. */
export function barChart(chart: BarChart): string {
  const values = chart.sections.flatMap(({ groups }) => groups.flatMap((group) => group.values.flat()))
    .filter((value) => value !== undefined);
  const height = TOP + chart.sections.reduce((sum, section) => sum + sectionHeight(section), 0) + 36;
  const panelWidth = (WIDTH - 2 * MARGIN - LABEL_WIDTH - PANEL_GAP * chart.panels.length) / chart.panels.length;
  const body = [
    text(MARGIN, 30, chart.title, { as: "title" }),
    ...chart.caption.map((words, i) => text(MARGIN, 48 + 15 * i, words, { as: "soft small" })),
    ...legend(MARGIN, 86, chart.series, (x, i) => `<rect class="s${i}" x="${x}" y="77" width="11" height="9"/>`),
    ...drawLabels(chart.sections),
  ];
  for (const [panel, title] of chart.panels.entries()) {
    const left = MARGIN + LABEL_WIDTH + panel * (panelWidth + PANEL_GAP) + PANEL_GAP / 2;
    const scale = logScale(values, left, left + panelWidth - NUMBER_WIDTH);
    body.push(text(left, TOP - 12, title, { as: "head" }));
    body.push(...drawAxis(scale, height - 30), ...drawBars(chart, panel, scale, left));
  }
  return svgDocument({ ...chart, width: WIDTH, height, body });
}

/** A group is as high as it has bars, without space for programs that cannot do it. */
function groupHeight({ values }: BarSection["groups"][number]): number {
  return Math.max(1, ...values.map((bars) => bars.filter((bar) => bar !== undefined).length)) * BAR + GROUP_GAP;
}

function sectionHeight({ groups }: BarSection): number {
  return HEAD_HEIGHT + groups.reduce((sum, group) => sum + groupHeight(group), 0);
}

function drawLabels(sections: readonly BarSection[]): string[] {
  const drawn: string[] = [];
  let y = TOP;
  for (const section of sections) {
    drawn.push(text(MARGIN, y + HEAD_HEIGHT - 8, section.title, { as: "head" }));
    y += HEAD_HEIGHT;
    for (const group of section.groups) {
      drawn.push(
        text(MARGIN + LABEL_WIDTH, y + (groupHeight(group) - GROUP_GAP) / 2 + 4, group.label, { anchor: "end" }),
      );
      y += groupHeight(group);
    }
  }
  return drawn;
}

function drawAxis(scale: LogScale, bottom: number): string[] {
  return scale.ticks.flatMap((tick) => [
    line(scale.at(tick), TOP, scale.at(tick), bottom),
    text(scale.at(tick), bottom + 16, `${tick}`, { as: "soft small", anchor: "middle" }),
  ]);
}

function drawBars(chart: BarChart, panel: number, scale: LogScale, left: number): string[] {
  const drawn: string[] = [];
  let y = TOP;
  for (const section of chart.sections) {
    y += HEAD_HEIGHT;
    for (const group of section.groups) {
      let at = y;
      for (const [i, value] of (group.values[panel] ?? []).entries()) {
        if (value === undefined) continue;
        const end = Math.max(scale.at(value), left + 1);
        drawn.push(
          `<rect class="s${i}" x="${short(left)}" y="${at}" width="${short(end - left)}" height="${BAR - 1}"/>`,
        );
        drawn.push(text(end + 4, at + BAR - 2, chart.format(value), { as: "small" }));
        at += BAR;
      }
      y += groupHeight(group);
    }
  }
  return drawn;
}
