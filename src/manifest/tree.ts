/** The folders and files of a model as a tree, in the order of `h1` and `h2`. */
import type { ModelFile } from "../model/file_list.ts";
import type { Model } from "../model/walk.ts";
import { compareCodePoints } from "../model/names.ts";

/** A folder of the tree. */
export interface TreeFolder {
  /** Its last name; "" for the model itself. */
  readonly name: string;
  /** Its name relative to the model. */
  readonly path: string;
  /** What it holds, sorted by code points of the last names. */
  readonly children: readonly TreeNode[];
}

/** A file of the tree. */
export interface TreeFile {
  /** Its last name. */
  readonly name: string;
  readonly file: ModelFile;
}

/** A folder or a file. */
export type TreeNode = TreeFolder | TreeFile;

/** Tells a folder from a file. */
export function isFolder(node: TreeNode): node is TreeFolder {
  return "children" in node;
}

/**
 * Everything below a folder in the order of `h1` and `h2`: a folder right before what it holds. Without recursion, as a
 * model may be deeper than the stack.
 *
 * @param root The folder, which is not listed itself.
 * @returns Folders and files.
 */
export function nodesInOrder(root: TreeFolder): TreeNode[] {
  const nodes: TreeNode[] = [];
  const waiting: TreeNode[] = root.children.toReversed();
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    nodes.push(node);
    if (isFolder(node)) { for (const child of node.children.toReversed()) waiting.push(child); }
  }
  return nodes;
}

/**
 * Builds the tree of a model that is a folder.
 *
 * @param model What the model holds.
 * @returns The model's own folder.
 */
export function buildTree(model: Model): TreeFolder {
  const root = { name: "", path: "", children: [] as TreeNode[] };
  const folders = new Map([["", root]]);
  const place = (path: string): { parent: TreeNode[]; name: string } => {
    const cut = path.lastIndexOf("/");
    return { parent: folders.get(path.slice(0, Math.max(cut, 0)))!.children, name: path.slice(cut + 1) };
  };
  // A shorter path first: a folder is there before what it holds.
  for (const path of model.folders.toSorted((a, b) => a.length - b.length)) {
    const { parent, name } = place(path);
    const folder = { name, path, children: [] };
    folders.set(path, folder);
    parent.push(folder);
  }
  for (const file of model.files) {
    const { parent, name } = place(file.name);
    parent.push({ name, file });
  }
  for (const folder of folders.values()) folder.children.sort((a, b) => compareCodePoints(a.name, b.name));
  return root;
}
