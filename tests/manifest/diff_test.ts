import { assertEquals, assertThrows } from "@std/assert";
import {
  type Compared,
  type Differences,
  hasNoDifferences,
  isIdentical,
  listDifferences,
  noDifferences,
} from "../../src/manifest/diff.ts";
import type { Resource, Resources } from "../../src/manifest/resources.ts";
import type { SerializationMethod } from "../../src/manifest/manifest.ts";
import { parseShardName, shardName } from "../../src/manifest/shards.ts";
import { ComparedDigests, matchNames } from "../../src/manifest/match.ts";
import { sortResources } from "../../src/manifest/resources.ts";
import { shardRanges } from "./_shard_ranges.ts";
import { resourcesOf } from "./_resources.ts";

/** Files by name, each with the text that it holds; what stands for a digest here is the text itself. */
type Files = Record<string, string>;

function digestOf(text: string): Uint8Array {
  return new TextEncoder().encode(text.padEnd(32));
}

function resources(files: Files): Resources {
  return resourcesOf(...Object.entries(files).map(([name, text]) => ({ name, digest: digestOf(text) })));
}

/** Shards of 10 bytes. */
function shards(files: Files): Resources {
  const list = Object.entries(files).flatMap(([file, text]): Resource[] =>
    shardRanges(text.length, 10).map(({ start, end }) => ({
      name: shardName({ file, start, end }),
      digest: digestOf(text.slice(start, end)),
    }))
  );
  return resourcesOf(...list);
}

function compare(signed: Resources, found: Resources): Compared {
  const [signedInOrder, foundInOrder] = [sortResources(signed), sortResources(found)];
  const match = matchNames(foundInOrder.names, signedInOrder.names);
  const digests = new ComparedDigests("sha256", signedInOrder.digests, match);
  digests.put(0, foundInOrder.digests);
  return { signed: signedInOrder.names, found: foundInOrder.names, match, differing: digests.differing };
}

function diff(
  signed: Resources,
  found: Resources,
  method: SerializationMethod,
  present: readonly string[],
): Differences {
  const names = method === "shards" ? [...signed.names].map((name) => parseShardName(name)!.file) : signed.names;
  return listDifferences(compare(signed, found), method, new Set(names), new Set(present));
}

function diffFiles(signed: Files, found: Files): Differences {
  return diff(resources(signed), resources(found), "files", Object.keys(found));
}

function diffShards(signed: Files, found: Files): Differences {
  return diff(shards(signed), shards(found), "shards", Object.keys(found));
}

/** What changed of the file `w`, as `start:end`. */
function changedRanges(before: string, after: string): string[] | undefined {
  const { changed, missing, extra, changedRanges } = diffShards({ w: before }, { w: after });
  const isChanged = changedRanges !== undefined;
  assertEquals({ changed, missing, extra }, { changed: isChanged ? ["w"] : [], missing: [], extra: [] });
  return changedRanges?.map(({ file, start, end }) => `${file}:${start}:${end}`);
}

for (const [method, diffBy] of [["files", diffFiles], ["shards", diffShards]] as const) {
  Deno.test(`listDifferences() finds no difference between a model and itself, with ${method}`, () => {
    const files = { a: "text", b: "more text than a shard", "c/d": "x" };
    assertEquals(diffBy(files, files), noDifferences());
    const reversed = Object.fromEntries(Object.entries(files).toReversed());
    assertEquals(diffBy(files, reversed), noDifferences(), "in any order");
    assertEquals(hasNoDifferences(diffBy(files, files)), true);
  });

  Deno.test(`listDifferences() lists all that is changed, missing and extra, with ${method}`, () => {
    const { changed, missing, extra } = diffBy(
      { same: "1", changed: "2", "sub/changed": "3", missing: "4", "sub/missing": "5" },
      { "sub/extra": "6", extra: "4", "sub/changed": "x", same: "1", changed: "y" },
    );
    assertEquals({ changed, missing, extra }, {
      changed: ["changed", "sub/changed"],
      missing: ["missing", "sub/missing"],
      extra: ["extra", "sub/extra"],
    });
  });

  Deno.test(`listDifferences() sorts by code point, with ${method}`, () => {
    const names = ["a b", "a-b", "a/b", "\uff5e", "\u{1f600}"];
    const files = Object.fromEntries(names.toReversed().map((name) => [name, "1"]));
    const others = Object.fromEntries(names.map((name) => [name, "2"]));
    assertEquals(diffBy(files, others).changed, names);
    assertEquals(diffBy(files, {}).missing, names);
    assertEquals(diffBy({}, files).extra, names);
  });

  Deno.test(`listDifferences() takes a file of another name for another file, with ${method}`, () => {
    const { changed, missing, extra } = diffBy({ "e\u0301": "1", a: "1" }, { "\u00e9": "1", A: "1" });
    assertEquals({ changed, missing, extra }, { changed: [], missing: ["a", "e\u0301"], extra: ["A", "\u00e9"] });
  });

  Deno.test(`listDifferences() finds everything missing in an empty model, and extra where nothing was signed, with ${method}`, () => {
    const files = { a: "1", b: "more text than a shard" };
    assertEquals(diffBy(files, {}), { changed: [], missing: ["a", "b"], extra: [] });
    assertEquals(diffBy({}, files), { changed: [], missing: [], extra: ["a", "b"] });
  });
}

Deno.test("hasNoDifferences() is false for each kind of difference", () => {
  assertEquals(hasNoDifferences(noDifferences()), true);
  for (const kind of ["changed", "missing", "extra"] as const) {
    assertEquals(hasNoDifferences({ ...noDifferences(), [kind]: ["a"] }), false, kind);
  }
});

Deno.test("ComparedDigests refuses digests of another length", () => {
  const signed = sortResources(resourcesOf({ name: "a", digest: new Uint8Array(32) }));
  const digests = new ComparedDigests("sha256", signed.digests, matchNames(["a"], signed.names));
  for (const length of [1, 31, 33]) assertThrows(() => digests.put(0, new Uint8Array(length)), RangeError);
});

Deno.test("ComparedDigests takes digests in any order, one or several at once", () => {
  const names = ["a", "b", "c", "d", "e"];
  const signed = sortResources(resourcesOf(...names.map((name) => ({ name, digest: digestOf(name) }))));
  const digests = new ComparedDigests("sha256", signed.digests, matchNames(["0", ...names], signed.names));
  const bytes = (...texts: string[]): Uint8Array => Uint8Array.from(texts.flatMap((text) => [...digestOf(text)]));
  digests.put(4, bytes("d", "x"));
  digests.put(0, bytes("not signed", "x"));
  digests.put(2, bytes("b"));
  digests.put(3, bytes("b"));
  assertEquals(digests.differing, [5, 1, 3]);
});

Deno.test("matchNames() finds names by code point, wherever others stand between", () => {
  const names = ["a", "b", "\uff5e", "\u{1f600}", "\u{1f601}"];
  assertEquals(matchNames(names, names), { signedAt: new Int32Array([0, 1, 2, 3, 4]), count: 5 });
  assertEquals(matchNames(names, ["\uff5e", "\u{1f601}"]), { signedAt: new Int32Array([-1, -1, 0, -1, 1]), count: 2 });
  assertEquals(matchNames(["b", "\u{1f600}"], names), { signedAt: new Int32Array([1, 3]), count: 2 });
  assertEquals(matchNames([], names), { signedAt: new Int32Array(0), count: 0 });
  assertEquals(matchNames(names, []), { signedAt: new Int32Array(5).fill(-1), count: 0 });
});

Deno.test("isIdentical() is false if any resource is changed, missing or extra", () => {
  const files = { a: "1", b: "2" };
  assertEquals(isIdentical(compare(resources(files), resources(files))), true);
  for (const other of [{ a: "1", b: "x" }, { a: "1" }, { ...files, c: "3" }, { a: "1", c: "2" }, {}]) {
    assertEquals(isIdentical(compare(resources(files), resources(other))), false);
    assertEquals(isIdentical(compare(resources(other), resources(files))), false);
  }
});

Deno.test("listDifferences() sees each byte of a digest", () => {
  for (let i = 0; i < 32; i++) {
    const digest = new Uint8Array(32);
    digest[i] = 1;
    const signed = resourcesOf({ name: "a", digest: new Uint8Array(32) });
    assertEquals(diff(signed, resourcesOf({ name: "a", digest }), "files", ["a"]).changed, ["a"], `byte ${i}`);
  }
});

Deno.test("listDifferences() takes what is there without a resource, such as a link, for changed or extra", () => {
  const found = (): Resources => resources({ a: "1" });
  assertEquals(diff(resources({ a: "1", link: "2" }), found(), "files", ["a", "link"]).changed, ["link"]);
  assertEquals(diff(resources({ a: "1" }), found(), "files", ["a", "link"]).extra, ["link"]);
});

Deno.test("listDifferences() with shards says which bytes of a file changed", () => {
  const text = "0123456789".repeat(3) + "01234";
  assertEquals(changedRanges(text, text), undefined);
  assertEquals(changedRanges(text, `x${text.slice(1)}`), ["w:0:10"]);
  assertEquals(changedRanges(text, `${text.slice(0, -1)}x`), ["w:30:35"]);
  assertEquals(changedRanges(text, `x${text.slice(1, -1)}x`), ["w:0:10", "w:30:35"]);
  assertEquals(changedRanges(text, "x".repeat(35)), ["w:0:10", "w:10:20", "w:20:30", "w:30:35"]);
});

Deno.test("listDifferences() with shards names the union of what a range was and is where the length changed", () => {
  const text = "0123456789".repeat(3) + "01234";
  const rows: [title: string, after: string, ranges: string[]][] = [
    ["the last shard grew", `${text}56`, ["w:30:37"]],
    ["the last shard grew full", `${text}56789`, ["w:30:40"]],
    ["grown by more than a shard", `${text}${text}`, ["w:30:40", "w:40:50", "w:50:60", "w:60:70"]],
    ["the last shard shrank", text.slice(0, 32), ["w:30:35"]],
    ["cut off between shards", text.slice(0, 30), ["w:30:35"]],
    ["cut off within an earlier shard", text.slice(0, 12), ["w:10:20", "w:20:30", "w:30:35"]],
    ["truncated to nothing", "", ["w:0:10", "w:10:20", "w:20:30", "w:30:35"]],
    ["grown and changed at the front", `x${text.slice(1)}5`, ["w:0:10", "w:30:36"]],
  ];
  for (const [title, after, ranges] of rows) assertEquals(changedRanges(text, after), ranges, title);
  assertEquals(changedRanges("0123456789", "0123456789a"), ["w:10:11"], "grown from exactly one shard");
});

Deno.test("listDifferences() with shards lists ranges of changed files alone, sorted by file and by number", () => {
  const long = "0123456789".repeat(11);
  const { changedRanges, ...names } = diffShards(
    { "a:0:10": long, a: long, missing: long, same: long },
    { same: long, extra: long, a: long.replaceAll("0", "x"), "a:0:10": `${long.slice(0, -1)}x` },
  );
  assertEquals(names, { changed: ["a", "a:0:10"], missing: ["missing"], extra: ["extra"] });
  assertEquals(changedRanges, [
    ...Array.from({ length: 11 }, (_, i) => ({ file: "a", start: 10 * i, end: 10 * i + 10 })),
    { file: "a:0:10", start: 100, end: 110 },
  ]);
});
