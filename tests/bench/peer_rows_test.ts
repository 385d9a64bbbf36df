import { assertEquals } from "@std/assert";
import { parseOptions } from "../../bench/_options.ts";
import { type Comparison, peerRows } from "../../bench/_peer_rows.ts";
import { goTool, ours, pythonReference } from "../../bench/_programs.ts";
import { judge } from "../../bench/_targets.ts";

const bench: Comparison = {
  options: parseOptions([], () => undefined),
  programs: [ours(), pythonReference("/python"), goTool("/go")],
  keys: { privateKey: "/key.pem", publicKey: "/key.pub" },
  file: (name) => `${directory}/${name}`,
};
const directory = Deno.makeTempDirSync();
addEventListener("unload", () => Deno.removeSync(directory, { recursive: true }));

const model = { path: "/model", bytes: 1e9, files: 1, isReal: false };

for (const row of peerRows(bench)) {
  Deno.test(`the row ${row.name} measures all that its targets compare`, () => {
    const works = row.works(model);
    const results = works.map(({ name, bytes = 1 }) => ({
      name,
      bytes,
      seconds: 1,
      cpuSeconds: 1,
      peakBytes: 1,
      all: [1],
    }));
    assertEquals(new Set(works.map(({ name }) => name)).size, works.length, "each name once");
    for (const target of row.targets) {
      const { what, verdict } = judge(target, results);
      assertEquals([what, verdict === "not measured"], [what, false]);
    }
  });
}

Deno.test("the rows are about models of the sizes that are to be measured", () => {
  const sizes = new Map(peerRows(bench).map((row) => [row.name, row.shape.files.map(({ size }) => size)]));
  assertEquals(sizes.get("four-files"), Array.from({ length: 4 }, () => 2 ** 31));
  assertEquals(sizes.get("large-file-h2"), [2 ** 33]);
  assertEquals([sizes.get("many-files")!.length, sizes.get("many-files")![0]], [100_000, 1024]);
});
