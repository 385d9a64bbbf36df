import { assertEquals } from "@std/assert";
import { buildTree, isFolder, nodesInOrder, type TreeFolder } from "../../src/manifest/tree.ts";
import { modelOf } from "./_model.ts";

/** The names in the order of the tree, a folder with `/` behind it. */
function list(folder: TreeFolder): string[] {
  return nodesInOrder(folder).map((node) => isFolder(node) ? `${node.path}/` : node.file.name);
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

Deno.test("buildTree() orders by components and code points, a folder right before what it holds", () => {
  const files = NAMES.filter((name) => !name.endsWith("/"));
  for (const given of [files, files.toReversed()]) {
    const tree = buildTree(modelOf(Object.fromEntries(given.map((name) => [name, 1])), ["empty"]));
    assertEquals(list(tree), NAMES);
  }
});

Deno.test("buildTree() does not depend on the order of folders, of which some may be longer than what is in others", () => {
  const folders = ["b/long name/x", "b", "a/a/a/a", "a/a", "a", "b/long name", "a/a/a"];
  for (const given of [folders, folders.toReversed(), folders.toSorted()]) {
    assertEquals(list(buildTree({ isFile: false, files: [], folders: given, unfit: [] })), [
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

Deno.test("buildTree() gives the last name of each node", () => {
  const tree = buildTree(modelOf({ "a/b/c": 1 }));
  const [a] = tree.children as [TreeFolder];
  const [b] = a.children as [TreeFolder];
  assertEquals([tree, a, b, b.children[0]!].map(({ name }) => name), ["", "a", "b", "c"]);
});

Deno.test("buildTree() takes names that objects have of themselves", () => {
  const names = ["__proto__/constructor", "toString/__proto__", "valueOf"];
  const files = names.map((name) => ({ name, path: `/${name}`, size: 1, modified: 0 }));
  const tree = buildTree({ isFile: false, files, folders: ["__proto__", "toString"], unfit: [] });
  assertEquals(list(tree), [
    "__proto__/",
    "__proto__/constructor",
    "toString/",
    "toString/__proto__",
    "valueOf",
  ]);
});

Deno.test("buildTree() leaves the model as it was", () => {
  const model = modelOf({ "b/c": 1, "a": 1 });
  const before = structuredClone(model);
  buildTree(model);
  assertEquals(model, before);
});

Deno.test("nodesInOrder() lists nothing of an empty model, and never the folder itself", () => {
  assertEquals(nodesInOrder(buildTree(modelOf({}))), []);
  const tree = buildTree(modelOf({ "a/b": 1 }));
  assertEquals(nodesInOrder(tree), [tree.children[0], (tree.children[0] as TreeFolder).children[0]]);
});
