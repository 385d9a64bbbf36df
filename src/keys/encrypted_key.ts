/** Decrypts private keys: PKCS #8 with PBES2 (RFC 8018), and OpenSSL's PEM encryption (headers of RFC 1421). */
import { createHash, pbkdf2Sync, scryptSync } from "node:crypto";
import { CBC_CIPHERS, type CbcCipher, decryptCbc } from "./cbc.ts";
import { DerReader, type Element, FormatError, TAG } from "../asn1/der.ts";
import { formatOid } from "../asn1/object_identifier.ts";

/** The key cannot be decrypted with any password. The message is a clause: "it is encrypted with …". */
export class EncryptionError extends Error {
  /** Whether the encryption is unsupported, rather than malformed. */
  readonly isUnsupported: boolean;

  /**
   * Makes the error.
   *
   * @param message The reason.
   * @param isUnsupported Whether the encryption is unsupported, rather than malformed.
   */
  constructor(message: string, isUnsupported = true) {
    super(message);
    this.isUnsupported = isUnsupported;
  }
}

/**
 * Limits on the cost of key derivation: a hostile key file takes a few seconds at most. OpenSSL writes 2,048
 * iterations and N = 16,384, r = 8, p = 1; 2,000,000 iterations of HMAC-SHA-512 take 3.2 s.
 */
const LIMITS = {
  iterations: 2_000_000,
  scryptMemory: 256 * 1024 * 1024,
  scryptWork: 2 ** 22,
} as const;

/** Decrypts a key. Returns its structure in DER, or `undefined` if the password is wrong. */
export type Decrypt = (password: string) => Uint8Array | undefined;

/**
 * Reads an EncryptedPrivateKeyInfo (RFC 5958 §3).
 *
 * @param bytes The structure in DER.
 * @returns The decryption of the PrivateKeyInfo.
 * @throws {EncryptionError} If the encryption is not supported or the structure is malformed.
 */
export function readEncryptedPkcs8(bytes: Uint8Array): Decrypt {
  const { derive, cipher, iv, data } = reading(() => readEncryptedKey(bytes));
  checkBlocks(cipher, data);
  return (password) => decrypt(cipher, derive(password, cipher.keyBytes), iv, data);
}

/**
 * Reads a PEM block with the headers `Proc-Type` and `DEK-Info`.
 *
 * @param headers The headers.
 * @param data The content.
 * @returns The decryption of the content.
 * @throws {EncryptionError} If the encryption is not supported or the headers are malformed.
 */
export function readEncryptedPem(headers: ReadonlyMap<string, string>, data: Uint8Array): Decrypt {
  if (headers.get("Proc-Type")?.replaceAll(" ", "") !== "4,ENCRYPTED") {
    throw malformed("its PEM headers are not those of an encrypted key");
  }
  const [name = "", ivHex = ""] = (headers.get("DEK-Info") ?? "").split(",").map((part) => part.trim());
  const cipher = CBC_CIPHERS.find((known) => known.name === name.toUpperCase());
  if (!/^[0-9A-Za-z-]{1,40}$/.test(name)) throw malformed("its DEK-Info header names no cipher");
  if (cipher === undefined) throw new EncryptionError(`it is encrypted with ${name}`);
  if (!/^[0-9A-Fa-f]*$/.test(ivHex) || ivHex.length !== 2 * cipher.blockBytes) {
    throw malformed("its DEK-Info header has no valid initialization vector");
  }
  checkBlocks(cipher, data);
  const iv = Uint8Array.fromHex(ivHex);
  return (password) => decrypt(cipher, deriveWithMd5(password, iv.subarray(0, 8), cipher.keyBytes), iv, data);
}

function checkBlocks(cipher: CbcCipher, data: Uint8Array): void {
  if (data.length === 0 || data.length % cipher.blockBytes !== 0) throw malformed("its encrypted content is cut off");
}

/** `EVP_BytesToKey` of OpenSSL, with MD5 and one iteration: the only key derivation of this format. */
function deriveWithMd5(password: string, salt: Uint8Array, keyBytes: number): Uint8Array {
  let key = new Uint8Array();
  let last = new Uint8Array();
  while (key.length < keyBytes) {
    last = new Uint8Array(createHash("md5").update(last).update(password).update(salt).digest());
    key = new Uint8Array([...key, ...last]);
  }
  return key.subarray(0, keyBytes);
}

/** A wrong password shows in the padding, or else in plain data that is not a key structure. */
function decrypt(cipher: CbcCipher, key: Uint8Array, iv: Uint8Array, data: Uint8Array): Uint8Array | undefined {
  const plain = decryptCbc(cipher, key, iv, data);
  return plain !== undefined && isOneSequence(plain) ? plain : undefined;
}

function isOneSequence(bytes: Uint8Array): boolean {
  try {
    const reader = new DerReader(bytes);
    const key = new DerReader(reader.take(TAG.sequence).content);
    reader.finish("after the key");
    // PrivateKeyInfo and ECPrivateKey both begin with a version.
    return key.take(TAG.integer).content.length === 1;
  } catch {
    return false;
  }
}

/** Derives a key of `keyBytes` bytes. */
type Derive = (password: string, keyBytes: number) => Uint8Array;

interface EncryptedKey {
  readonly derive: Derive;
  readonly cipher: CbcCipher;
  readonly iv: Uint8Array;
  readonly data: Uint8Array;
}

function readEncryptedKey(der: Uint8Array): EncryptedKey {
  const [algorithm, data] = elements(der, TAG.sequence, TAG.octetString);
  const [scheme, parameters] = readAlgorithm(algorithm!);
  if (scheme !== PBES2) throw new EncryptionError(`it is encrypted with ${SCHEMES[scheme] ?? `scheme ${scheme}`}`);
  const [derivation, encryption] = elements(required(parameters).bytes, TAG.sequence, TAG.sequence);
  const [cipherId, iv] = readAlgorithm(encryption!);
  const cipher = CBC_CIPHERS.find(({ name }) => name === CIPHERS[cipherId]);
  if (cipher === undefined) throw new EncryptionError(`it is encrypted with ${CIPHERS[cipherId] ?? cipherId}`);
  if (required(iv).tag !== TAG.octetString || required(iv).content.length !== cipher.blockBytes) {
    throw malformed("its initialization vector is not valid");
  }
  return { derive: readDerivation(derivation!, cipher), cipher, iv: required(iv).content, data: data!.content };
}

function readDerivation(derivation: Element, cipher: CbcCipher): Derive {
  const [id, parameters] = readAlgorithm(derivation);
  if (id === PBKDF2) return readPbkdf2(required(parameters), cipher);
  if (id === SCRYPT) return readScrypt(required(parameters), cipher);
  throw new EncryptionError(`its encryption key is derived with ${SCHEMES[id] ?? id}`);
}

/** RFC 8018 §A.2: salt, iterationCount, keyLength OPTIONAL, prf DEFAULT hmacWithSHA1. */
function readPbkdf2(parameters: Element, cipher: CbcCipher): Derive {
  const reader = listReader(parameters);
  const salt = reader.take(TAG.octetString).content;
  const iterations = readNumber(reader.take(TAG.integer));
  checkKeyLength(reader.takeOptional(TAG.integer), cipher);
  const prf = reader.takeOptional(TAG.sequence);
  reader.finish("in its encryption parameters");
  const id = prf === undefined ? HMAC_SHA1 : readAlgorithm(prf)[0];
  const hash = PRFS[id];
  if (hash === undefined) throw new EncryptionError(`its encryption key is derived with PBKDF2 and the function ${id}`);
  if (iterations < 1) throw malformed("its number of iterations is not valid");
  if (iterations > LIMITS.iterations) {
    throw new EncryptionError(`its encryption key is derived with more than ${LIMITS.iterations} iterations`);
  }
  return (password, keyBytes) => pbkdf2Sync(password, salt, iterations, keyBytes, hash);
}

/** RFC 7914 §7.1: salt, costParameter, blockSize, parallelizationParameter, keyLength OPTIONAL. */
function readScrypt(parameters: Element, cipher: CbcCipher): Derive {
  const reader = listReader(parameters);
  const salt = reader.take(TAG.octetString).content;
  const [N, r, p] = Array.from({ length: 3 }, () => readNumber(reader.take(TAG.integer))) as [number, number, number];
  checkKeyLength(reader.takeOptional(TAG.integer), cipher);
  reader.finish("in its encryption parameters");
  if (N < 2 || !Number.isInteger(Math.log2(N)) || r < 1 || p < 1) {
    throw malformed("its scrypt parameters are not valid");
  }
  if (128 * N * r > LIMITS.scryptMemory || N * r * p > LIMITS.scryptWork) {
    throw new EncryptionError(`its scrypt parameters (N=${N}, r=${r}, p=${p}) exceed what this program allows`);
  }
  // Some implementations need slightly more than 128 · N · r.
  return (password, keyBytes) => scryptSync(password, salt, keyBytes, { N, r, p, maxmem: 2 * LIMITS.scryptMemory });
}

function checkKeyLength(length: Element | undefined, cipher: CbcCipher): void {
  if (length !== undefined && readNumber(length) !== cipher.keyBytes) {
    throw malformed(`its key length is not that of ${cipher.name}`);
  }
}

/** A non-negative integer; Infinity above the range of any parameter, -1 if negative. */
function readNumber({ content }: Element): number {
  if (content.length === 0 || content[0]! >= 0x80) return -1;
  return content.length > 6 ? Infinity : content.reduce((sum, byte) => sum * 256 + byte, 0);
}

/** AlgorithmIdentifier: the identifier and the optional parameters. */
function readAlgorithm(algorithm: Element): [id: string, parameters: Element | undefined] {
  const reader = listReader(algorithm);
  const id = formatOid(reader.take(TAG.objectIdentifier).content);
  const parameters = reader.isEmpty ? undefined : reader.next();
  reader.finish("in an algorithm");
  return [id, parameters];
}

function listReader(list: Element): DerReader {
  if (list.tag !== TAG.sequence) throw malformed("its encryption parameters are not valid");
  return new DerReader(list.content);
}

/** The elements of a sequence, which must have exactly these types. */
function elements(der: Uint8Array, ...tags: readonly number[]): Element[] {
  const outer = new DerReader(der);
  const reader = new DerReader(outer.take(TAG.sequence).content);
  outer.finish("after the key");
  const found = tags.map((tag) => reader.take(tag));
  reader.finish("in the key");
  return found;
}

function required(element: Element | undefined): Element {
  if (element === undefined) throw malformed("its encryption has no parameters");
  return element;
}

function malformed(reason: string): EncryptionError {
  return new EncryptionError(reason, false);
}

function reading<T>(action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof FormatError) throw malformed("it is not an encrypted private key in DER form");
    throw error;
  }
}

const PBES2 = "1.2.840.113549.1.5.13";
const PBKDF2 = "1.2.840.113549.1.5.12";
const SCRYPT = "1.3.6.1.4.1.11591.4.11";
const HMAC_SHA1 = "1.2.840.113549.2.7";

/** Ciphers by OID, including unsupported ones, whose names are for messages. */
const CIPHERS: Readonly<Record<string, string>> = {
  "2.16.840.1.101.3.4.1.2": "AES-128-CBC",
  "2.16.840.1.101.3.4.1.22": "AES-192-CBC",
  "2.16.840.1.101.3.4.1.42": "AES-256-CBC",
  "1.2.840.113549.3.7": "DES-EDE3-CBC",
  "1.3.14.3.2.7": "DES-CBC",
  "1.2.840.113549.3.2": "RC2-CBC",
  "1.2.840.113549.3.9": "RC5-CBC",
  "2.16.840.1.101.3.4.1.6": "AES-128-GCM",
  "2.16.840.1.101.3.4.1.26": "AES-192-GCM",
  "2.16.840.1.101.3.4.1.46": "AES-256-GCM",
  "1.2.392.200011.61.1.1.1.2": "CAMELLIA-128-CBC",
  "1.2.392.200011.61.1.1.1.3": "CAMELLIA-192-CBC",
  "1.2.392.200011.61.1.1.1.4": "CAMELLIA-256-CBC",
  "1.2.410.200046.1.1.2": "ARIA-128-CBC",
  "1.2.410.200046.1.1.7": "ARIA-192-CBC",
  "1.2.410.200046.1.1.12": "ARIA-256-CBC",
  "1.2.156.10197.1.104.2": "SM4-CBC",
};

const SCHEMES: Readonly<Record<string, string>> = {
  "1.2.840.113549.1.5.1": "PBES1 (pbeWithMD2AndDES-CBC)",
  "1.2.840.113549.1.5.3": "PBES1 (pbeWithMD5AndDES-CBC)",
  "1.2.840.113549.1.5.4": "PBES1 (pbeWithMD2AndRC2-CBC)",
  "1.2.840.113549.1.5.6": "PBES1 (pbeWithMD5AndRC2-CBC)",
  "1.2.840.113549.1.5.10": "PBES1 (pbeWithSHA1AndDES-CBC)",
  "1.2.840.113549.1.5.11": "PBES1 (pbeWithSHA1AndRC2-CBC)",
  "1.2.840.113549.1.5.14": "PBMAC1",
  "1.2.840.113549.1.12.1.1": "PBE-SHA1-RC4-128 (PKCS #12)",
  "1.2.840.113549.1.12.1.2": "PBE-SHA1-RC4-40 (PKCS #12)",
  "1.2.840.113549.1.12.1.3": "PBE-SHA1-3DES (PKCS #12)",
  "1.2.840.113549.1.12.1.4": "PBE-SHA1-2DES (PKCS #12)",
  "1.2.840.113549.1.12.1.5": "PBE-SHA1-RC2-128 (PKCS #12)",
  "1.2.840.113549.1.12.1.6": "PBE-SHA1-RC2-40 (PKCS #12)",
};

/** The pseudorandom functions of PBKDF2: the `node:crypto` name of each HMAC's hash, by OID. */
const PRFS: Readonly<Record<string, string>> = {
  [HMAC_SHA1]: "sha1",
  "1.2.840.113549.2.6": "md5",
  "1.2.840.113549.2.8": "sha224",
  "1.2.840.113549.2.9": "sha256",
  "1.2.840.113549.2.10": "sha384",
  "1.2.840.113549.2.11": "sha512",
  "1.2.840.113549.2.12": "sha512-224",
  "1.2.840.113549.2.13": "sha512-256",
  "2.16.840.1.101.3.4.2.13": "sha3-224",
  "2.16.840.1.101.3.4.2.14": "sha3-256",
  "2.16.840.1.101.3.4.2.15": "sha3-384",
  "2.16.840.1.101.3.4.2.16": "sha3-512",
};
