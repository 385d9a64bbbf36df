import { assertEquals } from "@std/assert";
import { lastName, Tree } from "../../../src/manifest/legacy/tree.ts";
import { fileOf, modelOf } from "../_model.ts";

/** The names in the order of the tree, a directory with `/` behind it. */
function list(tree: Tree): string[] {
  return [...tree].map(({ path, isDirectory }) => isDirectory ? `${path}/` : path);
}

const NAMES = [
  "10",
  "9",
  "B",
  "_",
  "a/",
  "a/\ue000",
  "a/\uff5e",
  "a/\u{10000}",
  "a/\u{1f600}",
  "a b",
  "a-b/",
  "a-b/a/",
  "a-b/a/z",
  "a-b/a.z",
  "a.b",
  "a0",
  "empty/",
  "e\u0301",
  "z",
  "~",
  "\u00e9",
];

Deno.test("Tree orders by components and code points, a directory right before what it holds", () => {
  const files = NAMES.filter((name) => !name.endsWith("/"));
  for (const given of [files, files.toReversed()]) {
    const tree = new Tree(modelOf(Object.fromEntries(given.map((name) => [name, 1])), ["empty"]));
    assertEquals(list(tree), NAMES);
    assertEquals([...tree.files].map(({ name }) => name), files);
  }
});

Deno.test("Tree does not depend on the order of directories, even if some names are longer than what is in others", () => {
  const directories = ["b/long name/x", "b", "a/a/a/a", "a/a", "a", "b/long name", "a/a/a"];
  for (const given of [directories, directories.toReversed(), directories.toSorted()]) {
    assertEquals(list(new Tree({ files: [], directories: given })), [
      "a/",
      "a/a/",
      "a/a/a/",
      "a/a/a/a/",
      "b/",
      "b/long name/",
      "b/long name/x/",
    ]);
  }
});

Deno.test("Tree takes names that objects have of themselves", () => {
  const names = ["__proto__/constructor", "toString/__proto__", "valueOf"];
  const files = names.map((name) => fileOf(name, 1));
  const tree = new Tree({ files, directories: ["__proto__", "toString"] });
  assertEquals(list(tree), [
    "__proto__/",
    "__proto__/constructor",
    "toString/",
    "toString/__proto__",
    "valueOf",
  ]);
});

Deno.test("Tree leaves the model as it was", () => {
  const { files, directories } = modelOf({ "b/c": 1, "a": 1 });
  const model = { files, directories };
  const before = structuredClone(model);
  new Tree(model);
  assertEquals(model, before);
});

Deno.test("Tree lists nothing of an empty model, and never the model's own directory", () => {
  assertEquals(list(new Tree(modelOf({}))), []);
  assertEquals(list(new Tree(modelOf({ "a/b": 1 }))), ["a/", "a/b"]);
});

Deno.test("lastName() is what stands behind the last slash", () => {
  assertEquals(["a", "a/b", "a/b/c.d", "a b/\u{1f600}"].map(lastName), ["a", "b", "c.d", "\u{1f600}"]);
});
