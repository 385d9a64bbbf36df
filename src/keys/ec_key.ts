/** Elliptic curve keys, the only kind that OMS v1.0 signs with (algorithm registry, "Signing Key Types"). */
import { createHash, createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { Buffer } from "node:buffer";
import { RefusedError } from "../errors.ts";
import { quote } from "../text/quote.ts";
import { DerReader, type Element, TAG } from "../asn1/der.ts";
import { type Decrypt, EncryptionError, readEncryptedPem, readEncryptedPkcs8 } from "./encrypted_key.ts";
import { describeBlock, type PemBlock, pemBlocks } from "../text/pem.ts";

/** A curve and the hash of its signatures. */
export interface Curve {
  /** The NIST name. */
  readonly name: "P-256" | "P-384" | "P-521";
  /** The hash of ECDSA on this curve, under its `node:crypto` name. */
  readonly hash: "sha256" | "sha384" | "sha512";
  /** The same hash in a Sigstore bundle. */
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

/** A key and its curve. */
export interface EcKey {
  readonly key: KeyObject;
  readonly curve: Curve;
}

/** An EC private key and its public key. */
export interface EcPrivateKey extends EcKey {
  readonly publicKey: EcKey;
}

/** The private key is encrypted, and no password was given. */
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
 * (`PASSWORD_WRONG`), or its encryption is not supported (`KEY_ENCRYPTION`).
 */
export function readPrivateKey(pem: string, password: string | undefined, name: string): EcPrivateKey {
  const block = findBlock(pem, name, "private");
  return toPrivateKey(openPrivateKey(block, password, name), name);
}

/**
 * Determines the curve and the public key of a private key.
 *
 * @param key The private key.
 * @param name What the key is called, for messages.
 * @returns The key.
 * @throws {RefusedError} If it is not an EC key on P-256, P-384 or P-521 (`KEY_KIND`).
 */
export function toPrivateKey(key: KeyObject, name: string): EcPrivateKey {
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
    if (block.headers.size > 0) throw new Error("a public key has no PEM headers");
    return publicKeyFromSpki(block.content, name);
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
    throw keyError(error, name, "public", isExplicit(spki, "spki"));
  }
}

/**
 * The hint of a public key in a bundle: the SHA-256 of its canonical PEM text (OMS v1.0 §4.1).
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
export function keysEqual(a: EcKey, b: EcKey): boolean {
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

/** The structures of private keys, by the label of their block. */
const STRUCTURES: Readonly<Record<string, "pkcs8" | "sec1">> = {
  "PRIVATE KEY": "pkcs8",
  "ENCRYPTED PRIVATE KEY": "pkcs8",
  "EC PRIVATE KEY": "sec1",
};

function openPrivateKey(block: PemBlock, password: string | undefined, name: string): KeyObject {
  const type = STRUCTURES[block.label];
  if (type === undefined) {
    const kind = describeBlock(block.label);
    throw new RefusedError("KEY_KIND", `Cannot use ${quote(name)} as it holds ${kind}: ${needed("private")}`);
  }
  const der = plainKey(block, password, name);
  try {
    return createPrivateKey({ key: Buffer.from(der), format: "der", type });
  } catch (error) {
    throw keyError(error, name, "private", isExplicit(der, type));
  }
}

/** The key structure in DER, decrypted if necessary. */
function plainKey(block: PemBlock, password: string | undefined, name: string): Uint8Array {
  const decrypt = readEncryption(block, name);
  if (decrypt === undefined) return block.content;
  if (password === undefined) {
    throw new PasswordNeededError("PASSWORD_NEEDED", `Cannot use ${quote(name)}: it is encrypted, give its password`);
  }
  const plain = decrypt(password);
  if (plain !== undefined) return plain;
  throw new RefusedError("PASSWORD_WRONG", `Cannot open ${quote(name)}: the password is wrong`);
}

/** The decryption of a key; `undefined` if it is not encrypted. */
function readEncryption({ label, headers, content }: PemBlock, name: string): Decrypt | undefined {
  try {
    if (headers.size > 0) return readEncryptedPem(headers, content);
    return label === "ENCRYPTED PRIVATE KEY" ? readEncryptedPkcs8(content) : undefined;
  } catch (cause) {
    if (!(cause instanceof EncryptionError)) throw cause;
    if (!cause.isUnsupported) {
      throw new RefusedError("KEY_INVALID", `Cannot open ${quote(name)}: it is malformed: ${cause.message}`, { cause });
    }
    throw new RefusedError(
      "KEY_ENCRYPTION",
      `Cannot open ${quote(name)}: ${cause.message}, which is not supported; ` +
        "encrypt it again with `openssl pkcs8 -topk8 -v2 aes-256-cbc -in OLD.pem -out NEW.pem` " +
        "(for DES, RC2 or RC4, OpenSSL 3 also needs `-provider default -provider legacy`)",
      { cause },
    );
  }
}

/** Whether a key has explicit curve parameters instead of a named curve (RFC 5480 §2.1.1 forbids them). */
function isExplicit(der: Uint8Array, type: "pkcs8" | "sec1" | "spki"): boolean {
  try {
    const reader = new DerReader(new DerReader(der).take(TAG.sequence).content);
    if (type !== "spki") reader.take(TAG.integer);
    if (type === "sec1") reader.take(TAG.octetString);
    const algorithm = new DerReader(reader.next().content);
    if (type !== "sec1") algorithm.take(TAG.objectIdentifier);
    return isEcParameters(algorithm.next());
  } catch {
    return false;
  }
}

/** ECParameters (SEC 1 §C.2) begin with version 1. */
function isEcParameters(element: Element): boolean {
  return element.tag === TAG.sequence && new DerReader(element.content).take(TAG.integer).content[0] === 1;
}

function curveOf(key: KeyObject, name: string): Curve {
  const type = key.asymmetricKeyType ?? "unknown";
  // Deno does not implement the details of every kind of key.
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

function keyError(cause: unknown, name: string, kind: "private" | "public", isExplicit = false): RefusedError {
  if (cause instanceof RefusedError) return cause;
  const advice = isExplicit
    ? `: it has explicit curve parameters in place of the name of a curve; convert it with ` +
      `\`openssl ec ${kind === "public" ? "-pubin " : ""}-in OLD.pem -param_enc named_curve -out NEW.pem\``
    : `; ${needed(kind)}`;
  return new RefusedError(
    "KEY_INVALID",
    `Cannot use ${quote(name)}: it is no ${kind} key that this program can read${advice}`,
    { cause },
  );
}
