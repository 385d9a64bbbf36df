/** Random models on the disk: the program against the plain reference, by all four serializations. */
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { digest } from "../../mod.ts";
import * as reference from "../_reference.ts";
import { TempDirectory } from "../_temp_directory.ts";

/** A directory by what it holds: bytes for a file, more of the same for a directory. */
interface Tree {
  [name: string]: Uint8Array | Tree;
}

/** Names that different ways to sort put in different places. */
const name = fc.oneof(
  fc.constantFrom(
    "a",
    "a b",
    "a-b",
    "a.b",
    "a0",
    "A",
    "b",
    "10",
    "9",
    "~",
    ".x",
    "e\u0301",
    "\u00e9",
    "\uff5e",
    "\u{1f600}",
  ),
  fc.string({ unit: fc.constantFrom("a", "b", "-", ".", "0", ":", "\ue000", "\ufffd", "\u{10000}"), minLength: 2 }),
).filter((name) => name !== "." && name !== ".." && name !== "model.sig");

const { tree } = fc.letrec<{ tree: Tree; node: Uint8Array | Tree }>((tie) => ({
  tree: fc.dictionary(name, tie("node"), { maxKeys: 6, noNullPrototype: true }),
  node: fc.oneof({ maxDepth: 4, withCrossShrink: true }, fc.uint8Array({ maxLength: 70 }), tie("tree")),
}));

function write(directory: TempDirectory, tree: Tree, path: string): void {
  directory.makeDirectory(path);
  for (const [name, node] of Object.entries(tree)) {
    if (node instanceof Uint8Array) directory.write(`${path}/${name}`, node);
    else write(directory, node, `${path}/${name}`);
  }
}

Deno.test("digest() agrees with the reference about random models", async () => {
  let withShards = 0;
  await fc.assert(
    fc.asyncProperty(tree, async (content) => {
      using directory = new TempDirectory();
      write(directory, content, "model");
      const model = `${directory.path}/model`;
      const ours = async (options: Parameters<typeof digest>[1]): Promise<string> =>
        (await digest(model, options)).digest;

      assertEquals(await ours({ serialization: "h1" }), `sha256:${reference.h1(model).toHex()}`);
      assertEquals(await ours({ serialization: "h2" }), `sha256:${reference.h2(model).toHex()}`);
      // OMS refuses a model with nothing to list, which the vectors test.
      if (hasFile(content, 0)) assertEquals(await ours({}), `sha256:${reference.filesRoot(model).toHex()}`);
      if (hasFile(content, 1)) {
        withShards++;
        for (const shardSize of [1, 7, 64]) {
          const expected = `sha256:${reference.shardsRoot(model, shardSize).toHex()}`;
          assertEquals(await ours({ serialization: "shards", shardSize }), expected);
        }
      }
    }),
    { seed: 20_261_122, numRuns: 60 },
  );
  assertEquals(withShards > 30, true, "most of the models say something");
});

function hasFile(tree: Tree, minSize: number): boolean {
  return Object.values(tree).some((node) =>
    node instanceof Uint8Array ? node.length >= minSize : hasFile(node, minSize)
  );
}

Deno.test("digest() agrees with the reference about a model that is one file", async () => {
  using directory = new TempDirectory();
  for (const size of [0, 1, 55, 56, 64, 1_000]) {
    const path = directory.write("weights.bin", new Uint8Array(size).fill(7));
    for (const serialization of ["h1", "h2"] as const) {
      const expected = `sha256:${reference[serialization](path).toHex()}`;
      assertEquals((await digest(path, { serialization })).digest, expected, `${serialization} of ${size} bytes`);
    }
  }
});
