/** The method `key`: verify with an EC public key (OMS v1.0 §8.2). */
import { createHash } from "node:crypto";
import type { PublicKeyMaterial } from "../bundle/bundle.ts";
import { VerificationError } from "../errors.ts";
import { type EcKey, keyHint, publicKeyPem, readPublicKey } from "../keys/ec_key.ts";
import { quote } from "../text/quote.ts";
import { checkUnverifiedEvidence } from "./unverified_evidence.ts";
import { checkOmsVersion, otherMethod, type SignatureCheck, type Verifier } from "./verifier.ts";
import { verifyWithKey } from "./with_key.ts";

/** The public key to trust. */
export interface KeyVerification {
  /** The method. */
  kind: "key";
  /** An EC public key on P-256, P-384 or P-521: the text of a PEM file. */
  publicKey: string;
  /** What messages call the key, such as its file's name. */
  keyName?: string;
}

/**
 * Creates a verifier that trusts one public key.
 *
 * @param options The key.
 * @returns The verifier.
 * @throws {RefusedError} If the key is not supported.
 */
export function createKeyVerifier(options: KeyVerification): Verifier {
  const key = readPublicKey(options.publicKey, options.keyName ?? "the public key");
  return {
    async verify(bundle, payload): Promise<SignatureCheck> {
      if (bundle.material.kind !== "publicKey") throw otherMethod("key", bundle.method);
      checkOmsVersion(bundle);
      checkNamedKey(bundle.material, key);
      const notChecked = await checkUnverifiedEvidence(bundle);
      const signer = {
        method: "key" as const,
        curve: key.curve.name,
        keyHint: keyHint(key),
        ...(notChecked.length === 0 ? {} : { notChecked }),
      };
      return verifyWithKey(bundle, key, signer, payload);
    },
  };
}

/** The bundle names a key only as a hint (OMS v1.0 §11.1). The hint proves nothing, but must not contradict the key. */
function checkNamedKey(material: PublicKeyMaterial, key: EcKey): void {
  const hint = keyHint(key);
  if (material.hint !== undefined && material.hint !== hint && material.hint !== sigstoreHint(key)) {
    throw keyMismatch(`it names key ${quote(material.hint)}, and the one given is ${hint}`);
  }
  if (material.keyDetails !== undefined && material.keyDetails !== key.curve.keyDetails) {
    throw keyMismatch(`it names a key of ${quote(material.keyDetails)}, and the one given is on ${key.curve.name}`);
  }
  if (material.rawBytes !== undefined && new TextDecoder().decode(material.rawBytes) !== publicKeyPem(key)) {
    throw keyMismatch("the key that it holds is not the one given");
  }
}

/** The hint of cosign and sigstore-go: SHA-256 of the SubjectPublicKeyInfo, in base64. */
function sigstoreHint({ key }: EcKey): string {
  return createHash("sha256").update(key.export({ type: "spki", format: "der" })).digest("base64");
}

function keyMismatch(reason: string): VerificationError {
  return new VerificationError("KEY_MISMATCH", `Cannot verify the signature with this key: ${reason}`);
}
