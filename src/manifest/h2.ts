/**
 * The serialization `h2`: one SHA-256 for the whole model over a list of its folders and shards, as it was first
 * published. A shard's digest is SHA-256("file." b64(path) "." start "-" end "." bytes), a folder's
 * SHA-256("dir." b64(path) ".0-0.none"). A model that is one file goes by the path "root".
 */
import type { HashTask } from "../hash/task.ts";
import type { ModelFile } from "../model/file_list.ts";
import type { Model } from "../model/walk.ts";
import { base64Text, type DigestPlan, sha256 } from "./digest_plan.ts";
import { DEFAULT_SHARD_SIZE } from "./manifest.ts";
import { shardRanges } from "./shard_ranges.ts";
import { buildTree, isFolder, nodesInOrder, type TreeFolder } from "./tree.ts";

/**
 * Plans the `h2` digest of a model.
 *
 * @param model What the model holds; it may be empty.
 * @returns The tasks, and how their digests become the one of the model.
 */
export function planH2(model: Model): DigestPlan {
  const [single] = model.files;
  const items = model.isFile && single !== undefined ? shardTasks(single, "root") : listItems(buildTree(model));
  return {
    tasks: items.filter((item): item is HashTask => !(item instanceof Uint8Array)),
    finish: (digests) => {
      const files = digests.values();
      return sha256(items.map((item) => item instanceof Uint8Array ? item : files.next().value!));
    },
  };
}

/** The list in order: the digest of a folder, and the tasks of a file. */
function listItems(root: TreeFolder): (HashTask | Uint8Array)[] {
  return nodesInOrder(root).flatMap((node): (HashTask | Uint8Array)[] =>
    isFolder(node) ? [sha256([`dir.${base64Text(node.path)}.0-0.none`])] : shardTasks(node.file, node.file.name)
  );
}

function shardTasks(file: ModelFile, path: string): HashTask[] {
  // Unlike with `shards`, an empty file counts: as one shard of no bytes.
  const ranges = file.size === 0 ? [{ start: 0, end: 0 }] : shardRanges(file.size, DEFAULT_SHARD_SIZE);
  return ranges.map(({ start, end }) => ({ file, start, end, prefix: `file.${base64Text(path)}.${start}-${end}.` }));
}
