/** The shards of a model in the order of their names (OMS v1.0 §6.3.2, §6.4), a million of them in a few megabytes. */
import { compareCodePoints } from "../model/names.ts";
import { inOrder, type ModelFile, type ModelFiles } from "../model/file_list.ts";
import { shardName } from "./manifest.ts";

/** A shard: a range of a file. */
export interface Shard {
  readonly file: ModelFile;
  readonly start: number;
  /** One past the last byte. */
  readonly end: number;
}

/** The shards of some files, sorted by name. Each is made when it is asked for. */
export class SortedShards {
  readonly #files: ModelFiles;
  readonly #shardSize: number;
  /** Of each file the number of its first shard, all shards being numbered file by file; and at the end their count. */
  readonly #first: Uint32Array;
  /** The numbers of the shards, sorted. */
  readonly #order: Uint32Array;
  #last: { index: number; file: ModelFile } | undefined;

  /**
   * Sorts the shards of files.
   *
   * @param files The files, in any order.
   * @param shardSize Size of a shard in bytes. All shards together must be fewer than 2³².
   */
  constructor(files: ModelFiles, shardSize: number) {
    this.#files = inOrder(files, ":");
    this.#shardSize = shardSize;
    this.#first = new Uint32Array(files.length + 1);
    let count = 0;
    for (const [i, { size }] of Iterator.from(this.#files).map((file, i) => [i, file] as const)) {
      this.#first[i + 1] = count += Math.ceil(size / shardSize);
    }
    this.#order = Uint32Array.from({ length: this.#first.at(-1)! }, (_, number) => number);
    this.#sort();
  }

  /** How many there are. */
  get length(): number {
    return this.#order.length;
  }

  /** The shard at an index. */
  at(index: number): Shard {
    return this.#shard(this.#order[index]!);
  }

  #shard(number: number): Shard {
    const index = this.#fileOf(number);
    // Of the same file the same object, which tells whoever reads it that it is open already.
    if (this.#last?.index !== index) this.#last = { index, file: this.#files.at(index)! };
    const { file } = this.#last;
    const start = (number - this.#first[index]!) * this.#shardSize;
    return { file, start, end: Math.min(start + this.#shardSize, file.size) };
  }

  /** Index of the file that a shard belongs to: the last one whose first shard is not behind it. */
  #fileOf(number: number): number {
    let [low, high] = [0, this.#files.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#first[middle]! <= number) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** Nearly always the files' order is that of their shards too, and those of one file differ in a number alone. */
  #sort(): void {
    if (this.#isMixed()) {
      const name = (number: number): string => nameOf(this.#shard(number));
      this.#order.sort((a, b) => compareCodePoints(name(a), name(b)));
      return;
    }
    for (let i = 0; i < this.#files.length; i++) {
      const first = this.#first[i]!;
      const start = (number: number): number => (number - first) * this.#shardSize;
      this.#order.subarray(first, this.#first[i + 1]).sort((a, b) => compareStarts(start(a), start(b)));
    }
  }

  /** Whether a file is called as if it were a shard of another: `a:0` stands among the shards of `a`. */
  #isMixed(): boolean {
    let last: string | undefined;
    return Iterator.from(this.#files).some(({ name }) => {
      const isMixed = last !== undefined && name.startsWith(`${last}:`);
      last = name;
      return isMixed;
    });
  }
}

/** The name of a shard. */
export function nameOf({ file, start, end }: Shard): string {
  return shardName({ file: file.name, start, end });
}

/** Powers of ten up to the largest that a whole number has. */
const POWERS = Array.from({ length: 17 }, (_, exponent) => 10 ** exponent);

/** Compares numbers as their digits compare with a colon behind them, which comes after all digits. */
function compareStarts(a: number, b: number): number {
  const more = countDigits(b) - countDigits(a);
  if (more < 0) return -compareStarts(b, a);
  const head = Math.floor(b / POWERS[more]!);
  return more > 0 && a === head ? 1 : a - head;
}

function countDigits(number: number): number {
  let digits = 1;
  while (number >= POWERS[digits]!) digits++;
  return digits;
}
