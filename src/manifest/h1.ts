/**
 * The serialization `h1`: one SHA-256 for the whole model over a tree of its folders, as it was first published.
 *
 * A file's digest is SHA-256("file." b64(name) "." content), a folder's SHA-256("dir." b64(name) "." inner), where inner
 * is the SHA-256 of the raw digests of what it holds, or the word "empty". The model's own folder is called "root".
 * A model that is one file is the plain SHA-256 of its content.
 */
import type { HashTask } from "../hash/task.ts";
import type { Model } from "../model/walk.ts";
import { base64Text, type DigestPlan, sha256 } from "./digest_plan.ts";
import { buildTree, isFolder, nodesInOrder, type TreeFile, type TreeFolder, type TreeNode } from "./tree.ts";

/**
 * Plans the `h1` digest of a model.
 *
 * @param model What the model holds; it may be empty.
 * @returns The tasks, and how their digests become the one of the model.
 */
export function planH1(model: Model): DigestPlan {
  const [single] = model.files;
  if (model.isFile && single !== undefined) {
    return { tasks: [{ file: single, start: 0, end: single.size }], finish: ([digest]) => digest! };
  }
  const root = buildTree(model);
  const nodes = nodesInOrder(root);
  const files = nodes.filter((node): node is TreeFile => !isFolder(node));
  return {
    tasks: files.map(fileTask),
    finish: (digests) => {
      const known = new Map<TreeNode, Uint8Array>(files.map((node, i) => [node, digests[i]!]));
      // Backwards, so that what a folder holds is known before the folder itself.
      for (const node of nodes.toReversed()) {
        if (isFolder(node)) known.set(node, folderDigest(node.name, node, known));
      }
      return folderDigest("root", root, known);
    },
  };
}

function fileTask({ file, name }: TreeFile): HashTask {
  return { file, start: 0, end: file.size, prefix: `file.${base64Text(name)}.` };
}

function folderDigest(name: string, folder: TreeFolder, known: ReadonlyMap<TreeNode, Uint8Array>): Uint8Array {
  const inner = folder.children.length === 0 ? "empty" : sha256(folder.children.map((child) => known.get(child)!));
  return sha256([`dir.${base64Text(name)}.`, inner]);
}
