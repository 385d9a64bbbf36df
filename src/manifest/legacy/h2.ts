/**
 * The serialization `h2`: one SHA-256 for the whole model over a list of its directories and shards, as it was first
 * published. A shard's digest is SHA-256("file." b64(path) "." start "-" end "." bytes), a directory's
 * SHA-256("dir." b64(path) ".0-0.none"). A model that is one file goes by the path "root".
 */
import type { HashTask } from "../../hash/tasks/hash_task.ts";
import type { IndexedList } from "../../lists/indexed_list.ts";
import { LazyList } from "../../lists/lazy_list.ts";
import type { ModelFile, ModelFiles } from "../../model/file_list.ts";
import type { Model } from "../../model/disk/walk.ts";
import { lastNotAbove, prefixSums } from "../../lists/prefix_sums.ts";
import { base64Text, type DigestPlan, sha256 } from "./digest_plan.ts";
import { DEFAULT_SHARD_SIZE } from "../manifest.ts";
import { countShards, shardRange } from "../shard_ranges.ts";
import { Tree } from "./tree.ts";

/**
 * Plans the `h2` digest of a model.
 *
 * @param model What the model holds; it may be empty.
 * @returns The tasks, and how their digests become the one of the model.
 */
export function planH2(model: Model): DigestPlan {
  if (model.isFile && model.files.length > 0) {
    const shards = new Shards(model.files, () => "root");
    return { tasks: shards.tasks, finish: (digests) => sha256(shards.digestsOf(0, digests)) };
  }
  const tree = new Tree(model);
  const shards = new Shards(tree.files, ({ name }) => name);
  return { tasks: shards.tasks, finish: (digests) => sha256(listed(tree, shards, digests)) };
}

/** The list in order: the digest of a directory, and those of a file. */
function* listed(tree: Tree, shards: Shards, digests: IndexedList<Uint8Array>): Generator<Uint8Array> {
  let file = 0;
  for (const { path, isDirectory } of tree) {
    if (isDirectory) yield sha256([`dir.${base64Text(path)}.0-0.none`]);
    else yield* shards.digestsOf(file++, digests);
  }
}

/** The shards of files, one behind the other. */
class Shards {
  readonly tasks: LazyList<HashTask>;
  /** Of each file the index of its first shard, and at the end how many there are. */
  readonly #first: Uint32Array;

  constructor(files: ModelFiles, pathOf: (file: ModelFile) => string) {
    // Unlike with `shards`, an empty file counts: as one shard of no bytes.
    const countOf = (index: number): number => Math.max(1, countShards(files.at(index)!.size, DEFAULT_SHARD_SIZE));
    const first = prefixSums(files.length, countOf);
    this.#first = first;
    this.tasks = new LazyList(first.at(-1)!, (number) => {
      const index = lastNotAbove(first, number);
      const file = files.at(index)!;
      const { start, end } = shardRange(number - first[index]!, file.size, DEFAULT_SHARD_SIZE);
      return { file, start, end, prefix: `file.${base64Text(pathOf(file))}.${start}-${end}.` };
    });
  }

  *digestsOf(file: number, digests: IndexedList<Uint8Array>): Generator<Uint8Array> {
    for (let shard = this.#first[file]!; shard < this.#first[file + 1]!; shard++) yield digests.at(shard)!;
  }
}
