/** The files of a model in columns: 100,000 of them take little more memory than their names in UTF-8. */
import { enlarge } from "../growing_bytes.ts";
import { LazyList } from "../lazy_list.ts";
import { compareCodePoints } from "./names.ts";
import { PackedNames } from "./packed_names.ts";

/** One regular file of a model, as the walk saw it. */
export interface ModelFile {
  /** Name relative to the model with `/`; for a model that is one file, its base name. */
  readonly name: string;
  /** Where to open it. */
  readonly path: string;
  /** Size in bytes. */
  readonly size: number;
  /** Time of the last change, in milliseconds since 1970, or `null` where the file system has none. */
  readonly modified: number | null;
}

/** Files by index. A list is one; so is what makes each only when it is asked for. */
export interface ModelFiles extends Iterable<ModelFile> {
  readonly length: number;
  /** The file at an index, `undefined` beyond the last. */
  at(index: number): ModelFile | undefined;
}

/** Files below one folder. */
export class FileList implements ModelFiles {
  readonly #folder: string;
  readonly #names = new PackedNames();
  /** Of each file its size, and its time, which is `NaN` where there is none. */
  #numbers = new Float64Array(2 * 16);

  /**
   * Begins with none.
   *
   * @param folder Path of the folder; the path of each file is this and its name.
   */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** How many there are. */
  get length(): number {
    return this.#names.length;
  }

  /** Adds a file behind the last one. */
  push(name: string, size: number, modified: number | null): void {
    const at = 2 * this.length;
    if (at === this.#numbers.length) {
      this.#numbers = new Float64Array(enlarge(this.#numbers.buffer, this.#numbers.byteLength + 1));
    }
    this.#numbers[at] = size;
    this.#numbers[at + 1] = modified ?? NaN;
    this.#names.push(name);
  }

  at(index: number): ModelFile | undefined {
    const name = this.#names.at(index);
    if (name === undefined) return undefined;
    const modified = this.#numbers[2 * index + 1]!;
    return {
      name,
      path: `${this.#folder}/${name}`,
      size: this.#numbers[2 * index]!,
      modified: Number.isNaN(modified) ? null : modified,
    };
  }

  *[Symbol.iterator](): Generator<ModelFile> {
    for (let index = 0; index < this.length; index++) yield this.at(index)!;
  }

  /** The indices in the order of the names, as {@linkcode PackedNames.order} gives it. */
  order(how: Parameters<PackedNames["order"]>[0]): Uint32Array {
    return this.#names.order(how);
  }
}

/**
 * Files in the order of their names by code point (OMS v1.0 §6.4), each made when it is asked for.
 *
 * @param files The files, in any order.
 * @param behind A character that is taken to stand behind each name.
 */
export function inOrder(files: ModelFiles, behind = ""): ModelFiles {
  if (!(files instanceof FileList)) {
    return [...files].sort((a, b) => compareCodePoints(a.name + behind, b.name + behind));
  }
  const order = files.order({ behind });
  return new LazyList(files.length, (index) => files.at(order[index]!)!);
}
