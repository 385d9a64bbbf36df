/** The one digest that stands for a whole manifest. */
import { createHash } from "node:crypto";
import type { Resources } from "./manifest.ts";

/**
 * The root digest: SHA-256, whatever the algorithm of the resources, over their raw digests in the order in which they
 * stand (OMS v1.0 §6.5.1).
 *
 * @param resources The resources of a manifest.
 * @returns 32 bytes.
 */
export function rootDigest({ digests }: Resources): Uint8Array {
  return new Uint8Array(createHash("sha256").update(digests).digest());
}
