/**
 * RSA signature verification (RFC 8017) where Deno's `node:crypto` lacks it: keys of more than 4,096 bits, and RSA-PSS
 * with different hashes for message and mask. All values are public, so timing does not matter.
 */
import { createHash } from "node:crypto";

/** An RSA public key. */
export interface RsaKey {
  readonly modulus: bigint;
  readonly exponent: bigint;
}

/** RSASSA-PSS: the hashes, under their `node:crypto` names, and the length of the salt in bytes. */
export interface PssParameters {
  readonly hash: string;
  readonly maskHash: string;
  readonly saltLength: number;
}

/** Limits the time of a verification. Common exponents are 3 and 65,537. */
const MAX_EXPONENT = 1n << 33n;

/** DigestInfo up to the digest (RFC 8017 §9.2, note 1). */
const DIGEST_INFO: Readonly<Record<string, string>> = {
  sha224: "302d300d06096086480165030402040500041c",
  sha256: "3031300d060960864801650304020105000420",
  sha384: "3041300d060960864801650304020205000430",
  sha512: "3051300d060960864801650304020305000440",
};

/**
 * Verifies RSASSA-PKCS1-v1_5 (RFC 8017 §8.2.2) by encoding the message and comparing the whole encoding.
 *
 * @param key The public key.
 * @param hash The hash, under its `node:crypto` name.
 * @param data What was signed.
 * @param signature The signature.
 * @returns Whether the signature verifies.
 */
export function verifyPkcs1(key: RsaKey, hash: string, data: Uint8Array, signature: Uint8Array): boolean {
  const size = byteLength(key.modulus);
  const encoded = recover(key, signature, size);
  const prefix = DIGEST_INFO[hash];
  if (encoded === undefined || prefix === undefined) return false;
  const info = prefix + createHash(hash).update(data).digest("hex");
  const padding = size - 3 - info.length / 2;
  return padding >= 8 && toHex(encoded, size) === `0001${"ff".repeat(padding)}00${info}`;
}

/**
 * Verifies RSASSA-PSS (RFC 8017 §8.1.2).
 *
 * @param key The public key.
 * @param parameters Hashes and salt.
 * @param data What was signed.
 * @param signature The signature.
 * @returns Whether the signature verifies.
 */
export function verifyPss(key: RsaKey, parameters: PssParameters, data: Uint8Array, signature: Uint8Array): boolean {
  const recovered = recover(key, signature, byteLength(key.modulus));
  const bits = key.modulus.toString(2).length - 1;
  const size = Math.ceil(bits / 8);
  if (recovered === undefined || recovered >> BigInt(size * 8) !== 0n) return false;
  return isPssEncoding(Uint8Array.fromHex(toHex(recovered, size)), bits, parameters, data);
}

/** EMSA-PSS-VERIFY (RFC 8017 §9.1.2); comments give the numbers of its steps. */
function isPssEncoding(
  encoded: Uint8Array,
  bits: number,
  { hash, maskHash, saltLength }: PssParameters,
  data: Uint8Array,
): boolean {
  const digest = createHash(hash).update(data).digest();
  const dataLength = encoded.length - digest.length - 1;
  const zeros = dataLength - saltLength - 1;
  if (zeros < 0 || encoded.at(-1) !== 0xbc) return false; // 3, 4
  const masked = encoded.subarray(0, dataLength);
  const expected = encoded.subarray(dataLength, -1);
  const unused = encoded.length * 8 - bits;
  if (unused > 0 && masked[0]! >> (8 - unused) !== 0) return false; // 6
  const mask = generateMask(maskHash, expected, dataLength); // 7
  const block = masked.map((byte, i) => byte ^ mask[i]!); // 8
  block[0]! &= 0xff >> unused; // 9
  if (block.subarray(0, zeros).some((byte) => byte !== 0) || block[zeros] !== 1) return false; // 10
  const salt = block.subarray(zeros + 1);
  const actual = createHash(hash).update(new Uint8Array(8)).update(digest).update(salt).digest();
  return actual.equals(expected); // 14
}

/** MGF1 (RFC 8017 §B.2.1). */
function generateMask(hash: string, seed: Uint8Array, length: number): Uint8Array {
  const mask: number[] = [];
  for (let counter = 0; mask.length < length; counter++) {
    const number = Uint8Array.of(counter >>> 24, counter >>> 16, counter >>> 8, counter);
    mask.push(...createHash(hash).update(seed).update(number).digest());
  }
  return Uint8Array.from(mask.slice(0, length));
}

/** RSAVP1 (RFC 8017 §5.2.2). */
function recover({ modulus, exponent }: RsaKey, signature: Uint8Array, size: number): bigint | undefined {
  const isKey = exponent > 2n && exponent < MAX_EXPONENT && exponent % 2n === 1n && modulus % 2n === 1n;
  if (!isKey || signature.length !== size) return undefined;
  const value = BigInt(`0x${signature.toHex()}`);
  return value < modulus ? power(value, exponent, modulus) : undefined;
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  for (const bit of exponent.toString(2)) {
    result = result * result % modulus;
    if (bit === "1") result = result * base % modulus;
  }
  return result;
}

function byteLength(number: bigint): number {
  return Math.ceil(number.toString(2).length / 8);
}

function toHex(number: bigint, size: number): string {
  return number.toString(16).padStart(size * 2, "0");
}
