import { assertEquals } from "@std/assert";
import { LazyList } from "../../src/lists/lazy_list.ts";
import { PackedNames } from "../../src/lists/packed_names.ts";
import { searchable } from "../../src/manifest/match.ts";
import { compareCodePoints } from "../../src/model/names.ts";

Deno.test("searchable() finds the same names in a packed list and in any other", () => {
  const names = ["a", "b-c", "b/c", "b0", "d/e/f", "\uff5e", "\u{1f600}/x"].sort(compareCodePoints);
  const packed = searchable(PackedNames.of(names));
  const lazy = searchable(new LazyList(names.length, (index) => names[index]!));
  const asked = [...names, "", "b", "c", "d", "d/e", "d/e/", "\u{1f600}", "\u{1f600}/", "zz"];
  for (const name of asked) {
    assertEquals([lazy.has(name), lazy.hasBelow(name)], [packed.has(name), packed.hasBelow(name)], name);
  }
  assertEquals(asked.filter((name) => lazy.has(name)), names);
  assertEquals(asked.filter((name) => lazy.hasBelow(name)), ["b", "d", "d/e", "\u{1f600}"]);
});
