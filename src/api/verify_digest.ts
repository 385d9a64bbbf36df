/** Verifies a model as a whole: the serializations `h1` and `h2`. */
import { UsageError, VerificationError } from "../errors.ts";
import { buildDigest } from "../manifest/legacy/build_digest.ts";
import { noDifferences } from "../manifest/diff.ts";
import { downloadCacheHint, hasDownloadCache } from "../model/disk/hugging_face_cache.ts";
import { option } from "../text/option.ts";
import { quote } from "../text/quote.ts";
import type { UnverifiedMessageSignature } from "../verify/verifier.ts";
import { countUncovered, refuseUncovered, toNotCovered, verdict } from "./coverage.ts";
import { listModel } from "./list_model.ts";
import type { ModelLocation } from "./locate_model.ts";
import { pathsToIgnore, pathsToReport } from "./ignored_paths.ts";
import { ModelDiffersError, type Proven, type VerifyOptions } from "./verify_options.ts";

/**
 * Verifies a model against a signature over its one digest: that digest is the message.
 *
 * @param signature The message signature.
 * @param location The model.
 * @param options What belongs to the model, and how the work is done.
 * @returns What is proven.
 * @throws {ModelDiffersError} If the model is not what was signed.
 * @throws {VerificationError} If the signature is wrong.
 */
export async function verifyDigest(
  signature: UnverifiedMessageSignature,
  location: ModelLocation,
  options: VerifyOptions,
): Promise<Proven> {
  const serialization = requiredForm(options);
  const ignored = pathsToIgnore(location, serialization);
  const { listing, leftOut } = await listModel(
    location,
    { skip: (name) => ignored.has(name), allowSymlinks: options.allowSymlinks ?? false, followsModelLink: true },
    options,
  );
  const uncovered = await countUncovered(listing, leftOut, options.signal);
  const built = await buildDigest(listing, serialization, options);
  await listing.checkUnchanged();
  const report = {
    method: options.trust.kind,
    serialization,
    hashAlgorithm: "sha256" as const,
    // Not known until the signature is verified over the digest.
    signer: null,
    files: listing.files.length,
    bytes: built.bytes,
    ignorePaths: pathsToReport(location, ignored),
    notCovered: toNotCovered(uncovered),
    differences: noDifferences(),
  };
  if (!signature.claimsDigestOf(built.digest)) {
    throw new ModelDiffersError(
      `Cannot verify ${
        quote(location.source.location)
      }: it is not what was signed (compared as ${serialization}, one digest of the ` +
        `whole model, which does not tell what differs)${
          hasDownloadCache(listing) ? `; ${downloadCacheHint(true)}` : ""
        }`,
      report,
    );
  }
  const { signer, trust } = signature.verify(built.digest);
  refuseUncovered(location.source, uncovered, { ...report, signer }, options);
  return {
    ...report,
    signer,
    verdict: verdict(listing.files.length, uncovered, `${serialization}: one digest over all of them`),
    digest: `sha256:${built.digest.toHex()}`,
    ...(trust && { trust }),
    engine: built.engine,
    engineReason: built.engineReason,
  };
}

/**
 * A message signature is over 32 bytes and does not say what they are. Whatever was signed with the same key for another
 * purpose, such as the SHA-256 of a file, would be taken for a model, unless the caller expects this form.
 */
function requiredForm({ serialization, ignoreUnsignedFiles }: VerifyOptions): "h1" | "h2" {
  if (serialization === "files" || serialization === "shards") {
    throw new VerificationError(
      "SERIALIZATION",
      `Cannot verify the signature with ${
        option("serialization")
      } ${serialization}: it is over one digest, of h1 or h2`,
    );
  }
  if (ignoreUnsignedFiles) {
    throw new UsageError(
      "IGNORE_UNSIGNED_FILES",
      `Cannot use ${option("ignoreUnsignedFiles")} with this signature: it is over one digest of the whole model and ` +
        "lists no file",
    );
  }
  if (serialization === undefined) {
    throw new VerificationError(
      "SERIALIZATION",
      "Cannot verify the signature: it is over 32 bytes and does not say what they are; if a model was signed with h1 " +
        `or h2, give ${option("serialization")} h1 or ${option("serialization")} h2`,
    );
  }
  return serialization;
}
