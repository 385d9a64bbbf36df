/** What properties are checked for: models with odd names, and changes of signatures. All from one fixed seed. */
import fc from "fast-check";
import type { Json } from "../oms/_forge.ts";
import { TempDirectory } from "../_temp_directory.ts";

/**
 * Checks a property, the same values at each run of the tests.
 *
 * @param runs How many values to try.
 * @param property The property.
 */
export async function check<T>(runs: number, property: fc.IAsyncProperty<T> | fc.IProperty<T>): Promise<void> {
  await fc.assert(property as fc.IAsyncProperty<T>, { seed: 20_261_101, numRuns: runs });
}

/** Names that programs stumble over. */
const ODD_NAMES = [
  " ",
  "  a  ",
  "-rf",
  "~",
  "...",
  "..a",
  ".hidden",
  ".git",
  ".gitignore",
  "a:0:4",
  ":",
  "\n",
  "\r",
  "\t",
  "\u001b[2J",
  "\u007f",
  "'",
  '"',
  "\\",
  "\\..\\..",
  "$(x)",
  "`x`",
  "*?[a]",
  "%2e%2e",
  "__proto__",
  "constructor",
  "\u00e9",
  "e\u0301",
  "\ufeff",
  "\ufffd",
  "\ufffe",
  "\uffff",
  "\u2028",
  "\u202e",
  "\ue000",
  "\u{1f600}",
  "\u{10ffff}",
  "CON",
  "model.sig",
];

/** One name in a directory: any that Linux allows and that is Unicode. */
const namePart: fc.Arbitrary<string> = fc
  .oneof(fc.constantFrom(...ODD_NAMES), fc.string({ unit: "binary", minLength: 1, maxLength: 8 }), fc.string())
  .filter((name) => !["", ".", ".."].includes(name) && !/[/\0]/.test(name) && name.isWellFormed());

/** A name of a file in a model. */
export const fileName: fc.Arbitrary<string> = fc.array(namePart, { minLength: 1, maxLength: 4 }).map((parts) =>
  parts.join("/")
);

/** Files by name, the first of which is not empty. */
export type Tree = ReadonlyMap<string, Uint8Array>;

/** A model. */
export const tree: fc.Arbitrary<Tree> = fc
  .array(fc.tuple(fileName, fc.uint8Array({ maxLength: 20 })), { minLength: 1, maxLength: 8 })
  .map((files) => {
    const tree = new Map<string, Uint8Array>();
    for (const [name, content] of files) {
      if (fits(name, tree)) tree.set(name, tree.size === 0 ? Uint8Array.of(1, ...content) : content);
    }
    return tree;
  });

/** Whether a name may stand beside the others: a file is no directory. */
export function fits(name: string, tree: Tree): boolean {
  return [...tree.keys()].every((other) => !`${other}/`.startsWith(`${name}/`) && !`${name}/`.startsWith(`${other}/`));
}

/** A model on the disk, in `model`, with room beside it. */
export class ModelDirectory extends TempDirectory {
  /** The model's path. */
  readonly model: string = this.makeDirectory("model");
  /** Where its signature is. */
  readonly signature: string = `${this.path}/model.sig`;

  /** Writes a model. */
  constructor(tree: Tree) {
    super();
    for (const [name, content] of tree) this.write(`model/${name}`, content);
  }
}

/** Any JSON, with the keys and values that parsers care for. */
export const anyJson: fc.Arbitrary<Json> = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom(null, "", 0, -1, 1.5, 2 ** 53, true, [], {}, [null], "AA==", "00", "sha256", "files", "shards", "."),
);

/** A change of bytes: some of them are left out and others put there. */
export interface Splice {
  readonly at: number;
  readonly remove: number;
  readonly insert: Uint8Array;
}

/** A change of bytes; `at` is a share of the length. */
export const splice: fc.Arbitrary<Splice> = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  remove: fc.nat(4),
  insert: fc.oneof(
    fc.uint8Array({ maxLength: 4 }),
    fc.constantFrom("{", "}", '"', ",", "0", "null", "\\", "=", "\ufeff", " ").map((text) =>
      new TextEncoder().encode(text)
    ),
  ),
});

/** The bytes with the change made. */
export function spliced(bytes: Uint8Array, { at, remove, insert }: Splice): Uint8Array<ArrayBuffer> {
  const start = Math.floor(at * bytes.length);
  return Uint8Array.of(...bytes.subarray(0, start), ...insert, ...bytes.subarray(start + remove));
}

/** The paths of all values in some JSON, such as `a.0.b`; a name with a dot has none. */
export function pathsOf(json: Json, prefix = ""): string[] {
  if (typeof json !== "object" || json === null) return [];
  return Object.keys(json).filter((key) => !key.includes(".")).flatMap((
    key,
  ) => [`${prefix}${key}`, ...pathsOf(json[key], `${prefix}${key}.`)]);
}
