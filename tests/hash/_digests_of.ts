/** Hashes tasks and keeps their digests. */
import { DIGEST_BYTES, type HashAlgorithm } from "../../src/hash/engines/engine.ts";
import { hashAll, type HashResult } from "../../src/hash/hash_all.ts";
import type { TunedHashOptions } from "../../src/hash/hash_options.ts";
import type { HashTask } from "../../src/hash/tasks/hash_task.ts";
import { Digests } from "../../src/lists/digests.ts";
import type { IndexedList } from "../../src/lists/indexed_list.ts";

/** Calls {@linkcode hashAll} with a list of digests. */
export async function digestsOf(
  tasks: IndexedList<HashTask>,
  { algorithm = "sha256", ...options }: TunedHashOptions & { algorithm?: HashAlgorithm } = {},
): Promise<HashResult & { digests: Digests }> {
  const digests = new Digests(DIGEST_BYTES[algorithm], tasks.length);
  return { digests, ...await hashAll(tasks, algorithm, digests, options) };
}
