/** Verifies a model file by file: the serializations `files` and `shards`. */
import { VerificationError } from "../errors.ts";
import type { HashAlgorithm } from "../hash/engines/engine.ts";
import { LazyList } from "../lists/lazy_list.ts";
import { LIMITS } from "../limits.ts";
import { countShards } from "../manifest/shard_ranges.ts";
import { hashAll, type HashResult } from "../hash/hash_all.ts";
import { proveEmpty } from "../manifest/build.ts";
import {
  type Compared,
  type Differences,
  hasNoDifferences,
  isSame,
  listDifferences,
  noDifferences,
} from "../manifest/diff.ts";
import type { ResourceManifest, SerializationMethod } from "../manifest/manifest.ts";
import { ComparedDigests, isAllMatched, matchNames, signedIndices } from "../manifest/match.ts";
import { planResources, type ResourcePlan } from "../manifest/resources.ts";
import type { SortedResources } from "../manifest/sorted_resources.ts";
import type { Model, UnsupportedEntry } from "../model/disk/walk.ts";
import { GIT_PATHS } from "../model/disk/ignore.ts";
import { downloadCacheHint, isInDownloadCache } from "../model/disk/hugging_face_cache.ts";
import { compareCodePoints } from "../model/names.ts";
import type { Names, PackedNames } from "../lists/packed_names.ts";
import { canonicalPath, checkStatement, SINGLE_FILE_NAME } from "../oms/check_statement.ts";
import type { VerifiedEnvelope } from "../verify/verifier.ts";
import type { Statement } from "../oms/statement.ts";
import { option } from "../text/option.ts";
import { quote } from "../text/quote.ts";
import { countUncovered, refuseUncovered, toNotCovered, verdict } from "./coverage.ts";
import { explainDifferences } from "./explain_differences.ts";
import { findFiles, type ModelPlace, pathsToReport } from "./find_model.ts";
import { ModelDiffersError, type Proven, type VerifyOptions } from "./verify_options.ts";

/**
 * Verifies a model against the manifest of a signature (OMS v1.0 §8.3, §8.4).
 *
 * @param signature The verified envelope.
 * @param statement The statement, whose signature was verified.
 * @param place The model's place.
 * @param options What belongs to the model, and how the work is done.
 * @returns What is proven.
 * @throws {ModelDiffersError} If the model is not what was signed.
 * @throws {VerificationError} If the manifest is not to be believed.
 */
export async function verifyManifest(
  { signer, trust }: VerifiedEnvelope,
  statement: Statement,
  place: ModelPlace,
  options: VerifyOptions,
): Promise<Proven> {
  const { resources, files } = checkStatement(statement);
  const { manifest, rootDigest } = statement;
  const { method, hashAlgorithm, allowSymlinks, shardSize } = manifest.serialization;
  checkSerializationOption(options, method);
  if (options.allowSymlinks && !allowSymlinks) {
    options.onWarning?.("The signature does not allow symbolic links, so they are not followed");
  }

  const isSingleFile = files.at(0) === SINGLE_FILE_NAME;
  if (isSingleFile && !place.isFile) {
    throw new ModelDiffersError(
      `Cannot verify ${quote(place.path)}: it is a directory, and the signature is for a model that is one file`,
      {
        method: options.trust.kind,
        serialization: method,
        hashAlgorithm,
        signer,
        files: 0,
        bytes: 0,
        ignorePaths: [],
        notCovered: [],
        differences: noDifferences(),
      },
    );
  }
  const ignored = ignoredBy(manifest, files, place);
  const skip = options.ignoreUnsignedFiles ? allBut(files) : (name: string) => ignored.has(name);
  const fileName = isSingleFile ? SINGLE_FILE_NAME : undefined;
  const isSigned = (name: string): boolean => files.has(name);
  const model = await findFiles(place, { skip, allowSymlinks, collectUnsupported: true, isSigned }, options, fileName);
  const signedFiles = files.length;
  const { plan, unsignedEmpty, hasOmitted } = planSigned(model, files, shardSize);
  const uncovered = await countUncovered(place.path, [...model.leftOut, ...unsignedEmpty], options.signal);
  const { built, compared } = await compare(plan, resources, hashAlgorithm, options);
  await proveEmpty(plan, options);
  await model.checkUnchanged();
  const isSameModel = model.unfit.length === 0 && !hasOmitted && hasNoDifferences(compared);
  const differences = isSameModel ? noDifferences() : findDifferences(model, method, compared, files);
  addUnfit(differences, model.unfit);
  const report = {
    method: options.trust.kind,
    serialization: method,
    hashAlgorithm,
    signer,
    files: model.files.length,
    bytes: built.bytes,
    ignorePaths: place.isFile || options.ignoreUnsignedFiles ? [] : pathsToReport(place, ignored),
    notCovered: toNotCovered(uncovered),
    differences,
  };
  if (!isSame(differences)) {
    const hints = explainDifferences(differences, {
      path: place.path,
      files: model.files,
      manifest: { ...manifest, resources },
      compared,
    });
    if (differences.extra.some(isInDownloadCache)) hints.push(downloadCacheHint(false));
    throw new ModelDiffersError(describe(place, differences, model.unfit, hints), report);
  }
  refuseUncovered(place, uncovered, report, options);
  return {
    ...report,
    verdict: verdict(signedFiles, uncovered),
    ...(rootDigest === undefined ? {} : { digest: `sha256:${rootDigest.toHex()}` }),
    ...(trust && { trust }),
    engine: built.engine,
    engineReason: built.engineReason,
  };
}

/**
 * Plans what to hash. Unsigned files may stand in the plan, but have no match among the signed ones.
 *
 * @param model What the model holds.
 * @param signed The signed files.
 * @param shardSize Size of a shard in bytes, or `undefined` for `files`.
 * @returns The plan, and the names of unsigned empty files: as they have no shard, they make no difference.
 */
function planSigned(
  model: Model,
  signed: PackedNames,
  shardSize: number | undefined,
): { plan: ResourcePlan; unsignedEmpty: string[]; hasOmitted: boolean } {
  if (shardSize === undefined) {
    return { plan: planResources(model, shardSize), unsignedEmpty: [], hasOmitted: false };
  }
  let shards = 0;
  const unsignedEmpty: string[] = [];
  for (const { name, size } of model.files) {
    shards += countShards(size, shardSize);
    if (size === 0 && !signed.has(name)) unsignedEmpty.push(name);
  }
  if (shards <= LIMITS.resources) return { plan: planResources(model, shardSize), unsignedEmpty, hasOmitted: false };
  // A signature may have tiny shards, and an unsigned file any size: its shards are not even listed.
  const files = Iterator.from(model.files).filter(({ name }) => signed.has(name)).toArray();
  const hasOmitted = files.length + unsignedEmpty.length < model.files.length;
  return { plan: planResources({ files }, shardSize), unsignedEmpty, hasOmitted };
}

/** Hashes what was signed and is there, and compares it. The signed names are not to be used any more. */
async function compare(
  plan: ResourcePlan,
  signed: SortedResources,
  hashAlgorithm: HashAlgorithm,
  options: VerifyOptions,
): Promise<{ built: HashResult; compared: Compared }> {
  const match = matchNames(plan.names, signed.names);
  const indices = signedIndices(match);
  const digests = new ComparedDigests(hashAlgorithm, signed.digests, match, indices);
  const isAllNamed = isAllMatched(match, plan.names, signed.names);
  // Of two lists of the same names one is enough, nearly always: a million of them take some 30 MB.
  if (isAllNamed) signed.names.free();
  const tasks = indices === undefined
    ? plan.tasks
    : new LazyList(indices.length, (index) => plan.tasks.at(indices[index]!)!);
  const built = await hashAll(tasks, hashAlgorithm, digests, options);
  return {
    built,
    compared: {
      signed: isAllNamed ? plan.names : signed.names,
      found: plan.names,
      match,
      differing: digests.differing,
    },
  };
}

function findDifferences(
  model: Model,
  method: SerializationMethod,
  compared: Compared,
  filesOfShards: Names,
): Differences {
  const signedFiles = new Set(method === "files" ? compared.signed : filesOfShards);
  return listDifferences(compared, method, signedFiles, namesIn(model, method, signedFiles));
}

/**
 * What there is at a name, be it a file or what may not be part of a model, such as a link. An empty file has no shard,
 * so shards cannot tell whether it was there when they were signed; and a link that leads nowhere is not a file.
 */
function namesIn(model: Model, method: SerializationMethod, signedFiles: ReadonlySet<string>): Set<string> {
  const files = Iterator.from(model.files).filter(({ name, size }) =>
    method === "files" || size > 0 || signedFiles.has(name)
  );
  const unfit = model.unfit.filter(({ name, error }) => error.code !== "SYMLINK_DANGLING" || !signedFiles.has(name));
  return new Set([...files, ...unfit].map(({ name }) => name));
}

/** Whatever may not be part of a model makes it differ, also where it looks like a signed file in a listing. */
function addUnfit(differences: Differences, unfit: readonly UnsupportedEntry[]): void {
  const listed = new Set([...differences.changed, ...differences.missing, ...differences.extra]);
  const unlisted = unfit.map(({ name }) => name).filter((name) => !listed.has(name));
  differences.extra.push(...new Set(unlisted));
  differences.extra.sort(compareCodePoints);
}

function checkSerializationOption({ serialization }: VerifyOptions, signed: SerializationMethod): void {
  if (serialization !== undefined && serialization !== signed) {
    throw new VerificationError(
      "SERIALIZATION",
      `Cannot verify the signature with ${option("serialization")} ${serialization}: it was made with ${signed}`,
    );
  }
}

/**
 * What is left out: what the signature recorded, what the user asks for, and the git paths. Of the git paths those are
 * not left out under which the signature lists something (OMS v1.0 §6.2.1).
 */
function ignoredBy(manifest: ResourceManifest, files: PackedNames, place: ModelPlace): Set<string> {
  const recorded = (manifest.serialization.ignorePaths ?? []).map(canonicalPath);
  const git = place.ignoreGitPaths ? GIT_PATHS.filter((path) => !files.has(path) && !files.hasBelow(path)) : [];
  return new Set([...recorded, ...place.ignorePaths, ...git]);
}

/** Only what leads to a signed file is visited: nothing else can make the verification fail. */
function allBut(files: PackedNames): (name: string) => boolean {
  return (name) => !files.has(name) && !files.hasBelow(name);
}

function describe(
  place: ModelPlace,
  { changed, missing, extra }: Differences,
  unfit: readonly UnsupportedEntry[],
  hints: readonly string[],
): string {
  const counts = [
    ...(changed.length > 0 ? [`${changed.length} changed`] : []),
    ...(missing.length > 0 ? [`${missing.length} missing`] : []),
    ...(extra.length > 0 ? [`${extra.length} extra`] : []),
  ];
  const reasons = [...unfit.slice(0, 1).map(({ error }) => error.message.replace(/^Cannot/, "cannot")), ...hints];
  return [`Cannot verify ${quote(place.path)}: it is not what was signed, files: ${counts.join(", ")}`, ...reasons]
    .join("; ");
}
