/** Decides when reading ahead pays, and warms up the page cache for small files on a disk. */
import { openPlanned, type PlannedFile } from "../../io/planned_file.ts";
import type { HashTask } from "../tasks/hash_task.ts";

/** Pieces read in each of the two ways, blocking and ahead, to find the faster one. */
const TRIAL_PIECES = 3;

/** Pieces read in the faster way before both are tried again. */
const KEPT_PIECES = 128;

/**
 * Decides whether the next bytes of a large file are read while those before them are hashed. From a disk this always
 * pays. From the page cache it depends on the processor, and needs an idle one: some then hash a fifth faster; on others,
 * bytes that another processor has read arrive so slowly that hashing takes a tenth longer.
 */
export class ReadAhead {
  readonly #isProcessorFree: () => boolean;
  readonly #disk = new DiskDetector();
  #expectsDisk = false;
  #isTrial = false;
  #pieces = 0;
  /** The shortest times in milliseconds per byte. */
  readonly #best: [blocking: number, ahead: number] = [Infinity, Infinity];

  /**
   * Starts without measurements.
   *
   * @param isProcessorFree Whether a processor is idle, so that reading ahead slows no hashing thread down.
   */
  constructor(isProcessorFree: () => boolean) {
    this.#isProcessorFree = isProcessorFree;
  }

  /** Whether the next bytes are likely to come from a disk. */
  get expectsDisk(): boolean {
    return this.#expectsDisk;
  }

  /** Records the duration of a blocking read. */
  note(milliseconds: number, bytes: number): void {
    this.#disk.note(milliseconds, bytes);
  }

  /** Starts a piece of a large file and returns whether to read ahead. */
  beginPiece(): boolean {
    this.#isTrial = !this.#expectsDisk && this.#isProcessorFree();
    return this.#expectsDisk || (this.#isTrial && this.#isFasterAhead());
  }

  /** Ends a piece of a large file. */
  endPiece(milliseconds: number, bytes: number): void {
    if (this.#isTrial && bytes > 0) this.#compare(milliseconds / bytes);
    this.endStep();
  }

  /** Ends any other piece of work. */
  endStep(): void {
    this.#expectsDisk = this.#disk.expectsDisk();
  }

  #isFasterAhead(): boolean {
    if (this.#pieces < 2 * TRIAL_PIECES) return this.#pieces >= TRIAL_PIECES;
    const [blocking, ahead] = this.#best;
    return ahead < blocking;
  }

  #compare(time: number): void {
    if (this.#pieces < 2 * TRIAL_PIECES) {
      const way = this.#isFasterAhead() ? 1 : 0;
      this.#best[way] = Math.min(this.#best[way], time);
    }
    if (++this.#pieces < 2 * TRIAL_PIECES + KEPT_PIECES) return;
    this.#pieces = 0;
    this.#best.fill(Infinity);
  }
}

/** The slowest plausible read from the page cache, on average: a few microseconds to start, then 3 GB a second. */
const CACHE_START_MS = 0.03;
const CACHE_BYTES_PER_MS = 3e6;

/** Once reads were slow, a disk is assumed for this many pieces of work before it is checked again. */
const DISK_PIECES = 4;

/** Tells by the duration of reads whether files come from a disk or from the page cache. */
export class DiskDetector {
  #excessMs = 0;
  #piecesLeft = 0;

  /** Records a read. */
  note(milliseconds: number, bytes: number): void {
    this.#excessMs += milliseconds - CACHE_START_MS - bytes / CACHE_BYTES_PER_MS;
  }

  /** Ends a piece of work and returns whether the next one is likely to read from a disk. */
  expectsDisk(): boolean {
    if (this.#piecesLeft === 0 && this.#excessMs > 0) this.#piecesLeft = DISK_PIECES;
    else if (this.#piecesLeft > 0) this.#piecesLeft--;
    this.#excessMs = 0;
    return this.#piecesLeft > 0;
  }
}

/** Larger files are not warmed up: the system reads ahead in them by itself. */
const MAX_WARM_UP_BYTES = 256 * 1024;

/**
 * Reads the files of small tasks into the page cache, several at once, as disks are fastest that way. Files that cannot
 * be read are skipped: hashing them reports the error.
 *
 * @param tasks Tasks of small files.
 */
export async function warmUp(tasks: readonly HashTask[]): Promise<void> {
  await Promise.all(tasks.map(({ file }) => readThrough(file)));
}

async function readThrough(planned: PlannedFile): Promise<void> {
  if (planned.size > MAX_WARM_UP_BYTES) return;
  try {
    using file = openPlanned(planned);
    await file.readMeanwhile(new Uint8Array(planned.size));
  } catch {
    // It may have been deleted, or access is denied.
  }
}
