import { concat } from "../_certificates.ts";
import { bytesOf, type ServiceKey, sha256 } from "./keys.ts";

/** Who signs checkpoints. */
export interface NoteSigner {
  /** The name in the signature line. */
  readonly name: string;
  readonly key: ServiceKey;
  /** The signature line has its first four bytes. */
  readonly keyId: Uint8Array<ArrayBuffer>;
}

/** A signer as Rekor v1 is: the key id is the hash of the public key, whatever the name. */
export function plainSigner(name: string, key: ServiceKey): NoteSigner {
  return { name, key, keyId: sha256(key.spki) };
}

/** A signer as C2SP's signed-note has it, and Rekor v2: for Ed25519 the key id binds the name as well. */
export function noteSigner(name: string, key: ServiceKey): NoteSigner {
  if (key.details !== "PKIX_ED25519") return plainSigner(name, key);
  const rawKey = key.spki.subarray(-32);
  return { name, key, keyId: sha256(name, "\n", Uint8Array.of(1), rawKey) };
}

/**
 * A checkpoint (C2SP tlog-checkpoint).
 *
 * @param origin Its first line.
 * @param size Of the tree.
 * @param root Of the tree.
 * @param signers Who signs it.
 */
export function checkpoint(origin: string, size: number, root: Uint8Array, ...signers: NoteSigner[]): string {
  const text = `${origin}\n${size}\n${root.toBase64()}\n`;
  const lines = signers.map(({ name, key, keyId }) => {
    const signature = concat([keyId.subarray(0, 4), key.sign(bytesOf(text))]);
    return `\u2014 ${name} ${signature.toBase64()}\n`;
  });
  return `${text}\n${lines.join("")}`;
}
