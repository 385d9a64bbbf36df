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
import { buildTree, isFolder, type TreeFolder } from "./tree.ts";

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
  return {
    tasks: fileTasks(root),
    finish: (digests) => folderDigest("root", root, digests.values()),
  };
}

/** One task for each file, in the order in which `folderDigest` meets them. */
function fileTasks(folder: TreeFolder): HashTask[] {
  const tasks: HashTask[] = [];
  const visit = (folder: TreeFolder): void => {
    for (const node of folder.children) {
      if (isFolder(node)) visit(node);
      else {
        const { file, name } = node;
        tasks.push({ file, start: 0, end: file.size, prefix: `file.${base64Text(name)}.` });
      }
    }
  };
  visit(folder);
  return tasks;
}

function folderDigest(name: string, folder: TreeFolder, files: Iterator<Uint8Array>): Uint8Array {
  const digests = folder.children.map((node) =>
    isFolder(node) ? folderDigest(node.name, node, files) : files.next().value!
  );
  const inner = digests.length === 0 ? "empty" : sha256(digests);
  return sha256([`dir.${base64Text(name)}.`, inner]);
}
