/** Checks that the shards in a statement tile whole files (OMS v1.0 §6.3.2). */
import { type FileRange, parseShardName } from "../manifest/shards.ts";
import { compareCodePoints } from "../model/names.ts";
import type { IndexedList } from "../lists/indexed_list.ts";
import { PackedNames } from "../lists/packed_names.ts";
import { quote } from "../text/quote.ts";
import { manifestError } from "./manifest_error.ts";

/** Shards grouped by file. */
interface ShardGroups {
  readonly names: IndexedList<string>;
  readonly files: PackedNames;
  /** The index of the first shard of each file, then the number of shards. */
  readonly first: Uint32Array;
}

/**
 * Refuses shards that do not tile their files from offset 0 without gap or overlap.
 *
 * @param names Names of resources, ascending by code point.
 * @param shardSize Size of a shard in bytes.
 * @returns The files that the shards tile, ascending by code point.
 * @throws {VerificationError} If a name is not that of a shard of this size, or a file is not tiled (`MANIFEST_SHARDS`).
 */
export function filesOfShards(names: PackedNames, shardSize: number): PackedNames {
  const groups = groupByFile(names, shardSize);
  const files = groups.files.sorted();
  if (files.isAscending) {
    checkTiling(groups, shardSize);
    return files;
  }
  // A file whose name looks like a shard of another file is sorted among the shards of that file.
  const unmixed = groupByFile(sortByFile(names), shardSize);
  checkTiling(unmixed, shardSize);
  return unmixed.files.sorted();
}

function groupByFile(names: IndexedList<string>, shardSize: number): ShardGroups {
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
  if (range === undefined) throw manifestError("MANIFEST_SHARDS", `${quote(name)} is not the name of a shard`);
  const { start, end } = range;
  const isInvalid = start % shardSize !== 0 || end <= start || end - start > shardSize || !Number.isSafeInteger(end);
  if (isInvalid) throw manifestError("MANIFEST_SHARDS", `${quote(name)} is not a shard of size ${shardSize}`);
  return range;
}

function sortByFile(names: IndexedList<string>): string[] {
  const fileOf = (name: string): string => parseShardName(name)!.file;
  return [...names].sort((a, b) => compareCodePoints(fileOf(a), fileOf(b)));
}

/** All offsets are multiples of the size, so shards tile if none is repeated or beyond the end and only the last is short. */
function checkTiling({ names, files, first }: ShardGroups, shardSize: number): void {
  const isPresent = new Uint8Array(names.length);
  for (let group = 0; group < files.length; group++) {
    const [from, to] = [first[group]!, first[group + 1]!];
    const last = to - from - 1;
    for (let at = from; at < to; at++) {
      const { file, start, end } = parseShardName(names.at(at)!)!;
      const index = start / shardSize;
      if (index > last || (index < last && end !== start + shardSize)) {
        throw manifestError("MANIFEST_SHARDS", `the shards of ${quote(file)} do not tile the file`);
      }
      if (isPresent[from + index] === 1) {
        throw manifestError("MANIFEST_SHARDS", `it has more than one shard of ${quote(file)} that begins at ${start}`);
      }
      isPresent[from + index] = 1;
    }
  }
}
