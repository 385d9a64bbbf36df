import { createHash, createPrivateKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";

/** A key of a service: it signs, and gives its public half as trusted roots have it. */
export interface ServiceKey {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** SubjectPublicKeyInfo in DER. */
  readonly spki: Uint8Array<ArrayBuffer>;
  /** As `PublicKeyDetails` of Sigstore names it. */
  readonly details: "PKIX_ECDSA_P256_SHA_256" | "PKIX_ED25519";
  /** A signature over these bytes: ECDSA with SHA-256 in DER, or Ed25519. */
  sign(bytes: Uint8Array): Uint8Array<ArrayBuffer>;
}

/** The kinds of keys that logs have. */
export type ServiceKeyKind = "P-256" | "Ed25519";

/** Makes a new key. */
export function makeServiceKey(kind: ServiceKeyKind = "P-256"): ServiceKey {
  const pair = kind === "P-256" ? generateKeyPairSync("ec", { namedCurve: "P-256" }) : generateKeyPairSync("ed25519");
  const { privateKey, publicKey } = pair;
  return {
    privateKey,
    publicKey,
    spki: new Uint8Array(publicKey.export({ type: "spki", format: "der" })),
    details: kind === "P-256" ? "PKIX_ECDSA_P256_SHA_256" : "PKIX_ED25519",
    sign: (bytes) => new Uint8Array(sign(kind === "P-256" ? "sha256" : null, bytes, privateKey)),
  };
}

/** The key of a certificate made for tests, which is one of WebCrypto, for `node:crypto`. */
export function nodeKey(privateKeyPem: string): KeyObject {
  return createPrivateKey(privateKeyPem);
}

/** SHA-256. */
export function sha256(...parts: readonly (Uint8Array | string)[]): Uint8Array<ArrayBuffer> {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
}

const encoder = new TextEncoder();

/** UTF-8. */
export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text);
}
