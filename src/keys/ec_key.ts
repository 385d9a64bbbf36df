/** Elliptic curve keys: the only ones that OMS v1.0 signs with (algorithm registry, "Signing Key Types"). */
import { createHash, createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { Buffer } from "node:buffer";
import { RefusedError } from "../errors.ts";
import { quote } from "../quote.ts";
import { describeBlock, type PemBlock, pemBlocks } from "./pem.ts";

/** A curve with the hash that its signatures use. */
export interface Curve {
  /** Name as NIST has it. */
  readonly name: "P-256" | "P-384" | "P-521";
  /** The hash of ECDSA on this curve, as `node:crypto` calls it. */
  readonly hash: "sha256" | "sha384" | "sha512";
  /** The same in a Sigstore bundle. */
  readonly bundleHash: "SHA2_256" | "SHA2_384" | "SHA2_512";
  /** Key and hash in a Sigstore bundle before OMS v1.1. */
  readonly keyDetails: string;
}

const CURVES: Readonly<Record<string, Curve>> = {
  prime256v1: { name: "P-256", hash: "sha256", bundleHash: "SHA2_256", keyDetails: "PKIX_ECDSA_P256_SHA_256" },
  secp384r1: { name: "P-384", hash: "sha384", bundleHash: "SHA2_384", keyDetails: "PKIX_ECDSA_P384_SHA_384" },
  secp521r1: { name: "P-521", hash: "sha512", bundleHash: "SHA2_512", keyDetails: "PKIX_ECDSA_P521_SHA_512" },
};

function needed(kind: "private" | "public"): string {
  return `an EC ${kind} key on P-256, P-384 or P-521 is needed`;
}

/** A key with its curve. */
export interface EcKey {
  readonly key: KeyObject;
  readonly curve: Curve;
}

/** An EC private key, and what its PEM file is called. */
export interface EcPrivateKey extends EcKey {
  readonly publicKey: EcKey;
}

/** An encrypted private key was given and no password. */
export class PasswordNeededError extends RefusedError {}

/**
 * Reads an EC private key: SEC1 or PKCS#8, encrypted or not.
 *
 * @param pem The text of a PEM file.
 * @param password The password, if it is encrypted.
 * @param name The file's name, for messages.
 * @returns The key.
 * @throws {PasswordNeededError} If it is encrypted and no password was given (`PASSWORD_NEEDED`).
 * @throws {RefusedError} If it is not such a key (`KEY_KIND`, `KEY_INVALID`, `NOT_PEM`) or the password is wrong
 * (`PASSWORD_WRONG`).
 */
export function readPrivateKey(pem: string, password: string | undefined, name: string): EcPrivateKey {
  const block = findBlock(pem, name, "private");
  const encrypted = block.label === "ENCRYPTED PRIVATE KEY" || /^Proc-Type: 4,ENCRYPTED/m.test(block.text);
  if (encrypted && password === undefined) {
    throw new PasswordNeededError("PASSWORD_NEEDED", `Cannot use ${quote(name)}: it is encrypted, give its password`);
  }
  const key = openPrivateKey(block, encrypted ? password : undefined, name);
  const curve = curveOf(key, name);
  return { key, curve, publicKey: { key: createPublicKey(key), curve } };
}

/**
 * Reads an EC public key.
 *
 * @param pem The text of a PEM file.
 * @param name The file's name, for messages.
 * @returns The key.
 * @throws {RefusedError} If it is something else (`KEY_KIND`, `KEY_INVALID`, `NOT_PEM`).
 */
export function readPublicKey(pem: string, name: string): EcKey {
  const block = findBlock(pem, name, "public");
  try {
    const key = createPublicKey(block.text);
    return { key, curve: curveOf(key, name) };
  } catch (error) {
    throw keyError(error, name, "public");
  }
}

/**
 * The EC key of a certificate.
 *
 * @param spki SubjectPublicKeyInfo in DER.
 * @param name What the certificate is called, for messages.
 * @returns The key.
 * @throws {RefusedError} If it is another kind of key (`KEY_KIND`, `KEY_INVALID`).
 */
export function publicKeyFromSpki(spki: Uint8Array, name: string): EcKey {
  try {
    const key = createPublicKey({ key: Buffer.from(spki), format: "der", type: "spki" });
    return { key, curve: curveOf(key, name) };
  } catch (error) {
    throw keyError(error, name, "public");
  }
}

/**
 * What names a public key in a bundle: the hex SHA-256 of its PEM text, written in the one usual way (OMS v1.0 §4.1).
 *
 * @param key The public key.
 * @returns 64 lowercase hex digits.
 */
export function keyHint(key: EcKey): string {
  return createHash("sha256").update(publicKeyPem(key)).digest("hex");
}

/** The PEM text of a public key, ending with a newline. */
export function publicKeyPem(key: EcKey): string {
  return key.key.export({ type: "spki", format: "pem" }).toString();
}

/** Whether two public keys are the same. */
export function isSameKey(a: EcKey, b: EcKey): boolean {
  return publicKeyPem(a) === publicKeyPem(b);
}

function findBlock(pem: string, name: string, wanted: "private" | "public"): PemBlock {
  const blocks = pemBlocks(pem, name);
  const fits = (label: string): boolean => wanted === "public" ? label === "PUBLIC KEY" : label.endsWith("PRIVATE KEY");
  const fitting = blocks.filter((block) => fits(block.label));
  if (fitting.length > 1) {
    throw new RefusedError("KEY_KIND", `Cannot use ${quote(name)}: it holds more than one key`);
  }
  if (fitting[0] === undefined) {
    const found = describeBlock(blocks[0]!.label);
    throw new RefusedError("KEY_KIND", `Cannot use ${quote(name)} as it holds ${found}: ${needed(wanted)}`);
  }
  return fitting[0];
}

function openPrivateKey(block: PemBlock, password: string | undefined, name: string): KeyObject {
  const kind = describeBlock(block.label);
  if (kind !== "a private key") {
    throw new RefusedError("KEY_KIND", `Cannot use ${quote(name)} as it holds ${kind}: ${needed("private")}`);
  }
  try {
    return createPrivateKey({ key: block.text, ...(password === undefined ? {} : { passphrase: password }) });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    // A wrong password may also decrypt to what is no key; then it cannot be told from an encryption not supported.
    if (password !== undefined) {
      const why = /bad decrypt|bad password/i.test(reason)
        ? ""
        : ", or its encryption is not supported (PBES2 with AES is)";
      throw new RefusedError("PASSWORD_WRONG", `Cannot open ${quote(name)}: the password is wrong${why}`, {
        cause: error,
      });
    }
    throw keyError(error, name, "private");
  }
}

function curveOf(key: KeyObject, name: string): Curve {
  const type = key.asymmetricKeyType ?? "unknown";
  // Deno cannot tell the details of every kind of key, so they are asked for EC keys alone.
  const curveName = type === "ec" ? key.asymmetricKeyDetails?.namedCurve ?? "unknown" : undefined;
  const curve = curveName === undefined ? undefined : CURVES[curveName];
  if (curve === undefined) {
    const kind = curveName === undefined ? `a key of type ${type}` : `an EC key on ${curveName}`;
    throw new RefusedError(
      "KEY_KIND",
      `Cannot use ${quote(name)} as it holds ${kind}: ${needed(key.type === "private" ? "private" : "public")}`,
    );
  }
  return curve;
}

function keyError(cause: unknown, name: string, kind: "private" | "public"): RefusedError {
  if (cause instanceof RefusedError) return cause;
  return new RefusedError(
    "KEY_INVALID",
    `Cannot use ${quote(name)}: it is no ${kind} key that this program can read; ${needed(kind)}`,
    { cause },
  );
}
