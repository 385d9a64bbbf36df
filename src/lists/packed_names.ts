/** Many names in little memory. */
import { enlarge, GrowingBytes } from "./growing_bytes.ts";
import { mergeSort } from "./merge_sort.ts";

/** Names by index. A list of texts is one; so is what makes a million names only when they are asked for. */
export interface Names extends Iterable<string> {
  readonly length: number;
  /** The name at an index, `undefined` beyond the last. */
  at(index: number): string | undefined;
}

/** Bytes of all names together: where each ends is a number of 32 bits. */
const MOST_BYTES = 2 ** 32 - 1;

/** Room for so many names at least. */
const LEAST_ENDS = 16;

/**
 * Names in UTF-8, one behind the other, from which each is made when it is asked for. As texts a million of them would
 * take four times as much, and make the collector of garbage reserve more than that.
 */
export class PackedNames implements Names {
  readonly #bytes = new GrowingBytes();
  /** Where each name ends. */
  #ends = new Uint32Array(LEAST_ENDS);
  #length = 0;
  /** Names that UTF-8 does not hold, by index: JSON may have half a character. */
  readonly #illFormed = new Map<number, string>();

  /** Packs names. */
  static of(names: Iterable<string>): PackedNames {
    const packed = new PackedNames();
    for (const name of names) packed.push(name);
    return packed;
  }

  /** How many there are. */
  get length(): number {
    if (this.#length === FREED) throw new TypeError("Cannot use names that were freed");
    return this.#length;
  }

  /** Appends a name. */
  push(name: string): void {
    const { length } = this;
    if (!name.isWellFormed()) this.#illFormed.set(length, name);
    this.#bytes.appendText(name);
    if (this.#bytes.length > MOST_BYTES) throw new RangeError(`Cannot keep names of more than ${MOST_BYTES} bytes`);
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

  /** Whether each name stands before the next by code point, so that none is there twice. */
  get isAscending(): boolean {
    const { bytes } = this.#bytes;
    for (let index = 1; index < this.length; index++) {
      if (this.#compare(bytes, index - 1, index) >= 0) return false;
    }
    return true;
  }

  /**
   * The indices in the order of the names by code point, which is that of their bytes.
   *
   * @param behind A character of ASCII that is taken to stand behind each name.
   * @param lowest A character of ASCII that is taken to stand before all others.
   */
  order({ behind = "", lowest = "" }: { behind?: string; lowest?: string } = {}): Uint32Array {
    const order = new Uint32Array(this.length);
    for (let index = 0; index < order.length; index++) order[index] = index;
    const { bytes } = this.#bytes;
    const [behindByte, lowestByte] = [behind, lowest].map((character) => character.codePointAt(0));
    mergeSort(order, (a, b) => this.#compare(bytes, a, b, behindByte, lowestByte));
    return order;
  }

  /** These if they are ascending, or the same in the order of their code points. */
  sorted(): PackedNames {
    if (this.isAscending) return this;
    const sorted = new PackedNames();
    for (const index of this.order()) sorted.push(this.at(index)!);
    return sorted;
  }

  /** Whether a name is among these, which are to be ascending. */
  has(name: string): boolean {
    const index = this.#indexOf(ENCODER.encode(name));
    return index < this.length && this.at(index) === name;
  }

  /** Whether these, which are to be ascending, have a name in a directory or below it. */
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

  /** Index of the first ascending name that does not stand before one. */
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
    // Of two that go on alike, the one that ends is the first.
    if (left === right) return (endOfA - i) - (endOfB - j);
    // No name holds the character NUL, whose place the lowest takes.
    return (left === lowest ? 0 : left) - (right === lowest ? 0 : right);
  }

  #start(index: number): number {
    return index === 0 ? 0 : this.#ends[index - 1]!;
  }
}

/** The length of names that were freed. */
const FREED = -1;

/** Stands before all bytes. */
const NOTHING = -1;

const ENCODER = new TextEncoder();
