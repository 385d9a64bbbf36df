import { removeAbandoned } from "../io/atomic_write.ts";
import { PAYLOAD_TYPE } from "../bundle/envelope.ts";
import type { SignerInfo } from "../verify/signer_info.ts";
import { serializeStatement } from "../oms/statement.ts";
import type { CertificateSigning } from "../sign/certificate.ts";
import type { KeySigning } from "../sign/key.ts";
import type { Content, Signer } from "../sign/signer.ts";
import { checkOptions, checkPath, required, type Rules } from "./check_options.ts";
import { DIGEST_RULES, type DigestResult, toDigestResult } from "./digest.ts";
import { isSignatureWalked } from "./ignored_paths.ts";
import { locateModel } from "./locate_model.ts";
import { emptyError, type HashedModel, hashModel } from "./hash_model.ts";
import { SIGNER_RULE } from "./option_rules.ts";
import { chooseSerialization, type ModelOptions, type SerializationOptions, type WorkOptions } from "./options.ts";
import type { SigstoreSigning } from "./sigstore.ts";
import { checkReplaceable, removeLeftOversBeside, writeSignature } from "./signature_file.ts";

/** Who signs: an identity, the holder of a key, or the subject of a certificate. */
export type SignerOptions = SigstoreSigning | KeySigning | CertificateSigning;

/** Options of {@linkcode sign}. */
export interface SignOptions extends ModelOptions, SerializationOptions, WorkOptions {
  /** Who signs. */
  signer: SignerOptions;
}

const SIGN_RULES: Rules<SignOptions> = { ...DIGEST_RULES, signer: required(SIGNER_RULE) };

/** Result of {@linkcode sign}; `digest` is what was signed. */
export interface SignResult extends DigestResult {
  /** The signature file. */
  signature: string;
  /** The signing method. */
  method: SignerOptions["kind"];
  /** Who signed. */
  signer: SignerInfo;
}

/**
 * Signs a model and writes the signature, a Sigstore bundle (OMS v1.0 §6). The signature is written whole or not at all,
 * and replaces nothing but an older signature.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { sign, verify } from "@model-signing/model-signing";
 * import { generateKeyPairSync } from "node:crypto";
 *
 * const { privateKey, publicKey } = generateKeyPairSync("ec", {
 *   namedCurve: "P-256",
 *   privateKeyEncoding: { type: "pkcs8", format: "pem" },
 *   publicKeyEncoding: { type: "spki", format: "pem" },
 * });
 * const model = await Deno.makeTempDir();
 * await Deno.writeTextFile(`${model}/weights.bin`, "weights");
 *
 * const { signature } = await sign(model, { signer: { kind: "key", privateKey } });
 * assertEquals(signature, `${model}/model.sig`);
 * const { verified } = await verify(model, { trust: { kind: "key", publicKey } });
 * assertEquals(verified, true);
 * await Deno.remove(model, { recursive: true });
 * ```
 *
 * @param modelPath Path of the model, a file or a directory.
 * @param options Who signs, what belongs to the model, how it becomes digests, and how the work is done.
 * @returns What was signed and where the signature is.
 * @throws {RefusedError} If the key is not supported, or the model may not be signed.
 * @throws {UnavailableError} If a file cannot be read or written, or changes while it is read.
 * @throws {UsageError} If options exclude each other.
 */
export async function sign(modelPath: string, options: SignOptions): Promise<SignResult> {
  const started = performance.now();
  checkPath(modelPath, "modelPath");
  checkOptions(options, SIGN_RULES);
  const serialization = chooseSerialization(options);
  const location = locateModel(modelPath, options);
  // All that can be known before hours of hashing: whether the signature can be written, and the signer can sign.
  checkReplaceable(location.signature);
  const signer = await openSigner(options);
  if (!isSignatureWalked(location, serialization.method)) removeLeftOversBeside(location.signature);

  const hashed = await hashModel(location, serialization, options, removeAbandoned);
  if (hashed.files === 0) throw emptyError(location.source);
  const signed = await signer.sign(contentOf(location.source.name, hashed));
  writeSignature(location.signature, signed.text);
  return {
    signature: location.signature,
    method: options.signer.kind,
    signer: signed.signer,
    ...toDigestResult(serialization, hashed, started),
  };
}

/** Loads only the code of the chosen kind. */
async function openSigner({ signer, ...work }: SignOptions): Promise<Signer> {
  switch (signer.kind) {
    case "key":
      return (await import("../sign/key.ts")).openKeySigner(signer);
    case "certificate":
      return (await import("../sign/certificate.ts")).openCertificateSigner(signer);
    case "sigstore":
      return await (await import("./sigstore.ts")).openSigstoreSigning(signer, work);
  }
}

function contentOf(modelName: string, { manifest, digest }: HashedModel): Content {
  if (manifest === undefined) return { kind: "message", message: digest };
  return { kind: "envelope", payloadType: PAYLOAD_TYPE, payload: serializeStatement(modelName, manifest) };
}
