/**
 * The serialization `h2`: one SHA-256 for the whole model over a list of its directories and shards, as it was first
 * published. A shard's digest is SHA-256("file." b64(path) "." start "-" end "." bytes), a directory's
 * SHA-256("dir." b64(path) ".0-0.none"). A model that is one file goes by the path "root".
 */
import type { IndexedList } from "../../lists/indexed_list.ts";
import { knownSize, type ModelFile, type ModelFiles } from "../../model/files.ts";
import type { Listing } from "../../model/source.ts";
import { lastNotAbove, prefixSums } from "../../lists/prefix_sums.ts";
import { base64Text, type DigestPlan, sha256 } from "./digest_plan.ts";
import { lazyPieces, type Pieces } from "../digests.ts";
import { countShards, DEFAULT_SHARD_SIZE, shardRange } from "../shards.ts";
import { Tree } from "./tree.ts";

/**
 * Plans the `h2` digest of a model.
 *
 * @param listing What the model holds. It may be empty.
 * @returns The pieces, and how their digests are combined.
 */
export function planH2(listing: Listing): DigestPlan {
  const { files, kind } = listing;
  if (kind === "file" && files.length > 0) {
    const shards = new Shards(files, files.areOnDisk, () => "root");
    return { pieces: shards.pieces, finish: (digests) => sha256(shards.digestsOf(0, digests)) };
  }
  const tree = new Tree(listing);
  const shards = new Shards(tree.files, files.areOnDisk, ({ name }) => name);
  return { pieces: shards.pieces, finish: (digests) => sha256(listed(tree, shards, digests)) };
}

/** The digests in order: one for each directory, and one for each shard of a file. */
function* listed(tree: Tree, shards: Shards, digests: IndexedList<Uint8Array>): Generator<Uint8Array> {
  let file = 0;
  for (const { path, isDirectory } of tree) {
    if (isDirectory) yield sha256([`dir.${base64Text(path)}.0-0.none`]);
    else yield* shards.digestsOf(file++, digests);
  }
}

/** The shards of all files, in order. */
class Shards {
  readonly pieces: Pieces;
  /** For each file the index of its first shard, and at the end the number of shards. */
  readonly #first: Uint32Array;

  constructor(files: ModelFiles, areOnDisk: boolean | undefined, pathOf: (file: ModelFile) => string) {
    // Unlike with `shards`, an empty file has one shard, of no bytes.
    const countOf = (index: number): number =>
      Math.max(1, countShards(knownSize(files.at(index)!), DEFAULT_SHARD_SIZE));
    const first = prefixSums(files.length, countOf);
    this.#first = first;
    this.pieces = lazyPieces(first.at(-1)!, areOnDisk, (number) => {
      const index = lastNotAbove(first, number);
      const file = files.at(index)!;
      const { start, end } = shardRange(number - first[index]!, knownSize(file), DEFAULT_SHARD_SIZE);
      return { file: file.content, start, end, prefix: `file.${base64Text(pathOf(file))}.${start}-${end}.` };
    });
  }

  *digestsOf(file: number, digests: IndexedList<Uint8Array>): Generator<Uint8Array> {
    for (let shard = this.#first[file]!; shard < this.#first[file + 1]!; shard++) yield digests.at(shard)!;
  }
}
