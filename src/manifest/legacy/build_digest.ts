/** Hashes a whole model into one digest: the serializations `h1` and `h2`. */
import { DIGEST_BYTES } from "../../hash/engines/engine.ts";
import { hashAll, type HashResult } from "../../hash/hash_all.ts";
import type { TunedHashOptions } from "../../hash/hash_options.ts";
import { Digests } from "../../lists/digests.ts";
import type { Listing } from "../../model/source.ts";
import { takeKnownDigests } from "../digests.ts";

/**
 * Hashes a model into its `h1` or `h2` digest.
 *
 * @param listing What the model holds.
 * @param method Which of the two.
 * @param options How to hash.
 * @returns The digest, 32 bytes.
 */
export async function buildDigest(
  listing: Listing,
  method: "h1" | "h2",
  options: TunedHashOptions,
): Promise<HashResult & { digest: Uint8Array }> {
  // Only the method that is used is loaded.
  const plan = method === "h1" ? (await import("./h1.ts")).planH1(listing) : (await import("./h2.ts")).planH2(listing);
  const digests = new Digests(DIGEST_BYTES.sha256, plan.pieces.length);
  const { tasks, sink } = takeKnownDigests(plan.pieces, "sha256", digests);
  const result = await hashAll(tasks, "sha256", sink, options);
  return { digest: plan.finish(digests), ...result };
}
