/** The one digest that stands for a whole manifest. */
import { createHash } from "node:crypto";
import type { Resource } from "./manifest.ts";

/**
 * The root digest: SHA-256, whatever the algorithm of the resources, over their raw digests in the order in which they
 * stand (OMS v1.0 §6.5.1).
 *
 * @param resources The resources of a manifest.
 * @returns 32 bytes.
 */
export function rootDigest(resources: readonly Resource[]): Uint8Array {
  const hash = createHash("sha256");
  for (const resource of resources) hash.update(resource.digest);
  return new Uint8Array(hash.digest());
}
