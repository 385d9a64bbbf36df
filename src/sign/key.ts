/** The method `key`: sign with an EC private key (OMS v1.0 §4.1). */
import { keyHint } from "../keys/ec_key.ts";
import { pemSigningKey } from "./memory_key.ts";
import { type Signer, signWithKey } from "./signer.ts";
import type { SigningKey } from "./signing_key.ts";

/** What the method needs. */
export interface KeySigning {
  /** The method. */
  kind: "key";
  /** An EC private key on P-256, P-384 or P-521: the text of a PEM file, SEC1 or PKCS#8, encrypted or not. */
  privateKey: string;
  /** The password of an encrypted key. */
  password?: string;
  /** What messages call the key, such as its file's name. */
  keyName?: string;
}

/**
 * Makes a signer from a private key in a PEM file.
 *
 * @param options The key.
 * @returns The signer.
 * @throws {RefusedError} If the key cannot be used, or the password is missing or wrong.
 */
export function openKeySigner(options: KeySigning): Signer {
  return keySigner(pemSigningKey(options));
}

/** The signer of any signing key, wherever it is kept. */
export function keySigner(key: SigningKey): Signer {
  const hint = keyHint(key.publicKey);
  const signer = { method: "key" as const, curve: key.publicKey.curve.name, keyHint: hint };
  return {
    sign: async (content) => ({ text: await signWithKey(content, key, { kind: "publicKey", hint }), signer }),
  };
}
