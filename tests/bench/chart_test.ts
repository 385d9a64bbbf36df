import { assert, assertEquals, assertThrows } from "@std/assert";
import { barChart } from "../../bench/_bars.ts";
import { logScale } from "../../bench/_chart.ts";
import { lineChart } from "../../bench/_lines.ts";
import { attributes, readSvg } from "./_svg.ts";

function assertNear(actual: number, expected: number): void {
  assert(Math.abs(actual - expected) < 1e-9, `${actual} is not ${expected}`);
}

Deno.test("logScale() gives each decade the same room, and begins and ends with one", () => {
  const scale = logScale([0.02, 5, 30], 100, 500);
  assertEquals(scale.ticks, [0.01, 0.1, 1, 10, 100]);
  for (const [i, tick] of scale.ticks.entries()) assertNear(scale.at(tick), 100 + 100 * i);
  assertNear(scale.at(Math.sqrt(10)), 350);
});

Deno.test("logScale() keeps to the decades of exact powers of ten, and runs downwards too", () => {
  const scale = logScale([0.001, 1000], 380, 120);
  assertEquals([scale.ticks[0], scale.ticks.at(-1)], [0.001, 1000]);
  assertNear(scale.at(0.001), 380);
  assertNear(scale.at(1000), 120);
});

Deno.test("logScale() has room for one value, for none, and for one that is not positive", () => {
  assertEquals(logScale([10], 0, 1).ticks, [10, 100]);
  assertEquals(logScale([], 0, 1).ticks, [1, 10]);
  assertEquals(logScale([0, 5], 0, 1).at(0), 0);
});

const bars = {
  title: "Times <of> A & B",
  description: "A 1 s, B 10 s",
  caption: ["a machine, a date"],
  series: ["A", "B"],
  panels: ["Sign", "Verify"],
  sections: [{
    title: "files",
    groups: [{ label: "small", values: [[0.1, 1], [0.1, undefined]] }, { label: "large", values: [[1, 10], [10, 10]] }],
  }],
  format: (value: number) => `${value} s`,
};

Deno.test("barChart() is well-formed, and says what it shows", () => {
  const texts = readSvg(barChart(bars));
  assertEquals(texts.slice(0, 2), ["Times &lt;of&gt; A &amp; B", "A 1 s, B 10 s"]);
  for (const word of ["a machine, a date", "A", "B", "Sign", "Verify", "files", "small", "large", "0.1 s", "10 s"]) {
    assertEquals([word, texts.includes(word)], [word, true]);
  }
});

Deno.test("barChart() draws a bar for each value, as long as its logarithm, and none where there is none", () => {
  const svg = barChart(bars);
  const [a, b] = ["s0", "s1"].map((as) => attributes(svg, "rect", "width", as).slice(1)); // the first is in the legend
  assertEquals([a!.length, b!.length], [4, 3]);
  const decade = Math.max(...b!) / 2; // from 0.1 to 10 there are two
  assertEquals(a!.map((width) => Math.round(10 * width / decade)), [0, 10, 0, 20]);
  assertEquals(b!.map((width) => Math.round(10 * width / decade)), [10, 20, 20]);
});

Deno.test("lineChart() is well-formed and marks every point, with one line of proportion a panel", () => {
  const panel = {
    title: "by size",
    xLabel: "bytes",
    formatX: (x: number) => `${x} B`,
    formatY: (y: number) => `${y} s`,
    lines: [[[10, 0.1], [100, 1], [1000, 10]], [[10, 1]]] as [number, number][][],
  };
  const svg = lineChart({ ...bars, series: ["A", "B"], panels: [panel, { ...panel, lines: [] }] });
  const texts = readSvg(svg);
  for (const word of ["by size", "bytes", "10 B", "1000 B", "0.1 s", "10 s", "in proportion"]) {
    assertEquals([word, texts.includes(word)], [word, true]);
  }
  assertEquals(attributes(svg, "circle", "cx", "s0").length, 1 + 3, "the legend's and the points'");
  assertEquals(attributes(svg, "line", "x1", "even").length, 1 + 1, "the legend's and the panel's that has points");
});

Deno.test("lineChart() draws what grows in proportion on the line of proportion", () => {
  const points = [[10, 0.1], [100, 1], [1000, 10]] as [number, number][];
  const panel = { title: "", xLabel: "", formatX: String, formatY: String, lines: [points] };
  const svg = lineChart({ ...bars, series: ["A"], panels: [panel] });
  const [x1, y1, x2, y2] = ["x1", "y1", "x2", "y2"].map((name) => attributes(svg, "line", name, "even").at(-1));
  const [cx, cy] = ["cx", "cy"].map((name) => attributes(svg, "circle", name, "s0").slice(1));
  assertEquals([[x1, y1], [x2, y2]], [[cx![0], cy![0]], [cx![2], cy![2]]]);
});

Deno.test("readSvg() refuses what is not well-formed", () => {
  for (const svg of ["<svg><g></svg>", "<svg>", "<svg>a & b</svg>", '<svg a="1></svg>']) {
    assertThrows(() => readSvg(svg), SyntaxError);
  }
});
