/** Checks that the shards of a statement are those of whole files (OMS v1.0 §6.3.2). */
import { type FileRange, parseShardName } from "../manifest/manifest.ts";
import { compareCodePoints } from "../model/names.ts";
import { type Names, PackedNames } from "../lists/packed_names.ts";
import { quote } from "../text/quote.ts";
import { manifestFault } from "./manifest_fault.ts";

/** Shards by file, those of one file behind each other. */
interface Groups {
  readonly names: Names;
  readonly files: PackedNames;
  /** For each file the index of its first shard, and behind them how many shards there are. */
  readonly first: Uint32Array;
}

/**
 * Refuses shards that do not tile their files: from 0 on, without gap or overlap.
 *
 * @param names Names of resources, ascending by code point.
 * @param shardSize Size of a shard in bytes.
 * @returns The files whose shards these are, ascending by code point.
 * @throws {VerificationError} If a name is not one of a shard of this size, or a file is not tiled (`MANIFEST_SHARDS`).
 */
export function filesOfShards(names: PackedNames, shardSize: number): PackedNames {
  const groups = groupByFile(names, shardSize);
  const files = groups.files.sorted();
  if (files.isAscending) {
    checkTiling(groups, shardSize);
    return files;
  }
  // A file is called as if it were a shard of another, and stands among the shards of that.
  const unmixed = groupByFile(sortByFile(names), shardSize);
  checkTiling(unmixed, shardSize);
  return unmixed.files.sorted();
}

function groupByFile(names: Names, shardSize: number): Groups {
  const files = new PackedNames();
  const first = new Uint32Array(names.length + 1);
  let last: string | undefined;
  let index = 0;
  for (const name of names) {
    const { file } = readShard(name, shardSize);
    if (file !== last) {
      first[files.length] = index;
      files.push(file);
    }
    last = file;
    index++;
  }
  first[files.length] = index;
  return { names, files, first };
}

function readShard(name: string, shardSize: number): FileRange {
  const range = parseShardName(name);
  if (range === undefined) throw manifestFault("MANIFEST_SHARDS", `${quote(name)} is not the name of a shard`);
  const { start, end } = range;
  const faulty = start % shardSize !== 0 || end <= start || end - start > shardSize || !Number.isSafeInteger(end);
  if (faulty) throw manifestFault("MANIFEST_SHARDS", `${quote(name)} is not a shard of size ${shardSize}`);
  return range;
}

function sortByFile(names: Names): string[] {
  const fileOf = (name: string): string => parseShardName(name)!.file;
  return [...names].sort((a, b) => compareCodePoints(fileOf(a), fileOf(b)));
}

/** All starts are multiples of the size, so they tile if none is there twice or beyond, and only the last is short. */
function checkTiling({ names, files, first }: Groups, shardSize: number): void {
  const isThere = new Uint8Array(names.length);
  for (let group = 0; group < files.length; group++) {
    const [from, to] = [first[group]!, first[group + 1]!];
    const last = to - from - 1;
    for (let at = from; at < to; at++) {
      const { file, start, end } = parseShardName(names.at(at)!)!;
      const index = start / shardSize;
      if (index > last || (index < last && end !== start + shardSize)) {
        throw manifestFault("MANIFEST_SHARDS", `the shards of ${quote(file)} do not tile the file`);
      }
      if (isThere[from + index] === 1) {
        throw manifestFault("MANIFEST_SHARDS", `it has more than one shard of ${quote(file)} that begins at ${start}`);
      }
      isThere[from + index] = 1;
    }
  }
}
