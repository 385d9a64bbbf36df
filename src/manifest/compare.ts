/** Compares a model with signed resources: plans what to hash, hashes it, and lists the differences (OMS v1.0 §8.4). */
import type { HashAlgorithm } from "../hash/engines/engine.ts";
import { hashAll, type HashResult } from "../hash/hash_all.ts";
import type { TunedHashOptions } from "../hash/hash_options.ts";
import { LIMITS } from "../limits.ts";
import type { IndexedList } from "../lists/indexed_list.ts";
import type { PackedNames } from "../lists/packed_names.ts";
import { knownSize, type ModelFile } from "../model/files.ts";
import { compareCodePoints } from "../model/names.ts";
import type { Listing, UnsupportedEntry } from "../model/source.ts";
import { checkEmpty } from "./build.ts";
import { type Compared, type Differences, isIdentical, listDifferences, noDifferences } from "./diff.ts";
import { lazyPieces, takeKnownDigests } from "./digests.ts";
import type { SerializationMethod } from "./manifest.ts";
import { ComparedDigests, isAllMatched, matchNames, signedIndices } from "./match.ts";
import { planResources, type ResourcePlan } from "./plan.ts";
import type { SortedResources } from "./resources.ts";
import { countShards } from "./shards.ts";

/** What to hash for a comparison. */
export interface ComparisonPlan {
  /** Unsigned files may be in the plan, but do not match a signed name. */
  readonly plan: ResourcePlan;
  /** Names of unsigned empty files: as they have no shard, they make no difference. */
  readonly unsignedEmpty: string[];
  /** Whether unsigned files were omitted because they have too many shards. */
  readonly hasOmitted: boolean;
}

/**
 * Plans the comparison of a model with a signature.
 *
 * @param listing What the model holds.
 * @param signed The signed files.
 * @param shardSize Size of a shard in bytes, or `undefined` for `files`.
 */
export function planComparison(listing: Listing, signed: PackedNames, shardSize: number | undefined): ComparisonPlan {
  if (shardSize === undefined) {
    return { plan: planResources(listing, shardSize), unsignedEmpty: [], hasOmitted: false };
  }
  let shards = 0;
  const unsignedEmpty: string[] = [];
  for (const file of listing.files) {
    const size = knownSize(file);
    shards += countShards(size, shardSize);
    if (size === 0 && !signed.has(file.name)) unsignedEmpty.push(file.name);
  }
  if (shards <= LIMITS.resources) return { plan: planResources(listing, shardSize), unsignedEmpty, hasOmitted: false };
  // A signature may have tiny shards and an unsigned file any size, so the shards of unsigned files are not even listed.
  const files = Iterator.from(listing.files).filter(({ name }) => signed.has(name)).toArray();
  const hasOmitted = files.length + unsignedEmpty.length < listing.files.length;
  return { plan: planResources({ files }, shardSize), unsignedEmpty, hasOmitted };
}

/**
 * Hashes what is both signed and present, and compares the digests.
 *
 * @param plan The plan.
 * @param signed The signed resources. Their names may be freed: use those of the result.
 * @param hashAlgorithm The algorithm of the digests.
 * @param options How to hash.
 */
export async function compareResources(
  { plan }: ComparisonPlan,
  signed: SortedResources,
  hashAlgorithm: HashAlgorithm,
  options: TunedHashOptions,
): Promise<{ built: HashResult; compared: Compared }> {
  const match = matchNames(plan.names, signed.names);
  const indices = signedIndices(match);
  const digests = new ComparedDigests(hashAlgorithm, signed.digests, match, indices);
  const isAllNamed = isAllMatched(match, plan.names, signed.names);
  // One of two lists of the same names is enough, and the lists are nearly always the same: a million names need 30 MB.
  if (isAllNamed) signed.names.free();
  const { pieces } = plan;
  const signedPieces = indices === undefined
    ? pieces
    : lazyPieces(indices.length, pieces.areOnDisk, (index) => pieces.at(indices[index]!)!);
  const { tasks, sink } = takeKnownDigests(signedPieces, hashAlgorithm, digests);
  const built = await hashAll(tasks, hashAlgorithm, sink, options);
  await checkEmpty(plan, options);
  const signedNames = isAllNamed ? plan.names : signed.names;
  return { built, compared: { signed: signedNames, found: plan.names, match, differing: digests.differing } };
}

/**
 * Lists the differences between a model and a signature.
 *
 * @param listing What the model holds.
 * @param method The serialization.
 * @param compared The result of the comparison.
 * @param files Names of the signed files.
 * @param hasOmitted Whether unsigned files were omitted from the comparison.
 */
export function findDifferences(
  listing: Listing,
  method: SerializationMethod,
  compared: Compared,
  files: IndexedList<string>,
  hasOmitted: boolean,
): Differences {
  if (listing.unsupported.length === 0 && !hasOmitted && isIdentical(compared)) return noDifferences();
  const signedFiles = new Set(files);
  const differences = listDifferences(compared, method, signedFiles, namesIn(listing, method, signedFiles));
  addUnsupported(differences, listing.unsupported);
  return differences;
}

/**
 * The names at which the model has something, including unsupported entries such as symlinks. An empty file has no shard,
 * so shards do not tell whether it was there when the model was signed. A dangling symlink is not a file.
 */
function namesIn(listing: Listing, method: SerializationMethod, signedFiles: ReadonlySet<string>): Set<string> {
  const isPresent = (file: ModelFile): boolean => method === "files" || file.size !== 0 || signedFiles.has(file.name);
  const files = Iterator.from(listing.files).filter(isPresent);
  const unsupported = listing.unsupported.filter(({ name, error }) =>
    error.code !== "SYMLINK_DANGLING" || !signedFiles.has(name)
  );
  return new Set([...files, ...unsupported].map(({ name }) => name));
}

/** An unsupported entry is a difference even if a directory lists it under the name of a signed file. */
function addUnsupported(differences: Differences, unsupported: readonly UnsupportedEntry[]): void {
  const listed = new Set([...differences.changed, ...differences.missing, ...differences.extra]);
  const unlisted = unsupported.map(({ name }) => name).filter((name) => !listed.has(name));
  differences.extra.push(...new Set(unlisted));
  differences.extra.sort(compareCodePoints);
}
