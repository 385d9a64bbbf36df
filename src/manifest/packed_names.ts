/** Many names in little memory. */
import type { Names } from "./manifest.ts";

/** So many names make one text. */
const BLOCK = 1024;

/** Names in a few long texts, from which each is cut when it is asked for: half of what a text for each takes. */
export class PackedNames implements Names {
  readonly #blocks: string[] = [];
  /** Those that are not in a block yet. */
  #loose: string[] = [];
  /** Where in its block each name ends. */
  #ends = new Uint32Array(BLOCK);
  #length = 0;

  /** How many there are. */
  get length(): number {
    return this.#length;
  }

  /** Adds a name behind the last one. */
  push(name: string): void {
    if (this.#length === this.#ends.length) {
      this.#ends = new Uint32Array(this.#ends.buffer.transfer(2 * this.#ends.byteLength));
    }
    const start = this.#loose.length === 0 ? 0 : this.#ends[this.#length - 1]!;
    this.#ends[this.#length++] = start + name.length;
    this.#loose.push(name);
    if (this.#loose.length < BLOCK) return;
    this.#blocks.push(this.#loose.join(""));
    this.#loose = [];
  }

  at(index: number): string | undefined {
    const block = Math.floor(index / BLOCK);
    if (block === this.#blocks.length) return this.#loose[index % BLOCK];
    return this.#blocks[block]?.slice(index % BLOCK === 0 ? 0 : this.#ends[index - 1], this.#ends[index]);
  }

  *[Symbol.iterator](): Generator<string> {
    for (let index = 0; index < this.#length; index++) yield this.at(index)!;
  }
}
