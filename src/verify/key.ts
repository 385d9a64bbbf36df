/** The method `key`: verify with an EC public key (OMS v1.0 §8.2). */
import { createHash } from "node:crypto";
import { VerificationError } from "../errors.ts";
import { type EcKey, keyHint, publicKeyPem, readPublicKey } from "../keys/ec_key.ts";
import { parseBundle, type PublicKeyMaterial } from "../oms/bundle.ts";
import { quote } from "../text/quote.ts";
import { type VerifiedSignature, type Verifier, verifyWithKey } from "./verifier.ts";

/** What the method needs. */
export interface KeyVerification {
  /** The method. */
  kind: "key";
  /** An EC public key on P-256, P-384 or P-521: the text of a PEM file. */
  publicKey: string;
  /** What messages call the key, such as its file's name. */
  keyName?: string;
}

/**
 * Makes a verifier that trusts one public key.
 *
 * @param options The key.
 * @returns The verifier.
 * @throws {RefusedError} If the key is unfit.
 */
export function createKeyVerifier(options: KeyVerification): Verifier {
  const name = options.keyName ?? "the public key";
  const key = readPublicKey(options.publicKey, name);
  const signer = { method: "key" as const, curve: key.curve.name, keyHint: keyHint(key) };
  return {
    open(signature, payload): Promise<VerifiedSignature> {
      return Promise.resolve().then(() => {
        const bundle = parseBundle(signature);
        if (bundle.material.kind !== "publicKey") {
          throw new VerificationError(
            "OTHER_METHOD",
            "Cannot verify with method key: the signature was made with a certificate; use method certificate",
          );
        }
        checkNamesKey(bundle.material, key);
        return verifyWithKey(bundle, key, signer, payload);
      });
    },
  };
}

/** The bundle only hints at the key; the hint decides nothing, but where it contradicts something is wrong. */
function checkNamesKey(material: PublicKeyMaterial, key: EcKey): void {
  const hint = keyHint(key);
  if (material.hint !== undefined && material.hint !== hint && material.hint !== sigstoreHint(key)) {
    throw otherKey(`it names key ${quote(material.hint)}, and the one given is ${hint}`);
  }
  if (material.keyDetails !== undefined && material.keyDetails !== key.curve.keyDetails) {
    throw otherKey(`it names a key of ${quote(material.keyDetails)}, and the one given is on ${key.curve.name}`);
  }
  if (material.rawBytes !== undefined && new TextDecoder().decode(material.rawBytes) !== publicKeyPem(key)) {
    throw otherKey("the key that it holds is not the one given");
  }
}

/** As cosign and sigstore-go name a key: by the SHA-256 of its SubjectPublicKeyInfo, in base64. */
function sigstoreHint({ key }: EcKey): string {
  return createHash("sha256").update(key.export({ type: "spki", format: "der" })).digest("base64");
}

function otherKey(how: string): VerificationError {
  return new VerificationError("KEY_MISMATCH", `Cannot verify the signature with this key: ${how}`);
}
