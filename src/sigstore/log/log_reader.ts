/**
 * Reads one tree of a transparency log and believes nothing that does not follow from a signed checkpoint: entries are
 * given only when their hashes, appended to what was proven before, lead to that checkpoint. So a log can neither swap
 * an entry nor leave one out.
 */
import { VerificationError } from "../../errors.ts";
import { retry } from "../../io/retry.ts";
import { REQUEST_POLICY } from "../../io/http.ts";
import { type Checkpoint, isSameTree } from "./checkpoint.ts";
import type { LogKey } from "./log_key.ts";
import { CompactRange, isPowerOfTwo, leafHash, type TreeHead, verifyConsistency, verifyInclusion } from "./merkle.ts";
import { verifySet } from "./signed_entry_timestamp.ts";
import type { AskOptions, RawEntry, RawInclusion, TreeSource } from "./tree_source.ts";

/** An entry that is proven to be in the tree. */
export interface LogEntry {
  /** Its index in the log as a whole. */
  readonly index: number;
  /** Its bytes: JSON, of whatever kind. */
  readonly body: Uint8Array;
  /** When the log signed that it took the entry; `undefined`: it did not. Verified at each call. */
  time(): Date | undefined;
}

/** Entries in a row, and the tree up to and with them. */
export interface ProvenBatch {
  readonly entries: readonly LogEntry[];
  /** The tree behind the last of them: where to go on. */
  readonly range: CompactRange;
}

/** An entry and the checkpoint under which it stands. */
export interface ProvenInclusion {
  readonly entry: LogEntry;
  readonly checkpoint: Checkpoint;
}

/** Entries that are held until they are proven: far more than a batch of common ones has. */
const MAX_BATCH_BYTES = 64_000_000;

/** One tree of a log. */
export class LogReader {
  /** Where the log is asked. */
  readonly url: string;
  readonly #source: TreeSource;
  readonly #keys: readonly LogKey[];

  /** @ignore Made by `openLog`. */
  constructor(url: string, source: TreeSource, keys: readonly LogKey[]) {
    this.url = url;
    this.#source = source;
    this.#keys = keys;
  }

  /** The tree's current checkpoint, as it was when the log was asked for its trees. */
  get checkpoint(): Checkpoint {
    return this.#source.checkpoint;
  }

  /** How many entries of the log stand in trees before this one. */
  get offset(): number {
    return this.#source.offset;
  }

  /**
   * Makes sure that a later tree begins with an earlier one.
   *
   * @param from The earlier tree.
   * @param to The later tree.
   * @param options How to ask.
   * @throws {VerificationError} If it does not, or is smaller (`LOG_CONSISTENCY`).
   */
  async consistency(from: TreeHead, to: TreeHead, options: AskOptions = {}): Promise<void> {
    const needsProof = from.treeSize > 0 && from.treeSize < to.treeSize;
    const proof = needsProof ? await this.#source.consistencyProof(from.treeSize, to.treeSize, options) : [];
    verifyConsistency(from, to, proof);
  }

  /**
   * The entry at a place, proven to stand there now.
   *
   * @param index Its index in this tree.
   * @param options How to ask.
   * @returns The entry and the checkpoint that it is proven by.
   * @throws {VerificationError} If it is not there (`LOG_INCLUSION`, `LOG_ENTRY_MISSING`).
   */
  async inclusion(index: number, options: AskOptions = {}): Promise<ProvenInclusion> {
    const raw = await patiently(options, () => this.#source.inclusion(index, options));
    return { entry: this.prove(index, raw), checkpoint: raw.checkpoint };
  }

  /** @ignore The entry, if its proof holds. */
  prove(index: number, { entry, proof, checkpoint }: RawInclusion): LogEntry {
    if (!isSameTree(checkpoint, this.checkpoint)) {
      throw new VerificationError("LOG_INCLUSION", "Cannot find the entry in the log: its proof is for another tree");
    }
    verifyInclusion(index, leafHash(entry.body), proof, checkpoint);
    return this.#entry(index, entry);
  }

  /**
   * The tree up to a place, from which to go on.
   *
   * @param index How many entries.
   * @param options How to ask.
   * @returns The tree up to there, proven by the current checkpoint.
   * @throws {VerificationError} If the log's proof is wrong (`LOG_CONSISTENCY`).
   */
  async rangeAt(index: number, options: AskOptions = {}): Promise<CompactRange> {
    const to = this.checkpoint;
    // A proof from a tree of such a size does not hold the tree itself: begin a little earlier, and append.
    let known = Math.min(index, to.treeSize - 1);
    while (known > 0 && isPowerOfTwo(known)) known -= 1;
    if (known <= 0) known = 0;
    const proof = known === 0 ? [] : await this.#source.consistencyProof(known, to.treeSize, options);
    const range = known === 0 ? new CompactRange() : CompactRange.fromConsistencyProof(known, to, proof);
    if (known === index) return range;
    const rest = await this.#fetch(known, index, options);
    for (const { body } of rest) range.append(leafHash(body));
    await this.consistency(range.head, to, options);
    return range;
  }

  /**
   * All entries from a place to the current checkpoint, in batches, each proven before it is given.
   *
   * @param from The tree up to the place.
   * @param options How to ask.
   * @returns The batches; read ahead a little while one is worked on.
   * @throws {VerificationError} If the entries are not those of the tree (`LOG_CONSISTENCY`, `LOG_ENTRY_MISSING`).
   */
  async *entries(from: CompactRange, options: AskOptions = {}): AsyncGenerator<ProvenBatch> {
    const to = this.checkpoint;
    const range = from.copy();
    let batch: LogEntry[] = [];
    let bytes = 0;
    for await (const chunk of inOrder(this.#chunks(from.size, to.treeSize, options), this.#source.parallel)) {
      for (const raw of chunk) {
        batch.push(this.#entry(range.size, raw));
        bytes += raw.body.length;
        range.append(leafHash(raw.body));
      }
      const isLast = range.size === to.treeSize;
      // At a multiple, so that trees of tiles need few of them for the proof; but never so many that they fill memory.
      if (!isLast && range.size % this.#source.batch !== 0 && bytes < MAX_BATCH_BYTES) continue;
      await this.consistency(range.head, to, options);
      yield { entries: batch, range: range.copy() };
      [batch, bytes] = [[], 0];
    }
  }

  /** The requests for all entries of a span, each made when it is its turn. */
  *#chunks(start: number, end: number, options: AskOptions): Generator<() => Promise<RawEntry[]>> {
    const { chunk } = this.#source;
    for (let at = start; at < end;) {
      const [first, next] = [at, Math.min(end, (Math.floor(at / chunk) + 1) * chunk)];
      yield () => this.#fetch(first, next, options);
      at = next;
    }
  }

  async #fetch(start: number, end: number, options: AskOptions): Promise<RawEntry[]> {
    if (start === end) return [];
    const entries = await patiently(options, () => this.#source.entries(start, end, options));
    if (entries.length !== end - start) throw missing(start, end, entries.length);
    return entries;
  }

  #entry(index: number, { body, time }: RawEntry): LogEntry {
    return {
      index: this.offset + index,
      body,
      time: () => time?.logIndex === this.offset + index ? verifySet(time, body, this.#keys) : undefined,
    };
  }
}

/**
 * The error for entries that a log does not give though it signed that it has them.
 *
 * @param start The first that was asked for.
 * @param end Behind the last that was asked for.
 * @param count How many it gave.
 * @returns What to throw.
 */
export function missing(start: number, end: number, count: number): VerificationError {
  return new VerificationError(
    "LOG_ENTRY_MISSING",
    `The transparency log withholds entries: of ${end - start} from index ${start} it gave ${count}, ` +
      "though its signed checkpoint says that they are there; try again, and if it stays so, tell its operators",
  );
}

/** A server that lags a little behind another one of the same log is asked again; one that goes on so withholds entries. */
async function patiently<T>({ retryPolicy = REQUEST_POLICY, signal }: AskOptions, read: () => Promise<T>): Promise<T> {
  return await retry(retryPolicy, async () => {
    try {
      return { done: await read() };
    } catch (error) {
      if (!(error instanceof VerificationError) || error.code !== "LOG_ENTRY_MISSING") throw error;
      return {
        otherwise: () => {
          throw error;
        },
      };
    }
  }, signal);
}

/** Runs tasks, so many at once, and gives their results in order. */
async function* inOrder<T>(tasks: Iterable<() => Promise<T>>, parallel: number): AsyncGenerator<T> {
  const running: Promise<T>[] = [];
  const start = (task: () => Promise<T>): void => {
    const result = task();
    // It is awaited when it is its turn; until then its failure is not an unhandled one.
    result.catch(() => {});
    running.push(result);
  };
  for (const task of tasks) {
    start(task);
    if (running.length >= parallel) yield await running.shift()!;
  }
  while (running.length > 0) yield await running.shift()!;
}
