/** The files of a model in columns: 100,000 of them take little more memory than their names in UTF-8. */
import { GrowingBytes } from "../growing_bytes.ts";
import { LazyList } from "../lazy_list.ts";
import { compareCodePoints } from "./names.ts";

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
  readonly #names = new GrowingBytes();
  /** Where each name ends; beside it size and time, which is `NaN` where there is none. */
  #numbers = new Float64Array(3 * 16);
  #length = 0;

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
    return this.#length;
  }

  /** Adds a file behind the last one. */
  push(name: string, size: number, modified: number | null): void {
    const at = 3 * this.#length++;
    if (at === this.#numbers.length) {
      this.#numbers = new Float64Array(this.#numbers.buffer.transfer(2 * this.#numbers.byteLength));
    }
    this.#names.append(ENCODER.encode(name));
    this.#numbers.set([this.#names.length, size, modified ?? NaN], at);
  }

  at(index: number): ModelFile | undefined {
    if (index >= this.#length) return undefined;
    const [size, modified] = this.#numbers.subarray(3 * index + 1, 3 * index + 3) as unknown as [number, number];
    const name = this.name(index);
    return { name, path: `${this.#folder}/${name}`, size, modified: Number.isNaN(modified) ? null : modified };
  }

  /** The name at an index, which must be there. */
  name(index: number): string {
    return DECODER.decode(this.#names.bytes.subarray(this.#start(index), this.#end(index)));
  }

  *[Symbol.iterator](): Generator<ModelFile> {
    for (let index = 0; index < this.#length; index++) yield this.at(index)!;
  }

  /**
   * The indices in the order of the names by code point, which is that of their bytes.
   *
   * @param behind A byte that is taken to stand behind each name.
   */
  order(behind = -1): Uint32Array {
    const bytes = this.#names.bytes;
    return Uint32Array.from({ length: this.#length }, (_, index) => index).sort((a, b) => {
      let i = this.#start(a);
      let j = this.#start(b);
      const endOfA = this.#end(a);
      const endOfB = this.#end(b);
      while (i < endOfA && j < endOfB && bytes[i] === bytes[j]) {
        i++;
        j++;
      }
      const difference = (i < endOfA ? bytes[i]! : behind) - (j < endOfB ? bytes[j]! : behind);
      return difference || (endOfA - i) - (endOfB - j); // of two that go on alike, the one that ends is the first
    });
  }

  #start(index: number): number {
    return index === 0 ? 0 : this.#end(index - 1);
  }

  #end(index: number): number {
    return this.#numbers[3 * index]!;
  }
}

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder("utf-8", { ignoreBOM: true });

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
  const order = files.order(behind.codePointAt(0));
  return new LazyList(files.length, (index) => files.at(order[index]!)!);
}
