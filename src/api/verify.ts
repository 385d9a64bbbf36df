import { SERIALIZATION_METHODS } from "../manifest/manifest.ts";
import { StatementReader } from "../oms/statement.ts";
import type { PayloadSink, SignatureCheck, Verifier } from "../verify/verifier.ts";
import { readBundle } from "../bundle/read.ts";
import { BOOLEAN, checkOptions, checkPath, oneOf, required, type Rules } from "./check_options.ts";
import { secondsSince } from "./digest.ts";
import { locateModel } from "./locate_model.ts";
import { namingSignature, openSignature } from "./signature_file.ts";
import { MODEL_RULES, TRUST_RULE, WORK_RULES } from "./option_rules.ts";
import { verifyManifest } from "./verify_manifest.ts";
import type { VerifyOptions, VerifyResult } from "./verify_options.ts";

const VERIFY_RULES: Rules<VerifyOptions> = {
  ...WORK_RULES,
  ...MODEL_RULES,
  trust: required(TRUST_RULE),
  serialization: oneOf(SERIALIZATION_METHODS),
  allowSymlinks: BOOLEAN,
  ignoreUnsignedFiles: BOOLEAN,
  allowUncovered: BOOLEAN,
};

/**
 * Verifies who signed a model, and that the signed files are all there and unchanged (OMS v1.0 §8). It returns only if
 * all of that is proven, and throws otherwise. What nobody has signed is listed as `notCovered`.
 *
 * @example Usage
 * ```ts
 * import { assertEquals, assertRejects } from "@std/assert";
 * import { ModelDiffersError, sign, verify } from "@model-signing/model-signing";
 * import { generateKeyPairSync } from "node:crypto";
 *
 * const { privateKey, publicKey } = generateKeyPairSync("ec", {
 *   namedCurve: "P-256",
 *   privateKeyEncoding: { type: "pkcs8", format: "pem" },
 *   publicKeyEncoding: { type: "spki", format: "pem" },
 * });
 * const model = await Deno.makeTempDir();
 * await Deno.writeTextFile(`${model}/weights.bin`, "weights");
 * await sign(model, { signer: { kind: "key", privateKey } });
 *
 * await Deno.writeTextFile(`${model}/weights.bin`, "Weights");
 * const error = await assertRejects(
 *   () => verify(model, { trust: { kind: "key", publicKey } }),
 *   ModelDiffersError,
 * );
 * assertEquals(error.report.differences, { changed: ["weights.bin"], missing: [], extra: [] });
 * await Deno.remove(model, { recursive: true });
 * ```
 *
 * @param modelPath Path of the model, a file or a directory.
 * @param options Whom to trust, what belongs to the model, and how the work is done.
 * @returns Who signed what.
 * @throws {ModelDiffersError} If the model is not what was signed.
 * @throws {VerificationError} If the signature does not verify.
 * @throws {RefusedError} If the key or a root is not supported, or the model holds what is never signed.
 * @throws {UnavailableError} If a file cannot be read, or changes while it is read.
 * @throws {UsageError} If options exclude each other.
 */
export async function verify(modelPath: string, options: VerifyOptions): Promise<VerifyResult> {
  const started = performance.now();
  checkPath(modelPath, "modelPath");
  checkOptions(options, VERIFY_RULES);
  const verifier = await createVerifier(options);
  const location = locateModel(modelPath, options);
  try {
    const statement = new StatementReader();
    const signature = await verifySignature(location.signature, verifier, statement);
    const proven = signature.kind === "envelope"
      ? await verifyManifest(signature, statement.finish(), location, options)
      : await (await import("./verify_digest.ts")).verifyDigest(signature, location, options);
    return { verified: true, ...proven, seconds: secondsSince(started) };
  } catch (error) {
    throw namingSignature(error, location.signature);
  }
}

async function verifySignature(
  path: string,
  verifier: Verifier,
  payload: PayloadSink,
): Promise<SignatureCheck> {
  using signature = openSignature(path);
  return await verifier.verify(readBundle(signature), payload);
}

/** Loads only the code of the chosen kind. */
async function createVerifier({ trust, ...work }: VerifyOptions): Promise<Verifier> {
  switch (trust.kind) {
    case "key":
      return (await import("../verify/key.ts")).createKeyVerifier(trust);
    case "certificate":
      return (await import("../verify/certificate.ts")).createCertificateVerifier(trust);
    case "sigstore":
      return await (await import("./sigstore.ts")).createVerifier(trust, work);
  }
}
