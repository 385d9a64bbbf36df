/** Public keys of TUF metadata. */
import type { Key } from "@tufjs/models";
import { getPublicKey } from "@tufjs/models/dist/utils/key.js";
import { constants, createPublicKey, type KeyObject, verify } from "node:crypto";

/** A public key that can verify signatures. */
export interface TufPublicKey {
  /** The same text for the same key, whatever its key id and encoding. */
  readonly identity: string;
  /**
   * Verifies a signature.
   *
   * @param data The signed bytes.
   * @param signature The signature in hex, as metadata has it.
   */
  verify(data: Uint8Array, signature: string): boolean;
}

/** Key type of `node:crypto` and digest of a scheme. Ed25519 has its own digest. */
interface Scheme {
  readonly type: "ed25519" | "ec" | "rsa";
  readonly digest: "sha256" | "sha384" | "sha512" | null;
}

const SCHEMES: ReadonlyMap<string, Scheme> = new Map([
  ["ed25519", { type: "ed25519", digest: null }],
  ["ecdsa-sha2-nistp256", { type: "ec", digest: "sha256" }],
  ["ecdsa-sha2-nistp384", { type: "ec", digest: "sha384" }],
  ["ecdsa-sha2-nistp521", { type: "ec", digest: "sha512" }],
  ["rsassa-pss-sha256", { type: "rsa", digest: "sha256" }],
  ["rsassa-pss-sha384", { type: "rsa", digest: "sha384" }],
  ["rsassa-pss-sha512", { type: "rsa", digest: "sha512" }],
]);

/**
 * Reads a key.
 *
 * @param key The key as metadata has it.
 * @returns The key, or `undefined` if its type or scheme is unknown or its value damaged. Such a key signs nothing: a
 * repository may list keys of types that this client does not know.
 */
export function readTufKey(key: Key): TufPublicKey | undefined {
  const scheme = SCHEMES.get(key.scheme);
  if (scheme === undefined) return undefined;
  try {
    const publicKey = importKey(key);
    if (publicKey.asymmetricKeyType !== scheme.type) return undefined;
    return {
      identity: publicKey.export({ type: "spki", format: "der" }).toString("base64"),
      verify: (data, signature) => verifySignature(publicKey, scheme, data, signature),
    };
  } catch {
    return undefined;
  }
}

function importKey({ keyType, scheme, keyVal }: Key): KeyObject {
  const value = keyVal.public ?? "";
  if (scheme === "ecdsa-sha2-nistp521") return importP521(keyType, value);
  return getPublicKey({ keyType, scheme, keyVal: value }).key as KeyObject;
}

/** The library knows P-256 and P-384 only. */
function importP521(keyType: string, pem: string): KeyObject {
  const key = createPublicKey(pem);
  const isP521 = key.asymmetricKeyDetails?.namedCurve === "secp521r1";
  if (!isP521 || !["ecdsa", "ecdsa-sha2-nistp521"].includes(keyType)) throw new TypeError("not a key on P-521");
  return key;
}

function verifySignature(key: KeyObject, { type, digest }: Scheme, data: Uint8Array, signature: string): boolean {
  if (!/^([0-9a-f]{2})+$/i.test(signature)) return false;
  // Repositories use salts of different lengths. Without `saltLength`, Deno 2.9.6 accepts only the longest possible one.
  const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_AUTO };
  try {
    return verify(digest, data, type === "rsa" ? { key, ...pss } : key, Uint8Array.fromHex(signature));
  } catch {
    return false; // Not a signature of this kind of key.
  }
}
