/** `h1` and `h2` beyond the vectors: their limits, and what does not count for them. */
import { assertEquals } from "@std/assert";
import { LIMITS } from "../../../src/limits.ts";
import { buildDigest } from "../../../src/manifest/legacy/build_digest.ts";
import type { Piece } from "../../../src/manifest/digests.ts";
import type { DigestPlan } from "../../../src/manifest/legacy/digest_plan.ts";
import { planH1 } from "../../../src/manifest/legacy/h1.ts";
import { planH2 } from "../../../src/manifest/legacy/h2.ts";
import { walkModel } from "../../../src/model/disk/walk.ts";
import * as reference from "../../_reference.ts";
import { TempDirectory } from "../../_temp_directory.ts";
import { modelOf } from "../_model.ts";

function piecesOf({ pieces }: DigestPlan): Piece[] {
  return Array.from({ length: pieces.length }, (_, i) => pieces.at(i)!);
}

const PLANS = { h1: planH1, h2: planH2 } as const;

for (const method of ["h1", "h2"] as const) {
  Deno.test(`${method} of a thousand directories in each other`, async () => {
    using directory = new TempDirectory();
    directory.write(`${Array.from({ length: 1_000 }, () => "d").join("/")}/file`, "text");
    const { digest } = await buildDigest(await walkModel(directory.path, "m"), method, {});
    assertEquals(digest.toHex(), reference[method](directory.path).toHex());
  });

  Deno.test(`${method} of directories in each other up to the limit of depth`, () => {
    const deepest = Array.from({ length: LIMITS.depth }, () => "d").join("/");
    const { pieces, finish } = PLANS[method](modelOf({ [`${deepest}/file`]: 1 }));
    assertEquals([pieces.length, finish([new Uint8Array(32)]).length], [1, 32]);
  });

  Deno.test(`${method} does not depend on the model's own name, nor on times`, async () => {
    using directory = new TempDirectory();
    const digests = [];
    for (const name of ["one", "other"]) {
      const time = new Date(name === "one" ? "2026-01-01T00:00:00Z" : "2026-01-02T00:00:00Z");
      Deno.utimeSync(directory.write(`${name}/a`, "text"), time, time);
      digests.push((await buildDigest(await walkModel(`${directory.path}/${name}`, name), method, {})).digest.toHex());
    }
    assertEquals(digests[0], digests[1]);
  });

  Deno.test(`${method} tells models apart whose parts only look alike when put together`, async () => {
    const models: Record<string, string>[] = [
      { a: "", "b": "" },
      { a: "b" },
      { "a/b": "" },
      { "a": "b", "c": "" },
      { "a": "", "c": "b" },
      { "ab": "" },
      { "a/b": "c" },
      { "a": "bc" },
    ];
    const digests = new Set<string>();
    for (const files of models) {
      using directory = new TempDirectory();
      for (const [name, text] of Object.entries(files)) directory.write(name, text);
      digests.add((await buildDigest(await walkModel(directory.path, "m"), method, {})).digest.toHex());
    }
    assertEquals(digests.size, models.length);
  });
}

Deno.test("h2 cuts files at 1,000,000,000 bytes, and hashes 0-0 for an empty one", () => {
  const tasks = piecesOf(planH2(modelOf({ w: 2_000_000_001, e: 0, x: 1_000_000_000 })));
  assertEquals(tasks.map(({ prefix }) => prefix), [
    "file.ZQ==.0-0.",
    "file.dw==.0-1000000000.",
    "file.dw==.1000000000-2000000000.",
    "file.dw==.2000000000-2000000001.",
    "file.eA==.0-1000000000.",
  ]);
  assertEquals(tasks.map(({ start, end }) => end - start), [0, 1e9, 1e9, 1, 1e9]);
});

Deno.test("h1 never cuts a file", () => {
  const tasks = piecesOf(planH1(modelOf({ w: 2_000_000_001 })));
  assertEquals(tasks.map(({ start, end, prefix }) => [start, end, prefix]), [[0, 2_000_000_001, "file.dw==."]]);
});
