/** The files of a model in columns: 100,000 of them take little more memory than their names in UTF-8. */
import { enlarge } from "../lists/growing_bytes.ts";
import { type FileStamp, packStamp, STAMP_NUMBERS, unpackStamp } from "../io/file_stamp.ts";
import type { PlannedFile } from "../io/planned_file.ts";
import { LazyList } from "../lists/lazy_list.ts";
import { compareCodePoints } from "./names.ts";
import { PackedNames } from "../lists/packed_names.ts";

/** One regular file of a model, as the walk saw it. */
export interface ModelFile extends PlannedFile {
  /** Name relative to the model with `/`; for a model that is one file, its base name. */
  readonly name: string;
}

/** Files by index. A list is one; so is what makes each only when it is asked for. */
export interface ModelFiles extends Iterable<ModelFile> {
  readonly length: number;
  /** The file at an index, `undefined` beyond the last. */
  at(index: number): ModelFile | undefined;
}

/** Files below one directory. */
export class FileList implements ModelFiles {
  readonly #directory: string;
  readonly #names = new PackedNames();
  readonly #followsLinks: boolean;
  /** The stamp of each file. */
  #stamps = new Float64Array(STAMP_NUMBERS * 16);

  /**
   * Begins with none.
   *
   * @param directory Path of the directory; the path of each file is this and its name.
   * @param followsLinks Whether the files may be symbolic links.
   */
  constructor(directory: string, followsLinks: boolean) {
    this.#directory = directory;
    this.#followsLinks = followsLinks;
  }

  /** How many there are. */
  get length(): number {
    return this.#names.length;
  }

  /** Adds a file behind the last one. */
  push(name: string, stamp: FileStamp): void {
    const at = STAMP_NUMBERS * this.length;
    if (at === this.#stamps.length) {
      this.#stamps = new Float64Array(enlarge(this.#stamps.buffer, this.#stamps.byteLength + 1));
    }
    packStamp(stamp, this.#stamps, at);
    this.#names.push(name);
  }

  at(index: number): ModelFile | undefined {
    const name = this.#names.at(index);
    if (name === undefined) return undefined;
    // Without spreading, which takes three times as long: a file is asked for several times.
    const { size, modified, changed, device, inode } = unpackStamp(this.#stamps, STAMP_NUMBERS * index);
    const [path, followsLinks] = [`${this.#directory}/${name}`, this.#followsLinks];
    return { name, path, followsLinks, size, modified, changed, device, inode };
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
