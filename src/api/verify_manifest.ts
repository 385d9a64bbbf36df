/** Verifies a model file by file: the serializations `files` and `shards`. */
import { VerificationError } from "../errors.ts";
import type { PackedNames } from "../lists/packed_names.ts";
import { compareResources, findDifferences, planComparison } from "../manifest/compare.ts";
import { type Differences, hasNoDifferences, noDifferences } from "../manifest/diff.ts";
import type { ResourceManifest, SerializationMethod } from "../manifest/manifest.ts";
import { type NameSet, searchable } from "../manifest/match.ts";
import { downloadCacheHint, isInDownloadCache } from "../model/disk/hugging_face_cache.ts";
import { GIT_PATHS } from "../model/disk/ignore.ts";
import type { ModelSource, UnsupportedEntry } from "../model/source.ts";
import { canonicalPath, checkStatement, SINGLE_FILE_NAME } from "../oms/check_statement.ts";
import type { Statement } from "../oms/statement.ts";
import { option } from "../text/option.ts";
import { quote } from "../text/quote.ts";
import type { VerifiedEnvelope } from "../verify/verifier.ts";
import { countUncovered, refuseUncovered, toNotCovered, verdict } from "./coverage.ts";
import { pathsToReport } from "./ignored_paths.ts";
import { listModel } from "./list_model.ts";
import type { ModelLocation } from "./locate_model.ts";
import { ModelDiffersError, type Proven, type VerifyOptions, type VerifyReport } from "./verify_options.ts";

/**
 * Verifies a model against the manifest of a signature (OMS v1.0 §8.3, §8.4).
 *
 * @param signature The verified envelope.
 * @param statement The statement. Its signature was verified.
 * @param location The model.
 * @param options What belongs to the model, and how the work is done.
 * @returns What is proven.
 * @throws {ModelDiffersError} If the model is not what was signed.
 * @throws {VerificationError} If the signed manifest is inconsistent.
 */
export async function verifyManifest(
  { signer, trust }: VerifiedEnvelope,
  statement: Statement,
  location: ModelLocation,
  options: VerifyOptions,
): Promise<Proven> {
  const { resources, files } = checkStatement(statement);
  const { manifest, rootDigest } = statement;
  const { method, hashAlgorithm, allowSymlinks, shardSize } = manifest.serialization;
  const { source } = location;
  checkSerializationOption(options, method);
  if (options.allowSymlinks && !allowSymlinks) {
    options.onWarning?.("The signature does not allow symbolic links, so they are not followed");
  }

  const isSingleFile = files.at(0) === SINGLE_FILE_NAME;
  const base = { method: options.trust.kind, serialization: method, hashAlgorithm, signer };
  if (isSingleFile && source.kind === "directory") throw notOneFile(source, base);

  const ignored = ignoredBy(manifest, files, location);
  let signed: NameSet = files;
  const isNeeded = (name: string): boolean => signed.has(name) || signed.hasBelow(name);
  const { listing, leftOut } = await listModel(location, {
    ...(isSingleFile ? { fileName: SINGLE_FILE_NAME } : {}),
    skip: options.ignoreUnsignedFiles ? (name) => !isNeeded(name) : (name) => ignored.has(name),
    isSigned: (name) => signed.has(name),
    allowSymlinks,
    followsModelLink: true,
    collectUnsupported: true,
  }, options);
  const signedCount = files.length;
  const comparison = planComparison(listing, files, shardSize);
  const uncovered = await countUncovered(listing, [...leftOut, ...comparison.unsignedEmpty], options.signal);
  const { built, compared } = await compareResources(comparison, resources, hashAlgorithm, options);
  // With `files`, the names of the files are those of the resources, which may be freed by now.
  const signedFiles = method === "files" ? compared.signed : files;
  signed = searchable(signedFiles);
  await listing.checkUnchanged();
  const differences = findDifferences(listing, method, compared, signedFiles, comparison.hasOmitted);
  const report = {
    ...base,
    files: listing.files.length,
    bytes: built.bytes,
    ignorePaths: source.kind === "file" || options.ignoreUnsignedFiles ? [] : pathsToReport(location, ignored),
    notCovered: toNotCovered(uncovered),
    differences,
  };
  if (!hasNoDifferences(differences)) {
    // Loaded here, as a model that verifies has nothing to explain.
    const { explainDifferences } = await import("./explain_differences.ts");
    const hints = explainDifferences(differences, { listing, manifest: { ...manifest, resources }, compared });
    if (differences.extra.some(isInDownloadCache)) hints.push(downloadCacheHint(false));
    throw new ModelDiffersError(describe(source, differences, listing.unsupported, hints), report);
  }
  refuseUncovered(source, uncovered, report, options);
  return {
    ...report,
    verdict: verdict(signedCount, uncovered),
    ...(rootDigest === undefined ? {} : { digest: `sha256:${rootDigest.toHex()}` }),
    ...(trust && { trust }),
    engine: built.engine,
    engineReason: built.engineReason,
  };
}

function notOneFile(
  { location }: ModelSource,
  base: Pick<VerifyReport, "method" | "serialization" | "hashAlgorithm" | "signer">,
): ModelDiffersError {
  return new ModelDiffersError(
    `Cannot verify ${quote(location)}: it is a directory, and the signature is for a model that is one file`,
    { ...base, files: 0, bytes: 0, ignorePaths: [], notCovered: [], differences: noDifferences() },
  );
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
 * The paths to leave out: those that the signature recorded, those that the caller names, and the git paths. A git path
 * is not left out if the signature lists a file at or below it (OMS v1.0 §6.2.1).
 */
function ignoredBy(manifest: ResourceManifest, files: PackedNames, location: ModelLocation): Set<string> {
  const recorded = (manifest.serialization.ignorePaths ?? []).map(canonicalPath);
  const git = location.ignoreGitPaths ? GIT_PATHS.filter((path) => !files.has(path) && !files.hasBelow(path)) : [];
  return new Set([...recorded, ...location.ignorePaths, ...git]);
}

function describe(
  { location }: ModelSource,
  { changed, missing, extra }: Differences,
  unsupported: readonly UnsupportedEntry[],
  hints: readonly string[],
): string {
  const counts = [
    ...(changed.length > 0 ? [`${changed.length} changed`] : []),
    ...(missing.length > 0 ? [`${missing.length} missing`] : []),
    ...(extra.length > 0 ? [`${extra.length} extra`] : []),
  ];
  const reasons = [...unsupported.slice(0, 1).map(({ error }) => error.message.replace(/^Cannot/, "cannot")), ...hints];
  return [`Cannot verify ${quote(location)}: it is not what was signed, files: ${counts.join(", ")}`, ...reasons]
    .join("; ");
}
