/** The shards of a model, sorted by name (OMS v1.0 §6.3.2, §6.4). A million of them need a few megabytes. */
import { mergeSort } from "../lists/merge_sort.ts";
import { compareCodePoints } from "../model/names.ts";
import { knownSize, type ModelFile, type ModelFiles, sortByName } from "../model/files.ts";
import { lastNotAbove, prefixSums } from "../lists/prefix_sums.ts";
import { countShards, shardName, shardRange } from "./shards.ts";

/** A file whose size is known. */
interface SizedFile extends ModelFile {
  readonly size: number;
}

/** A shard: a byte range of a file. */
export interface Shard {
  readonly file: SizedFile;
  readonly start: number;
  /** One past the last byte. */
  readonly end: number;
}

/** The shards of files, sorted by name. Each is created on demand. */
export class SortedShards {
  readonly #files: ModelFiles;
  readonly #shardSize: number;
  /** Prefix sums: for each file the number of its first shard, and at the end the number of shards. */
  readonly #first: Uint32Array;
  /** The numbers of the shards, sorted. */
  readonly #order: Uint32Array;
  #last: { index: number; file: SizedFile } | undefined;

  /**
   * Sorts the shards of files.
   *
   * @param files The files, in any order.
   * @param shardSize Size of a shard in bytes. The total number of shards must be below 2³².
   */
  constructor(files: ModelFiles, shardSize: number) {
    this.#files = sortByName(files, ":");
    this.#shardSize = shardSize;
    this.#first = prefixSums(files.length, (index) => countShards(knownSize(this.#files.at(index)!), shardSize));
    this.#order = new Uint32Array(this.#first.at(-1)!);
    this.#sort();
  }

  /** The number of shards. */
  get length(): number {
    return this.#order.length;
  }

  /** The shard at an index. */
  at(index: number): Shard {
    return this.#shard(this.#order[index]!);
  }

  #shard(number: number): Shard {
    const index = lastNotAbove(this.#first, number);
    if (this.#last?.index !== index) this.#last = { index, file: unpacked(this.#files.at(index)!) };
    const { file } = this.#last;
    return { file, ...shardRange(number - this.#first[index]!, file.size, this.#shardSize) };
  }

  /** Nearly always the order of the files is also that of their shards, and shards of one file differ only in a number. */
  #sort(): void {
    for (let i = 0; i < this.#files.length; i++) this.#sortFile(this.#first[i]!, this.#first[i + 1]!);
    if (!this.#isMixed()) return;
    const name = (number: number): string => nameOf(this.#shard(number));
    mergeSort(this.#order, (a, b) => compareCodePoints(name(a), name(b)));
  }

  /**
   * Sorts the shards of one file. Those whose starts have the same number of digits are sorted already, and merging these
   * few runs needs no memory.
   */
  #sortFile(first: number, end: number): void {
    const start = (number: number): number => (number - first) * this.#shardSize;
    const runs = runsOfOneLength(first, end, start);
    for (let at = first; at < end; at++) {
      let next: Run | undefined;
      for (const run of runs) {
        const isNext = run.next < run.end &&
          (next === undefined || compareStarts(start(run.next), start(next.next)) < 0);
        if (isNext) next = run;
      }
      this.#order[at] = next!.next++;
    }
  }

  /** Whether a file has a name like a shard of another file: `a:0` sorts among the shards of `a`. */
  #isMixed(): boolean {
    let last: string | undefined;
    return Iterator.from(this.#files).some(({ name }) => {
      const isMixed = last !== undefined && name.startsWith(`${last}:`);
      last = name;
      return isMixed;
    });
  }
}

/** A copy of a file of a packed list, which would be unpacked again for each shard. */
function unpacked(file: ModelFile): SizedFile {
  return { name: file.name, size: knownSize(file), content: file.content };
}

/** The name of a shard. */
export function nameOf({ file, start, end }: Shard): string {
  return shardName({ file: file.name, start, end });
}

/** A run of sorted shards. */
interface Run {
  /** The number of the next to take. */
  next: number;
  /** One past the last. */
  readonly end: number;
}

/** Cuts shard numbers into runs whose starts have the same number of digits. */
function runsOfOneLength(first: number, end: number, start: (number: number) => number): Run[] {
  const runs: Run[] = [];
  for (let next = first; next < end; next = runs.at(-1)!.end) {
    const digits = countDigits(start(next));
    let last = next;
    while (last + 1 < end && countDigits(start(last + 1)) === digits) last++;
    runs.push({ next, end: last + 1 });
  }
  return runs;
}

/** Powers of ten up to the largest that a safe integer can have. */
const POWERS = Array.from({ length: 17 }, (_, exponent) => 10 ** exponent);

/** Compares numbers as text followed by a colon, which sorts after all digits. */
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
