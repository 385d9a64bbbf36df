/**
 * A compatibility patch for `@sigstore/core` on Deno. Load it before that library.
 *
 * The library calls `crypto.verify` of `node:crypto` without a digest for log entries and signatures. Node then uses the
 * default digest of the key; Deno throws, and the library reports a wrong signature. The patch passes the default digest
 * and changes nothing else. It replaces the function on the default export, so it applies to the whole process.
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
