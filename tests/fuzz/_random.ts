/** A seeded source of random choices: the same numbers for the same seed on every machine. */
export class Random {
  #state: number;

  /**
   * Starts it.
   *
   * @param seeds Whole numbers; each combination gives other choices.
   */
  constructor(...seeds: readonly number[]) {
    this.#state = seeds.reduce((hash, seed) => mix(hash ^ (seed | 0)), 0x9e3779b9);
  }

  /** A whole number from 0 to 2³² - 1 (the generator mulberry32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    return mix(this.#state);
  }

  /** A whole number from 0 to below `end`. */
  below(end: number): number {
    return Math.floor(this.next() / 2 ** 32 * end);
  }

  /** Whether something happens that happens once in so many times. */
  oneIn(times: number): boolean {
    return this.below(times) === 0;
  }

  /** One of some values. */
  pick<T>(values: readonly T[]): T {
    return values[this.below(values.length)]!;
  }

  /** Random bytes. */
  bytes(length: number): Uint8Array<ArrayBuffer> {
    return Uint8Array.from({ length }, () => this.next() & 0xff);
  }
}

function mix(value: number): number {
  let z = Math.imul(value ^ (value >>> 15), 0x2c1b3c6d);
  z = Math.imul(z ^ (z >>> 12), 0x297a2d39);
  return (z ^ (z >>> 15)) >>> 0;
}
