/** Packed names: a million of them take a quarter of the memory of strings. */
import { enlarge, GrowingBytes } from "./growing_bytes.ts";
import type { IndexedList } from "./indexed_list.ts";
import { mergeSort } from "./merge_sort.ts";

/** Maximum bytes of all names together: their ends are 32-bit numbers. */
const MAX_BYTES = 2 ** 32 - 1;

/** Names before the first enlargement. */
const INITIAL_ENDS = 16;

/**
 * Names in UTF-8, back to back; a string is created when it is asked for. As strings, a million names would take four
 * times as much memory, and the garbage collector would reserve even more.
 */
export class PackedNames implements IndexedList<string> {
  readonly #bytes = new GrowingBytes();
  /** Where each name ends. */
  #ends = new Uint32Array(INITIAL_ENDS);
  #length = 0;
  /** Names that cannot be encoded in UTF-8, by index: JSON allows lone surrogates. */
  readonly #illFormed = new Map<number, string>();

  /** Packs names. */
  static of(names: Iterable<string>): PackedNames {
    const packed = new PackedNames();
    for (const name of names) packed.push(name);
    return packed;
  }

  /** The number of names. */
  get length(): number {
    if (this.#length === FREED) throw new TypeError("Cannot use names that were freed");
    return this.#length;
  }

  /** Appends a name. */
  push(name: string): void {
    const { length } = this;
    if (!name.isWellFormed()) this.#illFormed.set(length, name);
    this.#bytes.appendText(name);
    if (this.#bytes.length > MAX_BYTES) throw new RangeError(`Cannot keep names of more than ${MAX_BYTES} bytes`);
    if (length === this.#ends.length) {
      this.#ends = new Uint32Array(enlarge(this.#ends.buffer, this.#ends.byteLength + 1));
    }
    this.#ends[length] = this.#bytes.length;
    this.#length = length + 1;
  }

  at(index: number): string | undefined {
    if (index >= this.length) return undefined;
    if (this.#illFormed.size > 0 && this.#illFormed.has(index)) return this.#illFormed.get(index);
    return this.#bytes.text(this.#start(index), this.#ends[index]!);
  }

  *[Symbol.iterator](): Generator<string> {
    for (let index = 0; index < this.length; index++) yield this.at(index)!;
  }

  /** Whether the names are in ascending code point order, without duplicates. */
  get isAscending(): boolean {
    const { bytes } = this.#bytes;
    for (let index = 1; index < this.length; index++) {
      if (this.#compare(bytes, index - 1, index) >= 0) return false;
    }
    return true;
  }

  /**
   * The indices in code point order of the names, which is the order of their bytes.
   *
   * @param behind An ASCII character that is compared as if it followed each name.
   * @param lowest An ASCII character that is compared as if it came before all others.
   */
  order({ behind = "", lowest = "" }: { behind?: string; lowest?: string } = {}): Uint32Array {
    const order = new Uint32Array(this.length);
    for (let index = 0; index < order.length; index++) order[index] = index;
    const { bytes } = this.#bytes;
    const [behindByte, lowestByte] = [behind, lowest].map((character) => character.codePointAt(0));
    mergeSort(order, (a, b) => this.#compare(bytes, a, b, behindByte, lowestByte));
    return order;
  }

  /** These names if they are ascending, otherwise a sorted copy. */
  sorted(): PackedNames {
    if (this.isAscending) return this;
    const sorted = new PackedNames();
    for (const index of this.order()) sorted.push(this.at(index)!);
    return sorted;
  }

  /** Whether the list contains a name. The names must be ascending. */
  has(name: string): boolean {
    const index = this.#indexOf(ENCODER.encode(name));
    return index < this.length && this.at(index) === name;
  }

  /** Whether the list contains a name below a directory. The names must be ascending. */
  hasBelow(directory: string): boolean {
    const start = `${directory}/`;
    return this.at(this.#indexOf(ENCODER.encode(start)))?.startsWith(start) ?? false;
  }

  /** Gives the memory back at once. Any later use of these names throws. */
  free(): void {
    this.#bytes.free();
    this.#illFormed.clear();
    this.#ends.buffer.transfer(0);
    this.#length = FREED;
  }

  /** Index of the first name that is not before `name`, by binary search. */
  #indexOf(name: Uint8Array): number {
    let [low, high] = [0, this.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#bytes.compare(name, this.#start(middle), this.#ends[middle]!) > 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #compare(bytes: Uint8Array, a: number, b: number, behind = NOTHING, lowest = NOTHING): number {
    let i = this.#start(a);
    let j = this.#start(b);
    const endOfA = this.#ends[a]!;
    const endOfB = this.#ends[b]!;
    while (i < endOfA && j < endOfB && bytes[i] === bytes[j]) {
      i++;
      j++;
    }
    const left = i < endOfA ? bytes[i]! : behind;
    const right = j < endOfB ? bytes[j]! : behind;
    // If both continue alike, the shorter one is first.
    if (left === right) return (endOfA - i) - (endOfB - j);
    // No name contains NUL, so `lowest` can take its place.
    return (left === lowest ? 0 : left) - (right === lowest ? 0 : right);
  }

  #start(index: number): number {
    return index === 0 ? 0 : this.#ends[index - 1]!;
  }
}

/** The length of names that were freed. */
const FREED = -1;

/** Comes before all bytes. */
const NOTHING = -1;

const ENCODER = new TextEncoder();
