/** Many names in little memory. */
import { GrowingBytes } from "../growing_bytes.ts";
import type { Names } from "./manifest.ts";

/** So many names are encoded and decoded together. */
const BLOCK = 64;

/** So many blocks are kept decoded, as names are looked for in some of them again and again. */
const KEPT_BLOCKS = 32;

/**
 * Names in UTF-8, one behind the other, from which each is made when it is asked for. As texts a million of them would
 * take twice as much, and make the collector of garbage reserve three times that.
 */
export class PackedNames implements Names {
  readonly #bytes = new GrowingBytes();
  /** Where each block begins in the bytes. */
  readonly #starts = new GrowingNumbers();
  /** Where each name ends in the text of its block. */
  readonly #ends = new GrowingNumbers();
  /** Those that are not in a block yet. */
  #loose: string[] = [];
  /** Blocks that UTF-8 does not hold: JSON may have half a character. */
  readonly #illFormed = new Map<number, string>();
  /** By the block's number, of which the last bits say where. */
  readonly #kept: { block: number; text: string }[] = [];

  /** How many there are. */
  get length(): number {
    return this.#ends.length;
  }

  /** Adds a name behind the last one. */
  push(name: string): void {
    const start = this.#loose.length === 0 ? 0 : this.#ends.at(this.length - 1);
    this.#ends.push(start + name.length);
    this.#loose.push(name);
    if (this.#loose.length < BLOCK) return;
    const text = this.#loose.join("");
    if (!text.isWellFormed()) this.#illFormed.set(this.#starts.length, text);
    this.#starts.push(this.#bytes.length);
    this.#bytes.append(ENCODER.encode(text));
    this.#loose = [];
  }

  at(index: number): string | undefined {
    if (index >= this.length) return undefined;
    const block = Math.floor(index / BLOCK);
    if (block === this.#starts.length) return this.#loose[index % BLOCK];
    return this.#text(block).slice(index % BLOCK === 0 ? 0 : this.#ends.at(index - 1), this.#ends.at(index));
  }

  #text(block: number): string {
    const kept = this.#kept[block % KEPT_BLOCKS];
    if (kept?.block === block) return kept.text;
    const end = block + 1 < this.#starts.length ? this.#starts.at(block + 1) : this.#bytes.length;
    const text = this.#illFormed.get(block) ??
      DECODER.decode(this.#bytes.bytes.subarray(this.#starts.at(block), end));
    this.#kept[block % KEPT_BLOCKS] = { block, text };
    return text;
  }

  *[Symbol.iterator](): Generator<string> {
    for (let index = 0; index < this.length; index++) yield this.at(index)!;
  }
}

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder("utf-8", { ignoreBOM: true });

/** Whole numbers below 2³² that become more. */
class GrowingNumbers {
  #numbers = new Uint32Array(BLOCK);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  at(index: number): number {
    return this.#numbers[index]!;
  }

  push(number: number): void {
    if (this.#length === this.#numbers.length) {
      this.#numbers = new Uint32Array(this.#numbers.buffer.transfer(2 * this.#numbers.byteLength));
    }
    this.#numbers[this.#length++] = number;
  }
}
