/** Verifies a model as a whole: the serializations `h1` and `h2`. */
import { UsageError, VerificationError } from "../errors.ts";
import { buildDigest } from "../manifest/build.ts";
import { noDifferences } from "../manifest/diff.ts";
import { quote } from "../quote.ts";
import type { OpenedMessage } from "../verify/verifier.ts";
import { findFiles, type ModelPlace, pathsToIgnore } from "./find_model.ts";
import { ModelDiffersError, type Proven, type VerifyOptions } from "./verify_options.ts";

/**
 * Verifies a model against a signature over its one digest: that digest is the message.
 *
 * @param opened The signature, whose signer is known.
 * @param place The model's place.
 * @param options What belongs to the model, and how the work is done.
 * @returns What is proven.
 * @throws {ModelDiffersError} If the model is not what was signed.
 * @throws {VerificationError} If the signature is wrong.
 */
export async function verifyDigest(opened: OpenedMessage, place: ModelPlace, options: VerifyOptions): Promise<Proven> {
  const { serialization, ignoreUnsignedFiles } = options;
  if (serialization === "files" || serialization === "shards") {
    throw new VerificationError(
      "SERIALIZATION",
      `Cannot verify the signature with --serialization ${serialization}: it is over one digest, of h1 or h2`,
    );
  }
  if (ignoreUnsignedFiles) {
    throw new UsageError(
      "IGNORE_UNSIGNED_FILES",
      "Cannot use --ignore-unsigned-files with this signature: it is over one digest of the whole model and lists no file",
    );
  }
  const methods = serialization === undefined ? ["h2", "h1"] as const : [serialization];
  const ignored = new Set(pathsToIgnore(place, "h2"));
  const model = await findFiles(
    place,
    { skip: (name) => ignored.has(name), allowSymlinks: options.allowSymlinks ?? false },
    options,
  );
  const report = {
    method: options.method.method,
    hashAlgorithm: "sha256" as const,
    signer: opened.signer,
    files: model.files.length,
    ignorePaths: [...ignored],
    differences: noDifferences(),
  };
  let bytes = 0;
  for (const method of methods) {
    const built = await buildDigest(model, method, options);
    bytes = built.bytes;
    if (!opened.isAbout(built.digest)) continue;
    opened.verify(built.digest);
    return {
      ...report,
      serialization: method,
      bytes,
      digest: `sha256:${built.digest.toHex()}`,
      engine: built.engine,
      engineReason: built.engineReason,
    };
  }
  throw new ModelDiffersError(
    `Cannot verify ${quote(place.path)}: it is not what was signed (compared as ${methods.join(" and ")}, one digest ` +
      "of the whole model, which does not tell what differs)",
    // Nothing was signed that is here, so no one is proven to have signed.
    { ...report, signer: null, serialization: serialization ?? null, bytes },
  );
}
