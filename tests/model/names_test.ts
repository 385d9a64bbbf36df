import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { LIMITS } from "../../src/limits.ts";
import { compareCodePoints, invalidNameReason, joinName, modelName } from "../../src/model/names.ts";
import { compareBytes } from "../_reference.ts";

/** Where UTF-16 units and code points disagree, and what stands right beside it. */
const EDGES = ["", "\0", "-", ".", "/", "0", "a", "\x7f", "\x80", "\u07ff", "\u0800", "\ud7ff", "\ue000", "\ufffd"]
  .concat(["\uffff", "\u{10000}", "\u{103ff}", "\u{10400}", "\u{1f600}", "\u{10ffff}"]);

/** Any Unicode text, often close to the edges, often with a long common beginning. */
const text = fc.tuple(
  fc.string({ unit: fc.constantFrom(...EDGES), maxLength: 3 }),
  fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: fc.constantFrom(...EDGES) })),
).map((parts) => parts.join(""));

const RUNS = { numRuns: 5_000, seed: 20_261_122 };

function byUtf8(a: string, b: string): number {
  const encoder = new TextEncoder();
  return compareBytes(encoder.encode(a), encoder.encode(b));
}

Deno.test("compareCodePoints() orders as the bytes of UTF-8 do", () => {
  fc.assert(
    fc.property(text, text, (a, b) => Math.sign(compareCodePoints(a, b)) === Math.sign(byUtf8(a, b))),
    RUNS,
  );
});

Deno.test("compareCodePoints() orders every pair of edges as the bytes of UTF-8 do", () => {
  const names = EDGES.flatMap((a) => EDGES.map((b) => a + b));
  for (const a of names) {
    for (const b of names) assertEquals(Math.sign(compareCodePoints(a, b)), Math.sign(byUtf8(a, b)));
  }
});

Deno.test("compareCodePoints() is an order: equal only to itself, the other way round when swapped", () => {
  fc.assert(
    fc.property(text, text, (a, b) => {
      assertEquals(compareCodePoints(a, b) === 0, a === b);
      assertEquals(Math.sign(compareCodePoints(a, b)), -Math.sign(compareCodePoints(b, a)) + 0);
    }),
    RUNS,
  );
});

Deno.test("compareCodePoints() neither folds case nor normalizes", () => {
  const names = ["\u00e9", "e\u0301", "E", "e", "\ufb01", "fi", "FI", "10", "9"];
  assertEquals(names.toSorted(compareCodePoints), ["10", "9", "E", "FI", "e", "e\u0301", "fi", "\u00e9", "\ufb01"]);
});

Deno.test("invalidNameReason() has nothing against names that are only unusual", () => {
  const good = [
    "a",
    "a/b/c",
    " ",
    "a b",
    "...",
    "..a",
    "a..",
    "a/...",
    ".git",
    "-rf",
    "~",
    "$HOME",
    "*?[x]",
    "%2e%2e",
    "a:0:10",
    "C:x",
    "a\\b",
    "..\\b",
    "new\nline",
    "\x7f\x01",
    "\ufeffbom",
    "\ufffd",
    "\u2215", // a slash by looks only
    "\uff0e\uff0e", // two full stops by looks only
    "\u202egnp.exe",
    "e\u0301",
    "\u{1f600}",
    "\u{10ffff}",
  ];
  for (const name of good) assertEquals(invalidNameReason(name, false), undefined, JSON.stringify(name));
});

Deno.test("invalidNameReason() says what is wrong with a name that is absolute, not canonical, or leaves the model", () => {
  const bad: [name: string, fault: string][] = [
    ["", "is empty"],
    ["/", "is absolute"],
    ["/etc/passwd", "is absolute"],
    ["//a", "is absolute"],
    ["..", 'holds ".." and may leave the model'],
    ["../a", 'holds ".." and may leave the model'],
    ["a/../b", 'holds ".." and may leave the model'],
    ["a/..", 'holds ".." and may leave the model'],
    ["./..", 'holds ".." and may leave the model'],
    [".", "is not canonical"],
    ["./a", "is not canonical"],
    ["a/./b", "is not canonical"],
    ["a/.", "is not canonical"],
    ["a//b", "is not canonical"],
    ["a/", "is not canonical"],
    ["a\0", "holds a NUL character"],
    ["a\0/../b", "holds a NUL character"],
    ["\ud800", "is not valid Unicode"],
    ["a\udc00b", "is not valid Unicode"],
    ["\udc00\ud800", "is not valid Unicode"],
  ];
  for (const [name, fault] of bad) {
    for (const windows of [false, true]) assertEquals(invalidNameReason(name, windows), fault, JSON.stringify(name));
  }
});

Deno.test("invalidNameReason() refuses characters that have a meaning in paths on Windows", () => {
  for (const name of ["a\\b", "..\\b", "\\", "\\\\server\\share", "C:", "C:x", "C:/x", "a:stream", "a/b:c", "a:0:10"]) {
    assertEquals(invalidNameReason(name, true), "holds a character that has a meaning in paths on Windows", name);
    assertEquals(invalidNameReason(name, false), undefined, name);
  }
  for (const name of ["a", "a/b", "...", "a b", "\u{1f600}"]) {
    assertEquals(invalidNameReason(name, true), undefined, name);
  }
});

Deno.test("invalidNameReason() takes names up to the limits and none above", () => {
  const directories = (count: number): string => "a/".repeat(count - 1) + "a";
  assertEquals(invalidNameReason(directories(LIMITS.depth)), undefined);
  assertEquals(invalidNameReason(directories(LIMITS.depth + 1)), `is more than ${LIMITS.depth} directories deep`);
  assertEquals(invalidNameReason("a".repeat(LIMITS.nameBytes)), undefined);
  assertEquals(invalidNameReason("a".repeat(LIMITS.nameBytes + 1)), `is longer than ${LIMITS.nameBytes} bytes`);
});

Deno.test({
  name: "invalidNameReason() counts the length of a name in bytes, not in UTF-16 units",
  fn: () => {
    assertEquals(invalidNameReason("\u00e9".repeat(LIMITS.nameBytes / 2)), undefined);
    assertEquals(
      invalidNameReason("\u00e9".repeat(LIMITS.nameBytes / 2) + "a"),
      `is longer than ${LIMITS.nameBytes} bytes`,
    );
    assertEquals(
      invalidNameReason("\u{1f600}".repeat(LIMITS.nameBytes / 4) + "a"),
      `is longer than ${LIMITS.nameBytes} bytes`,
    );
  },
});

Deno.test("invalidNameReason() has nothing against what joinName() makes of names that may be in a directory", () => {
  const part = text.filter((name) => !/[\0/]/.test(name) && !["", ".", ".."].includes(name));
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 8 }), (parts) => {
      assertEquals(invalidNameReason(parts.reduce(joinName, ""), false), undefined);
    }),
    RUNS,
  );
});

Deno.test("joinName() puts a slash between, but none before what lies in the model itself", () => {
  assertEquals(joinName("", "a"), "a");
  assertEquals(joinName("a", "b"), "a/b");
  assertEquals(joinName("a/b", "c d"), "a/b/c d");
});

Deno.test("modelName() is the last part of the path, however that is written", () => {
  const here = Deno.cwd().split(/[/\\]/).at(-1)!;
  const rows: [path: string, name: string][] = [
    ["models/bert", "bert"],
    ["models/bert/", "bert"],
    ["models/bert///", "bert"],
    ["models/./bert/.", "bert"],
    ["models/bert/../gpt", "gpt"],
    ["/models/bert.onnx", "bert.onnx"],
    ["a b", "a b"],
    ["./a", "a"],
    [".", here],
    ["", here],
    ["x/..", here],
  ];
  for (const [path, name] of rows) assertEquals(modelName(path), name, path);
  assert(modelName("/").length > 0, "even the root of the file system has a name");
});
