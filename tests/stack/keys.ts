/** Keys of services, as trust roots name them. */

import { createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";

/** A new P-256 key, or Ed25519 key. */
export function newKey(type: "P-256" | "Ed25519"): KeyObject {
  return type === "P-256"
    ? generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey
    : generateKeyPairSync("ed25519").privateKey;
}

/** The public key in DER, as SubjectPublicKeyInfo. */
export function publicDer(key: KeyObject | string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(createPublicKey(key).export({ type: "spki", format: "der" }));
}

/** SHA-256. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

/** The certificates of a PEM text, each in DER. */
export function certificates(pem: string): Uint8Array<ArrayBuffer>[] {
  const blocks = pem.matchAll(/-----BEGIN CERTIFICATE-----([^-]+)-----END CERTIFICATE-----/g);
  return [...blocks].map(([, body]) => Uint8Array.fromBase64(body!.replaceAll(/\s/g, "")));
}
