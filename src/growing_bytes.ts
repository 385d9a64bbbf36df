/** Bytes that become more, in one piece of memory. */
export class GrowingBytes {
  #buffer = new ArrayBuffer(1024);
  #length = 0;

  /** How many there are. */
  get length(): number {
    return this.#length;
  }

  /** Those that are there: a view, good until more are added. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#buffer, 0, this.#length);
  }

  /** Adds bytes. */
  append(bytes: Uint8Array): void {
    this.extend(bytes.length).set(bytes);
  }

  /** Adds so many bytes and returns the place to write them to. */
  extend(count: number): Uint8Array<ArrayBuffer> {
    const start = this.#length;
    this.#length += count;
    if (this.#length > this.#buffer.byteLength) {
      // Unlike a copy this gives the old memory back at once.
      this.#buffer = this.#buffer.transfer(Math.max(this.#length, 2 * this.#buffer.byteLength));
    }
    return new Uint8Array(this.#buffer, start, count);
  }

  /** Forgets all of them, and gives the memory back at once: the collector of garbage may let it lie. */
  free(): void {
    this.#buffer = this.#buffer.transfer(0);
    this.#length = 0;
  }

  /** Forgets all of them, and keeps the memory for others. */
  clear(): void {
    this.#length = 0;
  }
}
