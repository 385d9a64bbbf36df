import { assertEquals } from "@std/assert";
import fc from "fast-check";
import type { FileStamp } from "../../../src/io/file_stamp.ts";
import { FileList } from "../../../src/model/disk/file_list.ts";
import { sortByName } from "../../../src/model/files.ts";
import { compareCodePoints } from "../../../src/model/names.ts";

function stamp(i: number): FileStamp {
  return {
    size: 2 ** 40 + i,
    modified: i % 3 === 0 ? null : i + 0.5,
    changed: 1_000 * i,
    device: 7,
    inode: 2 ** 53 + 2 * i,
  };
}

Deno.test("FileList gives back what it was given, and makes paths of names", () => {
  const files = new FileList("/model", true);
  const names = Array.from({ length: 100 }, (_, i) => `directory/${"é\ufeff\u{1f600}".repeat(i % 7)}${i}`);
  for (const [i, name] of names.entries()) files.push(name, stamp(i));
  assertEquals(
    Array.from(files, ({ name, size, content }) => ({ name, size, content })),
    names.map((name, i) => ({
      name,
      size: stamp(i).size,
      content: { kind: "path", id: i, path: `/model/${name}`, followsLinks: true, ...stamp(i) },
    })),
  );
  assertEquals([files.length, files.at(100)], [100, undefined]);
});

Deno.test("inOrder() sorts a FileList as it sorts a list: by code point, also with a character behind each name", () => {
  const letter = fc.constantFrom("a", "b", "/", ":", "-", "0", "~", "\uff5e", "\u{1f600}", "\u0001");
  const name = fc.string({ unit: letter, minLength: 1, maxLength: 5 });
  fc.assert(fc.property(fc.uniqueArray(name, { maxLength: 30 }), fc.constantFrom("", ":"), (names, behind) => {
    const files = new FileList("/model", true);
    for (const name of names) files.push(name, stamp(0));
    const expected = names.toSorted((a, b) => compareCodePoints(a + behind, b + behind));
    assertEquals(Array.from(sortByName(files, behind), (file) => file.name), expected);
    assertEquals(Array.from(sortByName([...files], behind), (file) => file.name), expected);
  }));
});
