/** The method `key`: sign with an EC private key (OMS v1.0 §4.1). */
import { keyHint, readPrivateKey } from "../keys/ec_key.ts";
import { type Content, type Signer, signWithKey } from "./signer.ts";

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
 * Opens a key to sign with.
 *
 * @param options The key.
 * @returns The signer.
 * @throws {RefusedError} If the key is unfit, or the password missing or wrong.
 */
export function openKeySigner(options: KeySigning): Signer {
  const key = readPrivateKey(options.privateKey, options.password, options.keyName ?? "the private key");
  const hint = keyHint(key.publicKey);
  const signer = { method: "key" as const, curve: key.curve.name, keyHint: hint };
  return {
    sign: (content: Content) =>
      Promise.resolve({ text: signWithKey(content, key, { kind: "publicKey", hint }), signer }),
  };
}
