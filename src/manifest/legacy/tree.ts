/** The directories and files of a model as a tree, in the order of `h1` and `h2`. */
import { LazyList } from "../../lists/lazy_list.ts";
import type { ModelFile } from "../../model/files.ts";
import { PackedNames } from "../../lists/packed_names.ts";
import type { Listing } from "../../model/source.ts";

/** A directory or a file. */
export interface TreeNode {
  /** Its name relative to the model. */
  readonly path: string;
  readonly isDirectory: boolean;
}

/**
 * Everything below the directory of a model: a directory right before its entries, and the entries of a directory in code
 * point order of their last names.
 */
export class Tree implements Iterable<TreeNode> {
  /** The files alone, in this order. */
  readonly files: LazyList<ModelFile>;
  readonly #directoryCount: number;
  /** The directories, then the files. */
  readonly #paths: PackedNames;
  readonly #order: Uint32Array;

  /** Sorts the entries of a model. */
  constructor({ directories, files }: Pick<Listing, "files" | "directories">) {
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
