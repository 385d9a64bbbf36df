/** Notices whether files come from a disk or from the system's page cache. */

/** What a read from the page cache takes at most, on average: a few microseconds to begin, and then 3 GB a second. */
const BEGIN_MS = 0.03;
const BYTES_PER_MS = 3e6;

/** For so many pieces of work a disk is taken for granted, before it is looked at anew. */
const PIECES = 4;

/** Adds up how long reads take. */
export class DiskWatch {
  #tooLong = 0;
  #piecesLeft = 0;

  /** Notes a read. */
  note(milliseconds: number, bytes: number): void {
    this.#tooLong += milliseconds - BEGIN_MS - bytes / BYTES_PER_MS;
  }

  /** Ends a piece of work, and tells whether a disk is to be expected in the next one. */
  expectsDisk(): boolean {
    if (this.#piecesLeft === 0 && this.#tooLong > 0) this.#piecesLeft = PIECES;
    else if (this.#piecesLeft > 0) this.#piecesLeft--;
    this.#tooLong = 0;
    return this.#piecesLeft > 0;
  }
}
