/** What `h1` and `h2` have in common. */
import { createHash } from "node:crypto";
import type { HashTask } from "../../hash/tasks/hash_task.ts";
import type { IndexedList } from "../../lists/indexed_list.ts";

/** What to hash for the one digest of a model, and how to put it together. */
export interface DigestPlan {
  readonly tasks: IndexedList<HashTask>;
  /** Makes the model's digest, 32 bytes, of the tasks' digests. */
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
