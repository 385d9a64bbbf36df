/** Signing keys in memory: from a PEM file, or generated for one signature. */
import { createSign, generateKeyPairSync } from "node:crypto";
import { chunksOf } from "../io/byte_source.ts";
import { type EcPrivateKey, readPrivateKey, toPrivateKey } from "../keys/ec_key.ts";
import type { SigningKey } from "./signing_key.ts";

/** What a PEM file with a private key needs to be read. */
export interface PemKeyOptions {
  /** The text of the PEM file. */
  readonly privateKey: string;
  /** The password, if the key is encrypted. */
  readonly password?: string;
  /** The file's name, for messages. */
  readonly keyName?: string;
}

/**
 * Reads a signing key from a PEM file.
 *
 * @param options Text, password and name of the file.
 * @returns The key.
 * @throws {RefusedError} If the key cannot be used or the password is missing or wrong, as `readPrivateKey()` states.
 */
export function pemSigningKey({ privateKey, password, keyName = "the private key" }: PemKeyOptions): SigningKey {
  return memorySigningKey(readPrivateKey(privateKey, password, keyName), keyName);
}

/** A key pair for one signature, which is certified for an identity and then forgotten. */
export interface EphemeralKey extends SigningKey {
  /** The key pair, which also signs the certificate request. */
  readonly pair: EcPrivateKey;
}

/** Generates a key on P-256, the curve that Fulcio accepts everywhere. */
export function ephemeralSigningKey(): EphemeralKey {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const name = "the ephemeral key";
  const pair = toPrivateKey(privateKey, name);
  return { ...memorySigningKey(pair, name), pair };
}

function memorySigningKey({ key, curve, publicKey }: EcPrivateKey, name: string): SigningKey {
  return {
    name,
    publicKey,
    sign: (data) => {
      const signing = createSign(curve.hash);
      for (const chunk of chunksOf(data)) signing.update(chunk);
      return Promise.resolve(new Uint8Array(signing.sign(key)));
    },
  };
}
