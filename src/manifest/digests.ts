/** Tells the files or shards that are to be hashed from those whose digest is known. */
import { DIGEST_BYTES, type HashAlgorithm } from "../hash/engines/engine.ts";
import type { HashTask } from "../hash/tasks/hash_task.ts";
import { DigestSink } from "../lists/digests.ts";
import type { IndexedList } from "../lists/indexed_list.ts";
import { LazyList } from "../lists/lazy_list.ts";
import type { FileContent, ModelFile } from "../model/files.ts";

/** A byte range of a file, with an optional prefix: the message of one digest. A piece of a file on disk is a hash task. */
export interface Piece extends Omit<HashTask, "file" | "part"> {
  readonly file: FileContent;
}

/** A read-only, indexed list of pieces. */
export interface Pieces extends IndexedList<Piece> {
  /** Whether all of them are on disk, so that nobody has to look for other kinds. */
  readonly areOnDisk?: boolean;
}

/** The piece that is a whole file, whatever its size turns out to be. */
export function wholePiece({ content }: ModelFile): Piece {
  return { file: content, start: 0, end: content.kind === "path" ? content.size : 0, toEnd: true };
}

/**
 * A list of pieces that are made on demand.
 *
 * @param length The number of pieces.
 * @param areOnDisk Whether all of them are on disk.
 * @param make Makes the piece at an index.
 */
export function lazyPieces(length: number, areOnDisk: boolean | undefined, make: (index: number) => Piece): Pieces {
  return Object.assign(new LazyList(length, make), { areOnDisk: areOnDisk === true });
}

/** What remains to be hashed, and where the digests go. */
export interface RemainingTasks {
  readonly tasks: IndexedList<HashTask>;
  /** Receives the digests of the tasks. */
  readonly sink: DigestSink;
}

/**
 * Passes the digests that are known to a sink.
 *
 * @param pieces The pieces.
 * @param algorithm The algorithm of the digests.
 * @param sink Receives each digest with the index of its piece.
 * @returns The other pieces, which are to be hashed.
 * @throws {TypeError} If a known digest is not that of the piece.
 */
export function takeKnownDigests(pieces: Pieces, algorithm: HashAlgorithm, sink: DigestSink): RemainingTasks {
  if (areOnDisk(pieces)) return { tasks: pieces, sink };
  const onDisk: number[] = [];
  for (let index = 0; index < pieces.length; index++) {
    const piece = pieces.at(index)!;
    if (isOnDisk(piece)) onDisk.push(index);
    else sink.put(index, knownDigest(piece, algorithm));
  }
  const tasks = new LazyList(onDisk.length, (index) => pieces.at(onDisk[index]!) as HashTask);
  return { tasks, sink: new SelectedSink(DIGEST_BYTES[algorithm], sink, onDisk) };
}

function areOnDisk(pieces: Pieces): pieces is IndexedList<Piece & HashTask> {
  return pieces.areOnDisk === true;
}

function isOnDisk(piece: Piece): piece is Piece & HashTask {
  return piece.file.kind === "path";
}

/**
 * A known digest is that of the whole file, with one algorithm and without a prefix. It cannot stand for anything else.
 * No source lists such files yet. The first one that does gives these errors a class and a code.
 */
function knownDigest({ file, toEnd, prefix }: Piece, algorithm: HashAlgorithm): Uint8Array {
  if (file.kind !== "digest") throw new TypeError(`Cannot hash a file whose content is of kind "${file.kind}"`);
  if (file.algorithm === algorithm && toEnd && prefix === undefined) return file.digest;
  throw new TypeError(`Cannot use a known ${file.algorithm} digest: the serialization needs another one`);
}

/** Passes digests on to another sink, under the indices that they have there. */
class SelectedSink extends DigestSink {
  readonly #sink: DigestSink;
  readonly #indices: readonly number[];

  constructor(digestBytes: number, sink: DigestSink, indices: readonly number[]) {
    super(digestBytes, indices.length);
    this.#sink = sink;
    this.#indices = indices;
  }

  protected override take(index: number, digests: Uint8Array): void {
    for (let at = 0; at < digests.length; at += this.size) {
      this.#sink.put(this.#indices[index++]!, digests.subarray(at, at + this.size));
    }
  }
}
