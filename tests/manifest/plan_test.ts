import { assert, assertEquals } from "@std/assert";
import { RefusedError } from "../../src/errors.ts";
import { Digests } from "../../src/lists/digests.ts";
import type { Piece } from "../../src/manifest/digests.ts";
import { LIMITS } from "../../src/limits.ts";
import { planResources, type ResourcePlan, toResources } from "../../src/manifest/plan.ts";
import { assertFails } from "../_assert_fails.ts";
import { countingBytes } from "../_counting_bytes.ts";
import { modelOf } from "./_model.ts";

function piecesOf({ pieces }: ResourcePlan): Piece[] {
  return Array.from({ length: pieces.length }, (_, index) => pieces.at(index)!);
}

/** The path of the file of a piece, which is on disk. */
function pathOf({ file }: Piece): string {
  assert(file.kind === "path");
  return file.path;
}

Deno.test("planResources() orders whole names by code point, in which / is a letter like any other", () => {
  const names = ["10", "9", "a b", "a-b", "a.b", "a/b", "a/\uff5e", "a/\u{1f600}", "a0"];
  const sizes = Object.fromEntries(names.toReversed().map((name) => [name, 1]));
  assertEquals([...planResources(modelOf(sizes), undefined).names], names);
});

Deno.test("planResources() orders shards by their whole name as text", () => {
  const plan = planResources(modelOf({ "w": 1_100, "a": 9, "a0": 9, "a/b": 9 }), 100);
  assertEquals([...plan.names].slice(0, 8), [
    "a/b:0:9",
    "a0:0:9",
    "a:0:9",
    "w:0:100",
    "w:1000:1100",
    "w:100:200",
    "w:200:300",
    "w:300:400",
  ]);
});

Deno.test("planResources() has one task for each name, of the file and range that the name says", () => {
  const model = modelOf({ "w": 250, "x:0:5": 10, "empty": 0 });
  const shards = planResources(model, 100);
  const fromTasks = piecesOf(shards).map((piece) => `${pathOf(piece).slice(1)}:${piece.start}:${piece.end}`);
  assertEquals([...shards.names], fromTasks);
  assertEquals(fromTasks, ["w:0:100", "w:100:200", "w:200:250", "x:0:5:0:10"]);
  const files = planResources(model, undefined);
  assertEquals([...files.names], ["empty", "w", "x:0:5"]);
  assertEquals(piecesOf(files).map((piece) => [pathOf(piece), piece.start, piece.end]), [
    ["/empty", 0, 0],
    ["/w", 0, 250],
    ["/x:0:5", 0, 10],
  ]);
});

Deno.test("planResources() has no shard of an empty file, and plans nothing for an empty model", () => {
  const plans = [
    planResources(modelOf({ a: 0, b: 0 }), 10),
    planResources(modelOf({}), undefined),
    planResources(modelOf({}), 10),
  ];
  for (const { names, pieces } of plans) {
    assertEquals([...names], []);
    assertEquals([pieces.length, pieces.at(0)], [0, undefined]);
  }
});

Deno.test("planResources() takes as many shards as fit into a signature, and refuses more before it lists them", async () => {
  const half = LIMITS.resources / 2;
  assertEquals(planResources(modelOf({ a: half, b: half }), 1).names.length, LIMITS.resources);
  const tooMany: Record<string, number>[] = [{ a: half, b: half + 1 }, { a: 2 ** 50 }];
  for (const sizes of tooMany) {
    await assertFails(() => planResources(modelOf(sizes), 1), RefusedError, "TOO_MANY_RESOURCES", "use larger shards");
  }
  assertEquals(planResources(modelOf({ a: 2 ** 50 }), 2 ** 40).names.length, 2 ** 10);
});

Deno.test("toResources() puts the digests to the names in order", () => {
  const plan = planResources(modelOf({ b: 1, a: 1 }), undefined);
  const digests = new Digests(32, 2);
  const [one, two] = [countingBytes(32), countingBytes(32, 100)];
  digests.put(0, one);
  digests.put(1, two);
  assertEquals([...toResources(plan, digests)], [{ name: "a", digest: one }, { name: "b", digest: two }]);
});
