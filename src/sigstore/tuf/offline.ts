/** What is kept of a TUF repository, for who must not use the network. */
import { VerificationError } from "../../errors.ts";
import { option } from "../../text/option.ts";
import { quote } from "../../text/quote.ts";
import { keptFile, readKept, repositoryDirectory } from "./cache.ts";
import { asTufTrust, startRootError, type TufRepository, type TufTrust } from "./targets.ts";

/**
 * The cached state of a repository, verified again as of the time it was fetched. The caller decides whether it has
 * expired since.
 *
 * TUF requires clients to reject expired metadata, because an attacker may withhold newer metadata (freeze attack).
 * With --offline the user asked for no newer metadata, and the timestamp, which expires weekly, would otherwise make a
 * machine without network unusable.
 *
 * @param repository The repository.
 * @returns What it told, or `undefined` if it was never asked.
 * @throws {VerificationError} If what is kept is damaged (`CACHE_INVALID`).
 * @throws {UnavailableError} If what is kept cannot be read.
 */
export async function readCachedTrust(repository: TufRepository): Promise<TufTrust | undefined> {
  const { mirror, root, cacheDirectory } = repository;
  if (cacheDirectory === undefined) return undefined;
  const file = keptFile(repositoryDirectory(cacheDirectory, mirror));
  const kept = readKept(file);
  if (kept === "damaged") throw damaged(file, "it cannot be read");
  if (kept?.complete === undefined) return undefined;
  // Loaded only where there is something to verify.
  const { StartRootError, TufError, verifyState } = await import("./verify_state.ts");
  const { complete, roots } = kept;
  try {
    return asTufTrust(verifyState(root, roots, complete, complete.fetchedAt), complete.fetchedAt);
  } catch (error) {
    if (error instanceof StartRootError) throw startRootError(repository, error);
    if (error instanceof TufError) throw damaged(file, error.message, error);
    throw error;
  }
}

function damaged(file: string, reason: string, cause?: unknown): VerificationError {
  return new VerificationError(
    "CACHE_INVALID",
    `Cannot trust what was fetched before, ${quote(file)}: ${reason}; ` +
      `fetch it again without ${option("offline")}, or remove the file to use what ships with the program`,
    { cause },
  );
}
