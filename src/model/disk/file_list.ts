/** A packed list of files on disk: 100,000 of them need little more memory than their names in UTF-8. */
import { type FileStamp, packStamp, STAMP_NUMBERS, unpackStamp } from "../../io/file_stamp.ts";
import { NumberRows } from "../../lists/number_rows.ts";
import { PackedNames } from "../../lists/packed_names.ts";
import type { ModelFile, ModelFiles, PathContent } from "../files.ts";

/** A file on disk. */
export interface DiskFile extends ModelFile {
  readonly size: number;
  readonly content: PathContent;
}

/** Files below one directory. */
export class FileList implements ModelFiles {
  readonly areOnDisk = true;
  readonly #directory: string;
  readonly #names = new PackedNames();
  readonly #followsLinks: boolean;
  /** The stamp of each file. */
  readonly #stamps = new NumberRows(STAMP_NUMBERS);

  /**
   * Makes an empty list.
   *
   * @param directory Path of the directory. The path of each file is this path and the file's name.
   * @param followsLinks Whether the files may be symlinks.
   */
  constructor(directory: string, followsLinks: boolean) {
    this.#directory = directory;
    this.#followsLinks = followsLinks;
  }

  /** The number of files. */
  get length(): number {
    return this.#names.length;
  }

  /** Appends a file. */
  push(name: string, stamp: FileStamp): void {
    const at = this.#stamps.append();
    packStamp(stamp, this.#stamps.values, at);
    this.#names.push(name);
  }

  at(index: number): DiskFile | undefined {
    const name = this.#names.at(index);
    return name === undefined ? undefined : new ListedFile(name, index, this);
  }

  /** How the file at an index is hashed. */
  content(name: string, id: number): PathContent {
    // Not a spread, which takes three times as long: a file is asked for several times.
    const { size, modified, changed, device, inode } = unpackStamp(this.#stamps.values, STAMP_NUMBERS * id);
    const [path, followsLinks] = [`${this.#directory}/${name}`, this.#followsLinks];
    return { kind: "path", id, path, followsLinks, size, modified, changed, device, inode };
  }

  *[Symbol.iterator](): Generator<DiskFile> {
    for (let index = 0; index < this.length; index++) yield this.at(index)!;
  }

  /** The indices in the order of the names, as {@linkcode PackedNames.order} gives it. */
  order(how: Parameters<PackedNames["order"]>[0]): Uint32Array {
    return this.#names.order(how);
  }
}

/** A file of a list. Its content is unpacked only when it is asked for: often the name is enough. */
class ListedFile implements DiskFile {
  readonly name: string;
  readonly #index: number;
  readonly #list: FileList;

  constructor(name: string, index: number, list: FileList) {
    this.name = name;
    this.#index = index;
    this.#list = list;
  }

  get size(): number {
    return this.content.size;
  }

  get content(): PathContent {
    return this.#list.content(this.name, this.#index);
  }
}

/** Describes a model that is one file. */
export function singleFile(name: string, path: string, followsLinks: boolean, stamp: FileStamp): DiskFile {
  return { name, size: stamp.size, content: { kind: "path", id: 0, path, followsLinks, ...stamp } };
}
