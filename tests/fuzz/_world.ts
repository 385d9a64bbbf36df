/** The corpus: one small model with its signatures, and all that is trusted, asked and kept for them. */
import { fileURLToPath } from "node:url";
import type { Reply } from "./_replies.ts";

/** The directory of the corpus. */
export const CORPUS = fileURLToPath(new URL("corpus", import.meta.url));

/** What does not fit into files of its own. */
export interface World {
  /** Who signed. */
  readonly identity: string;
  readonly identityProvider: string;
  /** An identity token. */
  readonly token: string;
  /** Addresses of the logs. */
  readonly logs: Readonly<Record<string, string>>;
  /** What the logs and the TUF repository answered. */
  readonly replies: Readonly<Record<string, readonly Reply[]>>;
  /** Where the cache keeps what was fetched, below the cache directory of the program. */
  readonly cacheFile: string;
}
