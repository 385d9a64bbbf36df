/** Decides whether the system reads the next bytes of a large file while those before them are hashed. */
import { DiskWatch } from "../disk_watch.ts";

/** So many pieces are read in each of the two ways, to see which is the faster, … */
const TRIED_PIECES = 3;

/** … and then so many in that one, before it is tried anew. */
const KEPT_PIECES = 128;

/**
 * From a disk it always pays. From the page cache it does on some processors, where another one is free for it: they hash
 * a fifth faster; on others bytes that another processor has read come so slowly that it takes a tenth longer.
 */
export class ReadAhead {
  readonly #isProcessorFree: () => boolean;
  readonly #disk = new DiskWatch();
  #expectsDisk = false;
  #isTrying = false;
  #pieces = 0;
  /** The least milliseconds a byte took: in turn, and ahead. */
  readonly #best: [inTurn: number, ahead: number] = [Infinity, Infinity];

  /**
   * Begins to decide.
   *
   * @param isProcessorFree Whether there is a processor that reads ahead without taking time from a thread that hashes.
   */
  constructor(isProcessorFree: () => boolean) {
    this.#isProcessorFree = isProcessorFree;
  }

  /** Whether the next bytes are likely to come from a disk. */
  get expectsDisk(): boolean {
    return this.#expectsDisk;
  }

  /** Notes how long a read took that was waited for. */
  note(milliseconds: number, bytes: number): void {
    this.#disk.note(milliseconds, bytes);
  }

  /** Begins a piece of a large file, and tells whether it is to be read ahead. */
  beginPiece(): boolean {
    this.#isTrying = !this.#expectsDisk && this.#isProcessorFree();
    return this.#expectsDisk || (this.#isTrying && this.#isFasterAhead());
  }

  /** Ends a piece of a large file. */
  endPiece(milliseconds: number, bytes: number): void {
    if (this.#isTrying && bytes > 0) this.#compare(milliseconds / bytes);
    this.endStep();
  }

  /** Ends any other piece of work. */
  endStep(): void {
    this.#expectsDisk = this.#disk.expectsDisk();
  }

  #isFasterAhead(): boolean {
    if (this.#pieces < 2 * TRIED_PIECES) return this.#pieces >= TRIED_PIECES;
    const [inTurn, ahead] = this.#best;
    return ahead < inTurn;
  }

  #compare(time: number): void {
    if (this.#pieces < 2 * TRIED_PIECES) {
      const way = this.#isFasterAhead() ? 1 : 0;
      this.#best[way] = Math.min(this.#best[way], time);
    }
    if (++this.#pieces < 2 * TRIED_PIECES + KEPT_PIECES) return;
    this.#pieces = 0;
    this.#best.fill(Infinity);
  }
}
