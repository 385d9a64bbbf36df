/**
 * The serialization `h1`: one SHA-256 for the whole model over a tree of its directories, as it was first published.
 *
 * A file's digest is SHA-256("file." b64(name) "." content), a directory's SHA-256("dir." b64(name) "." inner), where inner
 * is the SHA-256 of the raw digests of what it holds, or the word "empty". The model's own directory is called "root".
 * A model that is one file is the plain SHA-256 of its content.
 */
import { createHash, type Hash } from "node:crypto";
import type { IndexedList } from "../../lists/indexed_list.ts";
import type { ModelFile } from "../../model/files.ts";
import type { Listing } from "../../model/source.ts";
import { lazyPieces, type Piece, wholePiece } from "../digests.ts";
import { base64Text, type DigestPlan, sha256 } from "./digest_plan.ts";
import { lastName, Tree } from "./tree.ts";

/**
 * Plans the `h1` digest of a model.
 *
 * @param listing What the model holds. It may be empty.
 * @returns The pieces, and how their digests are combined.
 */
export function planH1(listing: Listing): DigestPlan {
  const single = listing.kind === "file" ? listing.files.at(0) : undefined;
  if (single !== undefined) {
    return { pieces: [wholePiece(single)], finish: (digests) => digests.at(0)! };
  }
  const tree = new Tree(listing);
  return {
    pieces: lazyPieces(tree.files.length, listing.files.areOnDisk, (index) => filePiece(tree.files.at(index)!)),
    finish: (digests) => treeDigest(tree, digests),
  };
}

function filePiece(file: ModelFile): Piece {
  return { ...wholePiece(file), prefix: `file.${base64Text(lastName(file.name))}.` };
}

function treeDigest(tree: Tree, digests: IndexedList<Uint8Array>): Uint8Array {
  const root = new OpenDirectory("root", "");
  /** The directories around what comes next, from the outermost on. */
  const open = [root];
  const closeLast = (): void => {
    const { digest } = open.pop()!;
    open.at(-1)!.add(digest);
  };
  let file = 0;
  for (const { path, isDirectory } of tree) {
    while (!path.startsWith(open.at(-1)!.start)) closeLast();
    if (isDirectory) open.push(new OpenDirectory(lastName(path), `${path}/`));
    else open.at(-1)!.add(digests.at(file++)!);
  }
  while (open.length > 1) closeLast();
  return root.digest;
}

/** A directory of which not all is known. */
class OpenDirectory {
  /** What the paths of all that it holds begin with. */
  readonly start: string;
  readonly #name: string;
  #inner: Hash | undefined;

  constructor(name: string, start: string) {
    this.#name = name;
    this.start = start;
  }

  /** Adds the digest of the next that it holds. */
  add(digest: Uint8Array): void {
    this.#inner ??= createHash("sha256");
    this.#inner.update(digest);
  }

  /** Its digest; to be asked for once. */
  get digest(): Uint8Array {
    return sha256([`dir.${base64Text(this.#name)}.`, this.#inner?.digest() ?? "empty"]);
  }
}
