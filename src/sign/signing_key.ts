/** Signing keys: one interface for private keys in memory, in hardware tokens and in key services. */
import { createHash, createVerify } from "node:crypto";
import { UnavailableError } from "../errors.ts";
import { chunksOf, type Source } from "../io/byte_source.ts";
import { type EcKey, publicKeyFromSpki } from "../keys/ec_key.ts";
import { quote } from "../text/quote.ts";

/** An EC private key, wherever it is kept. */
export interface SigningKey {
  /** The key in messages: the name of a file, or a URI such as `pkcs11:token=…`. */
  readonly name: string;
  /** Its public key, which determines the curve and the hash. */
  readonly publicKey: EcKey;
  /**
   * Signs with ECDSA and the hash of the curve. Use {@linkcode signAndVerify}, which does not trust the result.
   *
   * @param data What to sign, read once from its beginning to its end.
   * @param signal Aborts requests to a token or a service.
   * @returns The signature in DER (RFC 3279 §2.2.3).
   */
  sign(data: Source, signal?: AbortSignal): Promise<Uint8Array>;
}

/** A private key that only signs digests, as hardware tokens and key services do. */
export interface DigestSigner {
  /** SubjectPublicKeyInfo in DER. */
  readonly spki: Uint8Array;
  /** Signs a digest made with the hash of the curve. Returns an ECDSA signature in DER. */
  signDigest(digest: Uint8Array<ArrayBuffer>, signal?: AbortSignal): Promise<Uint8Array>;
}

/**
 * Makes a signing key from one that signs digests. Only the digest leaves this process.
 *
 * @param signer The key.
 * @param name The key in messages.
 * @returns The signing key.
 * @throws {RefusedError} If it is not an EC key on P-256, P-384 or P-521 (`KEY_KIND`, `KEY_INVALID`).
 */
export function digestSigningKey(signer: DigestSigner, name: string): SigningKey {
  const publicKey = publicKeyFromSpki(signer.spki, name);
  return {
    name,
    publicKey,
    sign: async (data, signal) => {
      const hash = createHash(publicKey.curve.hash);
      for (const chunk of chunksOf(data)) hash.update(chunk);
      return await signer.signDigest(new Uint8Array(hash.digest()), signal);
    },
  };
}

/**
 * Signs, and verifies the signature with the key's own public key before anyone sees it. A service can answer with
 * anything, and a faulty computation can reveal a private key.
 *
 * @param key The key.
 * @param data What to sign. It is read once, for the signature and its verification.
 * @param signal Aborts requests.
 * @returns The signature in DER.
 * @throws {UnavailableError} If the signature does not verify (`KEY_FAILED`).
 */
export async function signAndVerify(key: SigningKey, data: Source, signal?: AbortSignal): Promise<Uint8Array> {
  const { key: publicKey, curve } = key.publicKey;
  let verification = createVerify(curve.hash);
  let isRead = false;
  const observed = {
    *chunks(): Generator<Uint8Array> {
      verification = createVerify(curve.hash);
      isRead = false;
      for (const chunk of chunksOf(data)) {
        verification.update(chunk);
        yield chunk;
      }
      isRead = true;
    },
  };
  const signature = await key.sign(observed, signal);
  signal?.throwIfAborted();
  if (isRead && isMatch(() => verification.verify(publicKey, signature))) return signature;
  const reason = "its signature does not match its public key; nothing was written";
  throw new UnavailableError("KEY_FAILED", `Cannot sign with ${quote(key.name)}: ${reason}`);
}

function isMatch(verify: () => boolean): boolean {
  try {
    return verify();
  } catch {
    return false; // Deno throws for a signature that is not DER.
  }
}
