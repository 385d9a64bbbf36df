/** Tiles and entry bundles of a log (C2SP tlog-tiles): how they are named, and what is in them. */
import { UnavailableError } from "../../errors.ts";
import { HASH_BYTES } from "./merkle.ts";

/** Hashes in a full tile, and entries in a full bundle. */
export const TILE_WIDTH = 256;

/** The levels of the tree that one level of tiles spans. */
export const TILE_HEIGHT = 8;

/**
 * The path of a tile of hashes, or of a bundle of entries.
 *
 * @param level The level of the tile, 0 at the leaves; or `"entries"`.
 * @param index Which one of its level.
 * @param width How many hashes or entries: 1 to 256.
 * @returns The path below the log's address, such as `tile/0/x001/067.p/5`.
 */
export function tilePath(level: number | "entries", index: number, width: number): string {
  const digits = `${index}`.padStart(Math.ceil(`${index}`.length / 3) * 3, "0");
  const groups = digits.match(/\d{3}/g)!;
  const path = groups.map((group, i) => i < groups.length - 1 ? `x${group}` : group).join("/");
  return `tile/${level}/${path}${width === TILE_WIDTH ? "" : `.p/${width}`}`;
}

/**
 * How wide a tile is in a tree of a size.
 *
 * @param level The level of the tile.
 * @param index Which one of its level.
 * @param treeSize Size of the tree.
 * @returns 1 to 256, or 0 if there is no such tile.
 */
export function tileWidth(level: number, index: number, treeSize: number): number {
  const nodes = Math.floor(treeSize / TILE_WIDTH ** level);
  return Math.max(0, Math.min(TILE_WIDTH, nodes - index * TILE_WIDTH));
}

/**
 * The hashes of a tile.
 *
 * @param bytes The tile, which may be wider than asked for.
 * @param width How many hashes to take.
 * @param where The tile's address, for messages.
 * @returns The hashes.
 * @throws {UnavailableError} If it is not a tile of that width (`LOG_REPLY`).
 */
export function parseTile(bytes: Uint8Array, width: number, where: string): Uint8Array[] {
  const count = bytes.length / HASH_BYTES;
  if (isPage(bytes)) throw replyError(where, "it answered with a page of text instead of a tile of hashes");
  if (!Number.isInteger(count) || count > TILE_WIDTH || count < width) {
    throw replyError(where, `it answered with ${bytes.length} bytes, which is no tile of ${width} hashes`);
  }
  return Array.from({ length: width }, (_, i) => bytes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES));
}

/**
 * The entries of a bundle: each behind its length in two bytes.
 *
 * @param bytes The bundle, which may hold more than asked for.
 * @param width How many entries to take.
 * @param where The bundle's address, for messages.
 * @returns The entries.
 * @throws {UnavailableError} If it does not hold so many, or is cut off (`LOG_REPLY`).
 */
export function parseEntryBundle(bytes: Uint8Array, width: number, where: string): Uint8Array[] {
  if (isPage(bytes)) throw replyError(where, "it answered with a page of text instead of a bundle of entries");
  const entries: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    if (entries.length === TILE_WIDTH) throw replyError(where, `it answered with more than ${TILE_WIDTH} entries`);
    const start = at + 2;
    const end = start + (bytes[at]! << 8 | (bytes[at + 1] ?? 0));
    if (end > bytes.length) throw replyError(where, "it answered with entries that are cut off");
    entries.push(bytes.subarray(start, end));
    at = end;
  }
  if (entries.length < width) {
    throw replyError(where, `it answered with ${entries.length} entries where there are ${width}`);
  }
  return entries.slice(0, width);
}

/** The most bytes that a bundle of entries can have. */
export const MAX_BUNDLE_BYTES = TILE_WIDTH * (2 + 65_535);

/**
 * Whether an answer is a page of text, as proxies and static hosts send with status 200. Its size may happen to be that of
 * a tile. A random hash is text without control characters once in 10¹¹ times; the third byte of a bundle, where its first
 * entry begins, is a brace.
 */
function isPage(bytes: Uint8Array): boolean {
  if (bytes.length === 0 || bytes[2] === BRACE || bytes.some(isControl)) return false;
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

const BRACE = 0x7b;

/** A control character other than tab, line feed and carriage return. */
function isControl(byte: number): boolean {
  return byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d;
}

/** The error for an answer that makes no sense. */
export function replyError(where: string, what: string, cause?: unknown): UnavailableError {
  return new UnavailableError("LOG_REPLY", `Cannot read the transparency log at ${where}: ${what}`, { cause });
}
