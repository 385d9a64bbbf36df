/** The shards of a model in the order of their names (OMS v1.0 §6.3.2, §6.4), a million of them in a few megabytes. */
import { mergeSort } from "../lists/merge_sort.ts";
import { compareCodePoints } from "../model/names.ts";
import { inOrder, type ModelFile, type ModelFiles } from "../model/file_list.ts";
import { lastNotAbove, prefixSums } from "../lists/prefix_sums.ts";
import { shardName } from "./manifest.ts";
import { countShards, shardRange } from "./shard_ranges.ts";

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
    this.#first = prefixSums(files.length, (index) => countShards(this.#files.at(index)!.size, shardSize));
    this.#order = new Uint32Array(this.#first.at(-1)!);
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
    const index = lastNotAbove(this.#first, number);
    // Of the same file the same object, which tells whoever reads it that it is open already.
    if (this.#last?.index !== index) this.#last = { index, file: this.#files.at(index)! };
    const { file } = this.#last;
    return { file, ...shardRange(number - this.#first[index]!, file.size, this.#shardSize) };
  }

  /** Nearly always the files' order is that of their shards too, and those of one file differ in a number alone. */
  #sort(): void {
    for (let i = 0; i < this.#files.length; i++) this.#sortFile(this.#first[i]!, this.#first[i + 1]!);
    if (!this.#isMixed()) return;
    const name = (number: number): string => nameOf(this.#shard(number));
    mergeSort(this.#order, (a, b) => compareCodePoints(name(a), name(b)));
  }

  /**
   * Sorts the shards of one file: those whose starts have as many digits are sorted already, and to merge these few rows
   * takes no memory.
   */
  #sortFile(first: number, end: number): void {
    const start = (number: number): number => (number - first) * this.#shardSize;
    const rows = rowsOfOneLength(first, end, start);
    for (let at = first; at < end; at++) {
      let next: Row | undefined;
      for (const row of rows) {
        const isNext = row.next < row.end &&
          (next === undefined || compareStarts(start(row.next), start(next.next)) < 0);
        if (isNext) next = row;
      }
      this.#order[at] = next!.next++;
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

/** Shards that are sorted already. */
interface Row {
  /** The number of the next to take. */
  next: number;
  /** One past the last. */
  readonly end: number;
}

/** Cuts numbers of shards into rows whose starts have the same number of digits. */
function rowsOfOneLength(first: number, end: number, start: (number: number) => number): Row[] {
  const rows: Row[] = [];
  for (let next = first; next < end; next = rows.at(-1)!.end) {
    const digits = countDigits(start(next));
    let last = next;
    while (last + 1 < end && countDigits(start(last + 1)) === digits) last++;
    rows.push({ next, end: last + 1 });
  }
  return rows;
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
