/** Decryption with block ciphers in CBC mode, for encrypted key files. */
import { createDecipheriv } from "node:crypto";

/** A block cipher in CBC mode. */
export interface CbcCipher {
  readonly name: "AES-128-CBC" | "AES-192-CBC" | "AES-256-CBC" | "DES-EDE3-CBC";
  readonly keyBytes: number;
  readonly blockBytes: number;
}

/** The supported ciphers, under their OpenSSL names. */
export const CBC_CIPHERS: readonly CbcCipher[] = [
  { name: "AES-128-CBC", keyBytes: 16, blockBytes: 16 },
  { name: "AES-192-CBC", keyBytes: 24, blockBytes: 16 },
  { name: "AES-256-CBC", keyBytes: 32, blockBytes: 16 },
  { name: "DES-EDE3-CBC", keyBytes: 24, blockBytes: 8 },
];

/**
 * Decrypts data and removes its padding (PKCS #7).
 *
 * @param cipher The cipher.
 * @param key The key, `keyBytes` long.
 * @param iv The initialization vector, `blockBytes` long.
 * @param data The encrypted data: whole blocks, at least one.
 * @returns The plain data, or `undefined` if the padding is invalid, usually because the key is wrong.
 */
export function decryptCbc(
  cipher: CbcCipher,
  key: Uint8Array,
  iv: Uint8Array,
  data: Uint8Array,
): Uint8Array | undefined {
  const padded = cipher.name === "AES-192-CBC"
    ? chainBlocks(decryptRaw("aes-192-ecb", key, null, data), iv, data)
    : decryptRaw(cipher.name.toLowerCase(), key, iv, data);
  const count = padded.at(-1)!;
  if (count === 0 || count > cipher.blockBytes) return undefined;
  if (padded.subarray(-count).some((byte) => byte !== count)) return undefined;
  return padded.subarray(0, -count);
}

function decryptRaw(cipher: string, key: Uint8Array, iv: Uint8Array | null, data: Uint8Array): Uint8Array {
  const decipher = createDecipheriv(cipher, key, iv).setAutoPadding(false);
  const plain = new Uint8Array(decipher.update(data));
  decipher.final();
  return plain;
}

/** CBC from ECB, as `node:crypto` of Deno 2.9 has AES-192 only in ECB mode: XORs each block with the previous ciphertext. */
function chainBlocks(blocks: Uint8Array, iv: Uint8Array, data: Uint8Array): Uint8Array {
  return blocks.map((byte, i) => byte ^ (i < iv.length ? iv[i]! : data[i - iv.length]!));
}
