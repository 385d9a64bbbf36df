/** Reads Rekor v2: static tiles of hashes and bundles of entries. */
import { VerificationError } from "../../errors.ts";
import { ask } from "../../io/http.ts";
import { type Checkpoint, isCheckpoint, verifyReceivedCheckpoint } from "./checkpoint.ts";
import { LogReader, missing } from "./log_reader.ts";
import { consistencyRanges, foldRight, HASH_BYTES, inclusionRanges, nodeHash, perfectSubtrees } from "./merkle.ts";
import { checkpointError, MAX_NOTE_BYTES } from "./note.ts";
import { type LogEndpoint, request } from "./reply.ts";
import {
  MAX_BUNDLE_BYTES,
  parseEntryBundle,
  parseTile,
  TILE_HEIGHT,
  TILE_WIDTH,
  tilePath,
  tileWidth,
} from "./tiles.ts";
import type { AskOptions, RawEntry, RawInclusion, TreeSource } from "./tree_source.ts";

/** Bundles under way at once: each is some hundred kilobytes. */
const PARALLEL = 8;

/** Entries to a consistency proof: sixteen bundles, so that the tiles for the proof are few against them. */
const BATCH = 16 * TILE_WIDTH;

/** Tiles that are kept: those of the upper levels are needed for each proof. */
const MAX_TILES = 128;

/** Where a log of this version has its checkpoint. */
const CHECKPOINT = "api/v2/checkpoint";

/**
 * The one tree of a Rekor v2.
 *
 * @param endpoint The log.
 * @param options How to ask.
 * @returns A reader of it.
 * @throws {VerificationError} If the checkpoint is not signed by the log (`LOG_CHECKPOINT`).
 */
export async function readTreeV2(endpoint: LogEndpoint, options: AskOptions): Promise<LogReader> {
  return new LogReader(
    endpoint.base.href,
    new RekorV2Tree(endpoint, await readCheckpointV2(endpoint, options)),
    endpoint.keys,
  );
}

/** What servers answer for paths that they do not have. */
const NOT_THERE = [301, 302, 303, 307, 308, 400, 401, 403, 404, 405, 406, 410];

/**
 * Finds out whether a server is a Rekor v2.
 *
 * @param endpoint The log.
 * @param options How to ask.
 * @returns Whether it has a checkpoint where that version has it. A server may answer every path with a page.
 */
export async function isRekorV2(endpoint: LogEndpoint, options: AskOptions): Promise<boolean> {
  const asked = { ...request(endpoint, CHECKPOINT, options), accept: NOT_THERE, maxBytes: MAX_NOTE_BYTES };
  const { status, bytes } = await ask(asked);
  return status === 200 && isCheckpoint(new TextDecoder().decode(bytes));
}

/**
 * The current checkpoint of a Rekor v2.
 *
 * @param endpoint The log.
 * @param options How to ask.
 * @returns The checkpoint, verified.
 * @throws {VerificationError} If it is not signed by the log (`LOG_CHECKPOINT`).
 */
export async function readCheckpointV2(endpoint: LogEndpoint, options: AskOptions): Promise<Checkpoint> {
  const asked = request(endpoint, CHECKPOINT, options);
  const { bytes } = await ask({ ...asked, maxBytes: MAX_NOTE_BYTES });
  const checkpoint = verifyReceivedCheckpoint(new TextDecoder().decode(bytes), endpoint.keys, asked.url.href);
  if (checkpoint.treeId !== undefined) throw checkpointError("it names a tree, which those of Rekor v2 do not");
  return checkpoint;
}

/**
 * One entry with its proof under the current checkpoint of a Rekor v2.
 *
 * @param endpoint The log.
 * @param index The index of the entry.
 * @param options How to ask.
 * @returns The entry. The checkpoint is verified, the proof is not.
 * @throws {VerificationError} If the log does not hold it (`LOG_ENTRY_MISSING`), or signs wrongly (`LOG_CHECKPOINT`).
 */
export async function readInclusionV2(
  endpoint: LogEndpoint,
  index: number,
  options: AskOptions,
): Promise<RawInclusion> {
  const checkpoint = await readCheckpointV2(endpoint, options);
  if (index >= checkpoint.treeSize) throw missing(index, index + 1, 0);
  return await new RekorV2Tree(endpoint, checkpoint).inclusion(index, options);
}

class RekorV2Tree implements TreeSource {
  readonly chunk = TILE_WIDTH;
  readonly parallel = PARALLEL;
  readonly batch = BATCH;
  readonly offset = 0;
  readonly checkpoint: Checkpoint;
  readonly #endpoint: LogEndpoint;
  readonly #tiles = new Map<string, Promise<Uint8Array[]>>();

  constructor(endpoint: LogEndpoint, checkpoint: Checkpoint) {
    this.checkpoint = checkpoint;
    this.#endpoint = endpoint;
  }

  consistencyProof(from: number, to: number, options: AskOptions): Promise<Uint8Array[]> {
    const ranges = consistencyRanges(from, to);
    return Promise.all(ranges.map(([start, end]) => this.#rangeHash(start, end, to, options)));
  }

  async entries(start: number, end: number, options: AskOptions): Promise<RawEntry[]> {
    const index = Math.floor(start / TILE_WIDTH);
    const first = index * TILE_WIDTH;
    const bundle = await this.#bundle(index, this.checkpoint.treeSize, end - first, options);
    return bundle.slice(start - first, end - first).map((body) => ({ body }));
  }

  async inclusion(index: number, options: AskOptions): Promise<RawInclusion> {
    // The newest there is: the log may have grown since it was asked for its tree.
    const checkpoint = await readCheckpointV2(this.#endpoint, options);
    const { treeSize } = checkpoint;
    const ranges = inclusionRanges(index, treeSize);
    const [bundle, ...proof] = await Promise.all([
      this.#bundle(Math.floor(index / TILE_WIDTH), treeSize, index % TILE_WIDTH + 1, options),
      ...ranges.map(([start, end]) => this.#rangeHash(start, end, treeSize, options)),
    ]);
    return { entry: { body: bundle[index % TILE_WIDTH]! }, proof, checkpoint };
  }

  async #bundle(index: number, treeSize: number, width: number, options: AskOptions): Promise<Uint8Array[]> {
    const full = tileWidth(0, index, treeSize);
    const { bytes, url } = await this.#read("entries", index, full, MAX_BUNDLE_BYTES, options);
    return parseEntryBundle(bytes, width, url.href);
  }

  /** The hash over a range of entries. Every part of it is in a tile of the tree of that size. */
  async #rangeHash(start: number, end: number, treeSize: number, options: AskOptions): Promise<Uint8Array> {
    const subtrees = perfectSubtrees(start, end);
    return foldRight(
      await Promise.all(subtrees.map(({ start, level }) => this.#subtreeHash(start, level, treeSize, options))),
    );
  }

  /** A tile holds the hashes of every eighth level; those between are made of them. */
  async #subtreeHash(start: number, level: number, treeSize: number, options: AskOptions): Promise<Uint8Array> {
    const tileLevel = Math.floor(level / TILE_HEIGHT);
    const first = start / TILE_WIDTH ** tileLevel;
    const index = Math.floor(first / TILE_WIDTH);
    const tile = await this.#tile(tileLevel, index, treeSize, options);
    const at = first - index * TILE_WIDTH;
    let hashes = tile.slice(at, at + 2 ** (level % TILE_HEIGHT));
    while (hashes.length > 1) {
      hashes = Array.from({ length: hashes.length / 2 }, (_, i) => nodeHash(hashes[2 * i]!, hashes[2 * i + 1]!));
    }
    return hashes[0]!;
  }

  #tile(level: number, index: number, treeSize: number, options: AskOptions): Promise<Uint8Array[]> {
    const width = tileWidth(level, index, treeSize);
    const path = tilePath(level, index, width);
    const known = this.#tiles.get(path);
    if (known !== undefined) return known;
    const tile = this.#readTile(level, index, width, options);
    // What failed is asked for again the next time.
    tile.catch(() => this.#tiles.delete(path));
    this.#tiles.set(path, tile);
    const [oldest] = this.#tiles.keys();
    if (this.#tiles.size > MAX_TILES) this.#tiles.delete(oldest!);
    return tile;
  }

  async #readTile(level: number, index: number, width: number, options: AskOptions): Promise<Uint8Array[]> {
    const { bytes, url } = await this.#read(level, index, width, TILE_WIDTH * HASH_BYTES, options);
    return parseTile(bytes, width, url.href);
  }

  /** A partial tile may be gone once the full one is there (C2SP tlog-tiles, "Partial tiles"). */
  async #read(
    level: number | "entries",
    index: number,
    width: number,
    maxBytes: number,
    options: AskOptions,
  ): Promise<{ bytes: Uint8Array; url: URL }> {
    for (const wide of new Set([width, TILE_WIDTH])) {
      const asked = request(this.#endpoint, `api/v2/${tilePath(level, index, wide)}`, options);
      const { status, bytes } = await ask({ ...asked, accept: [404], maxBytes });
      if (status !== 404) return { bytes, url: asked.url };
    }
    throw new VerificationError(
      "LOG_ENTRY_MISSING",
      `The transparency log withholds ${tilePath(level, index, width)}, though its signed checkpoint says that it is ` +
        "there; try again, and if it stays so, tell its operators",
    );
  }
}
