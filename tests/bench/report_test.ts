import { assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { parseOptions } from "../../bench/_options.ts";
import { findMount, parseCpuInfo } from "../../bench/_machine.ts";
import { shapeBytes } from "../../bench/_models.ts";
import { PUBLISHED_MODELS } from "../../bench/_published.ts";
import { tableChart, tableText } from "../../bench/_table_report.ts";
import { judge, memoryTargets, rateRatio, timeRatio } from "../../bench/_targets.ts";
import { renderTable } from "../../bench/_text_table.ts";
import { formatSeconds, parseSize } from "../../bench/_units.ts";
import { UsageError } from "../../src/errors.ts";
import { readSvg } from "./_svg.ts";

const measured = (name: string, seconds: number, bytes = 1e9) => ({
  name,
  seconds,
  bytes,
  cpuSeconds: seconds,
  peakBytes: 150e6,
  all: [seconds],
});

Deno.test("parseSize() reads bytes and units, and refuses anything else", () => {
  const sizes = { "8192": 8192, "300MB": 300e6, "1.5 GB": 1.5e9, "2GiB": 2 ** 31, "64 kib": 65_536, "0.3B": 0 };
  for (const [text, bytes] of Object.entries(sizes)) assertEquals([text, parseSize(text)], [text, bytes]);
  for (const text of ["", "MB", "-1", "3 TB", "1e9", "3 MBB", "300i"]) assertThrows(() => parseSize(text), UsageError);
});

Deno.test("formatSeconds() gives three digits", () => {
  const cases: [number, string][] = [
    [0.06123, "0.0612 s"],
    [0.5, "0.500 s"],
    [1, "1.00 s"],
    [12.345, "12.3 s"],
    [
      123.4,
      "123 s",
    ],
    [0, "0 s"],
    [99.96, "100 s"],
  ];
  for (const [seconds, text] of cases) assertEquals(formatSeconds(seconds), text);
});

Deno.test("renderTable() aligns names to the left and numbers to the right", () => {
  const table = renderTable({ heads: ["name", "n"], rows: [["a", "10"], ["bcdef", "7"], ["short row"]], numeric: [1] });
  assertEquals(table, ["name        n", "---------  --", "a          10", "bcdef       7", "short row"].join("\n"));
});

Deno.test("judge() compares rates, times and memory with their limits", () => {
  const results = [measured("ours", 1), measured("theirs", 2), { name: "broken", failed: "it said so" }];
  const verdicts = [
    rateRatio("", "ours", "theirs", 2),
    rateRatio("", "ours", "theirs", 2.01),
    timeRatio("theirs", "ours", 0.5),
    timeRatio("ours", "broken", 1),
    timeRatio("ours", "absent", 1),
    ...memoryTargets(["ours"], 200),
    ...memoryTargets(["ours"], 149),
  ].map((target) => judge(target, results));
  assertEquals(verdicts.map(({ value, verdict }) => [value, verdict]), [
    [2, "pass"],
    [2, "FAIL"],
    [0.5, "pass"],
    [undefined, "not measured"],
    [undefined, "not measured"],
    [150, "pass"],
    [150, "FAIL"],
  ]);
  assertEquals(verdicts.map(({ limit }) => limit).slice(4), ["at least 1 ×", "at most 200 MB", "at most 149 MB"]);
});

Deno.test("parseCpuInfo() finds name and SHA extensions on x86 and ARM", () => {
  assertEquals(parseCpuInfo("model name\t: EPYC 9\nflags\t\t: sse2 sha_ni\n", "x86_64"), {
    processor: "EPYC 9",
    shaExtensions: true,
  });
  assertEquals(parseCpuInfo("model name\t: Xeon\nflags\t\t: sse2 hypervisor\n", "x86_64"), {
    processor: "Xeon (virtual)",
    shaExtensions: false,
  });
  assertEquals(parseCpuInfo("processor\t: 0\nFeatures\t: fp sha1 sha2 crc32\n", "aarch64"), {
    processor: "aarch64",
    shaExtensions: true,
  });
  assertEquals(parseCpuInfo("", "riscv"), { processor: "riscv" });
});

Deno.test("findMount() takes the mount that is nearest", () => {
  const mounts = "/dev/a / ext4 rw 0 0\ntmpfs /tmp tmpfs rw 0 0\n/dev/b /tm ext4 rw 0 0\n";
  assertEquals(findMount(mounts, "/tmp/models")?.[0], "tmpfs");
  assertEquals(findMount(mounts, "/tm")?.[0], "/dev/b");
  assertEquals(findMount(mounts, "/temporary")?.[0], "/dev/a");
});

Deno.test("the published models have the published sizes", () => {
  // In binary units and rounded up, as `du -h` prints them.
  const sizes = PUBLISHED_MODELS.map(({ shape }) => shapeBytes(shape))
    .map((bytes) => bytes < 1e6 ? `${bytes / 2 ** 10}K` : bytes < 1e9 ? `${Math.ceil(bytes / 2 ** 20)}M` : gib(bytes));
  assertEquals(sizes, ["8K", "215M", "2.8G", "3.3G", "14G"]);
  for (const { shape } of PUBLISHED_MODELS) {
    assertEquals(new Set(shape.files.map(({ name }) => name)).size, shape.files.length);
    for (const { name, size } of shape.files) assertEquals([name, size > 0], [name, true]);
  }
});

function gib(bytes: number): string {
  const number = bytes / 2 ** 30;
  return `${number < 10 ? Math.ceil(number * 10 - 1e-6) / 10 : Math.ceil(number)}G`;
}

const report = {
  machine: {
    date: "2026-11-22T12:00Z",
    processor: "a processor",
    cores: 2,
    shaExtensions: true,
    memoryBytes: 2 ** 34,
    disk: "ext4",
    os: "linux",
    versions: { deno: "2.9.6" },
  },
  runs: 5,
  programs: ["ours", "Python"],
  notes: ["Go: not available"],
  rows: [{
    serialization: "files" as const,
    model: "YOLOP",
    size: "215M",
    bytes: 1,
    files: 1,
    isReal: false,
    sign: { ours: measured("ours", 0.25), Python: measured("Python", 1) },
    verify: { ours: measured("ours", 0.5), Python: { name: "Python", failed: "it refused" } },
  }, {
    serialization: "h1" as const,
    model: "YOLOP",
    size: "215M",
    bytes: 1,
    files: 1,
    isReal: false,
    sign: { ours: measured("ours", 0.125) },
    verify: { ours: measured("ours", 0.125) },
  }],
};

Deno.test("tableText() names the machine, and shows what is missing and why", () => {
  const text = tableText(report);
  assertStringIncludes(text, "2026-11-22T12:00Z, a processor, 2 cores, with SHA extensions, 16.0 GiB of memory");
  assertMatch(text, /^files +YOLOP +215M +0\.250 s +1\.00 s +0\.500 s +failed$/m);
  assertMatch(text, /^h1 +YOLOP +215M +0\.125 s +— +0\.125 s +— +1\.20 s \/ 0\.800 s +1\.90 s \/ 1\.70 s$/m);
  assertStringIncludes(text, "Go: not available\nPython verify files YOLOP: it refused");
});

Deno.test("tableChart() holds every number, and in words too", () => {
  const texts = readSvg(tableChart(report));
  for (const number of ["0.250", "1.00", "0.500", "0.125"]) {
    assertEquals([number, texts.includes(number)], [number, true]);
  }
  assertStringIncludes(texts[1]!, "files YOLOP: sign ours 0.250 s, sign Python 1.00 s, verify ours 0.500 s");
  assertStringIncludes(texts.join("\n"), "a processor, 2 cores, SHA extensions, 16.0 GiB, 2026-11-22");
});

Deno.test("parseOptions() reads flags before the environment, and refuses what it does not know", () => {
  const env = (name: string): string | undefined => ({ MODEL_SIGNING_BENCH_PYTHON: "/py", TMPDIR: "/t" })[name];
  assertEquals(parseOptions([], env).python, "/py");
  const { runs, maxSize, python, work, keep } = parseOptions(
    ["--runs", "3", "--max-size", "1GB", "--python", "none", "--keep"],
    env,
  );
  assertEquals([runs, maxSize, python, work, keep], [3, 1e9, "none", "/t/model-signing-bench", true]);
  for (
    const args of [["--rnus", "3"], ["--runs"], ["--runs", "0"], ["--runs", "x"], ["--max-size", "much"], [
      "--only",
      "(",
    ]]
  ) {
    assertThrows(() => parseOptions(args, env), UsageError);
  }
});
