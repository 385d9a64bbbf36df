/** The directories and files of a model as a tree, in the order of `h1` and `h2`. */
import { LazyList } from "../../lists/lazy_list.ts";
import type { ModelFile } from "../../model/file_list.ts";
import { PackedNames } from "../../lists/packed_names.ts";
import type { Model } from "../../model/disk/walk.ts";

/** A directory or a file. */
export interface TreeNode {
  /** Its name relative to the model. */
  readonly path: string;
  readonly isDirectory: boolean;
}

/**
 * Everything below a model's own directory, a directory right before what it holds, and what a directory holds by code points of
 * the last names.
 */
export class Tree implements Iterable<TreeNode> {
  /** The files alone, in this order. */
  readonly files: LazyList<ModelFile>;
  readonly #directoryCount: number;
  /** First the directories, then the files. */
  readonly #paths: PackedNames;
  readonly #order: Uint32Array;

  /** Sorts what a model holds. */
  constructor({ directories, files }: Pick<Model, "files" | "directories">) {
    this.#directoryCount = directories.length;
    this.#paths = PackedNames.of(directories);
    for (const { name } of files) this.#paths.push(name);
    this.#order = this.#paths.order({ lowest: "/" });
    const fileOrder = this.#order.filter((index) => index >= directories.length);
    this.files = new LazyList(files.length, (index) => files.at(fileOrder[index]! - directories.length)!);
  }

  *[Symbol.iterator](): Generator<TreeNode> {
    for (const index of this.#order) yield { path: this.#paths.at(index)!, isDirectory: index < this.#directoryCount };
  }
}

/** The last name of a path. */
export function lastName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
