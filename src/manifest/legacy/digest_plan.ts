/** What the serializations `h1` and `h2` share. */
import { createHash } from "node:crypto";
import type { IndexedList } from "../../lists/indexed_list.ts";
import type { Pieces } from "../digests.ts";

/** What to hash for the digest of a model, and how to combine it. */
export interface DigestPlan {
  readonly pieces: Pieces;
  /** Combines the digests of the pieces into the model's digest, 32 bytes. */
  readonly finish: (digests: IndexedList<Uint8Array>) => Uint8Array;
}

/** SHA-256 over some parts; text counts as its UTF-8 bytes. */
export function sha256(parts: Iterable<string | Uint8Array>): Uint8Array {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
}

/** Standard base64, padded, of a text's UTF-8 bytes. */
export function base64Text(text: string): string {
  return new TextEncoder().encode(text).toBase64();
}
