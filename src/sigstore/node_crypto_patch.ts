/**
 * The one compatibility patch that Sigstore's libraries need on Deno. Load it before any of them.
 *
 * `@sigstore/core` and `@tufjs/models` call `crypto.verify` of `node:crypto` without naming a digest. Node then takes the
 * one that belongs to the key; Deno throws, which the libraries take for a wrong signature: every valid bundle would be
 * refused. The patch names the digest, and does nothing else.
 */
import crypto, { type KeyObject } from "node:crypto";

type Verify = typeof crypto.verify;

const verify: Verify = crypto.verify;

/** What OpenSSL takes for a key when nobody names a digest. */
function defaultDigest(key: KeyObject): string | undefined {
  // Ed25519 has its digest built in, and takes no name.
  return key.asymmetricKeyType === "ec" || key.asymmetricKeyType === "rsa" ? "sha256" : undefined;
}

function isKeyObject(key: unknown): key is KeyObject {
  return typeof key === "object" && key !== null && "asymmetricKeyType" in key;
}

function verifyWithDefault(...args: Parameters<Verify>): ReturnType<Verify> {
  const [algorithm, data, key, ...rest] = args;
  if (algorithm !== undefined && algorithm !== null) return verify(...args);
  const digest = isKeyObject(key) ? defaultDigest(key) : undefined;
  return verify(digest, data, key, ...rest);
}

// The libraries call it on the default export, which is shared; the named export of the module stays as it was.
crypto.verify = verifyWithDefault as Verify;
