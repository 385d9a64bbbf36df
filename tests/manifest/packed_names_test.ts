import { assertEquals } from "@std/assert";
import { PackedNames } from "../../src/manifest/packed_names.ts";

function pack(names: readonly string[]): PackedNames {
  const packed = new PackedNames();
  for (const name of names) packed.push(name);
  return packed;
}

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
      const packed = pack(names);
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
