import { assertEquals, assertThrows } from "@std/assert";
import { PackedNames } from "../../src/lists/packed_names.ts";

const NAMES: readonly [what: string, make: (i: number) => string][] = [
  ["short", (i) => `${i}`],
  ["not ASCII", (i) => `é名😀/${i}`],
  ["with a mark at the beginning", (i) => `\ufeff${i}`],
  ["empty and long in turn", (i) => i % 2 === 0 ? "" : `${i}/`.repeat(500)],
  ["with half a character", (i) => i % 100 === 70 ? `\ud83d${i}` : i % 100 === 71 ? `\ude00${i}` : `${i}\ud83d`],
];

for (const [what, make] of NAMES) {
  Deno.test(`PackedNames gives names back that are ${what}, in any order`, () => {
    for (const count of [0, 1, 63, 64, 65, 128, 20_000]) {
      const names = Array.from({ length: count }, (_, i) => make(i));
      const packed = PackedNames.of(names);
      assertEquals([packed.length, packed.at(count), packed.at(count + 100)], [count, undefined, undefined]);
      assertEquals([...packed], names);
      for (let i = 0; i < 300 && count > 0; i++) {
        const index = (i * 7_919) % count;
        assertEquals(packed.at(index), names[index]);
      }
    }
  });
}

Deno.test("PackedNames gives names back while they become more", () => {
  const packed = new PackedNames();
  for (let i = 0; i < 200; i++) {
    packed.push(`name ${i}`);
    for (const index of [0, i >> 1, i]) assertEquals(packed.at(index), `name ${index}`);
  }
});

/** In the order of their code points, which that of JavaScript is not. */
const ASCENDING = ["", "a", "a b", "a-b", "a/b", "a/b/c", "ab", "\uff5e", "\u{1f600}", "\u{1f600}x"];

Deno.test("PackedNames sorts by code point", () => {
  const rotated = ASCENDING.map((_, i) => ASCENDING[(i * 7 + 3) % ASCENDING.length]!);
  assertEquals([...PackedNames.of(rotated).sorted()], ASCENDING);
  assertEquals([...PackedNames.of(rotated).order()].map((index) => rotated[index]), ASCENDING);
  assertEquals([...PackedNames.of([...ASCENDING, "a"]).sorted()], ["", "a", ...ASCENDING.slice(1)], "twice");
});

Deno.test("PackedNames knows whether each name stands before the next", () => {
  const rows: [names: string[], is: boolean][] = [
    [[], true],
    [["b"], true],
    [ASCENDING, true],
    [["a", "a"], false],
    [["b", "a"], false],
    [["\u{1f600}", "\uff5e"], false],
    [["ab", "a"], false],
  ];
  for (const [names, is] of rows) assertEquals(PackedNames.of(names).isAscending, is, `${names}`);
});

Deno.test("PackedNames finds names, and nothing else", () => {
  const names = PackedNames.of(ASCENDING);
  for (const name of ASCENDING) assertEquals(names.has(name), true, name);
  for (const name of ["b", "a/", "A", "a/b/", "\u{1f601}", "\ufffd", "zz"]) assertEquals(names.has(name), false, name);
  assertEquals(new PackedNames().has(""), false);
  assertEquals(PackedNames.of(["\ufffd"]).has("\ud800"), false, "half a character is no character");
});

Deno.test("PackedNames finds what lies below a directory, by whole components", () => {
  const names = PackedNames.of(["a", "b-c", "b/c", "d/e/f", "g0"]);
  for (const directory of ["b", "d", "d/e"]) assertEquals(names.hasBelow(directory), true, directory);
  for (const directory of ["", "a", "b/c", "c", "d/", "d/e/f", "g", "x", "b*"]) {
    assertEquals(names.hasBelow(directory), false, directory);
  }
  assertEquals(new PackedNames().hasBelow("a"), false);
});

Deno.test("PackedNames throws on any use after it was freed", () => {
  const uses: ((names: PackedNames) => unknown)[] = [
    (names): unknown => names.length,
    (names): unknown => names.at(0),
    (names): unknown => [...names],
    (names): unknown => names.has("a"),
    (names): unknown => names.hasBelow("a"),
    (names): unknown => names.isAscending,
    (names): unknown => names.order(),
    (names): unknown => names.sorted(),
    (names): void => names.push("x"),
  ];
  for (const use of uses) {
    const names = PackedNames.of(["\ud83d", ...ASCENDING]);
    names.free();
    assertThrows(() => use(names), TypeError, "freed", use.toString());
  }
});
