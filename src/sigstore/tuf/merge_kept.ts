/** Merges what two runs of the program know of one TUF repository, so that neither forgets what the other verified. */
import { bytesEqual } from "../../text/bytes_equal.ts";
import type { Kept } from "./cache.ts";
import { type Bytes, type Metadatas, TrustedMetadata, TufError, type TufState, verifyState } from "./verify_state.ts";
import { readMetadata, type TufRole } from "./metadata.ts";

/**
 * Merges.
 *
 * @param start The root to start from.
 * @param mine What this run knows.
 * @param other What another run has kept meanwhile; all of it is verified.
 * @returns The newest of both: the longer chain of roots, the highest version of each role that these roots verify, and
 * the newer complete state.
 */
export function mergeKept(start: Bytes, mine: Kept, other: Kept): Kept {
  const mineFirst = follow(start, mine, other);
  const otherFirst = follow(start, other, mine);
  const isOtherLonger = otherFirst.newerRoots.length > mineFirst.newerRoots.length;
  const roots = (isOtherLonger ? otherFirst : mineFirst).newerRoots;
  const seen = newest(mineFirst.newest, otherFirst.newest);
  return { roots, seen, complete: newerState({ root: start, roots, seen }, mine, other) };
}

/** What is merged already. */
interface Merged {
  /** The root to start from. */
  readonly root: Bytes;
  readonly roots: readonly Bytes[];
  readonly seen: Metadatas;
}

/** What one run knows, after the roots that only the other one has: they may withdraw keys (TUF §5.3.11). */
function follow(start: Bytes, first: Kept, second: Kept): TrustedMetadata {
  const trusted = new TrustedMetadata(start, new Date());
  trusted.followRoots(first.roots);
  trusted.rememberSeen(first.seen);
  trusted.followRoots(second.roots, trusted.root.version);
  return trusted;
}

function newest(mine: Metadatas, other: Metadatas): Metadatas {
  const pick = (role: "timestamp" | "snapshot" | "targets"): Bytes | undefined =>
    versionOf(role, other[role]) > versionOf(role, mine[role]) ? other[role] : mine[role];
  return { timestamp: pick("timestamp"), snapshot: pick("snapshot"), targets: pick("targets") };
}

function versionOf(role: TufRole, bytes: Bytes | undefined): number {
  return bytes === undefined ? 0 : readMetadata(role, bytes).signed.version;
}

/**
 * The state that belongs to the newest timestamp, or else the one with the higher version. Versions alone are not
 * enough: a recovery from a fast-forward attack (TUF §5.3.11) resets them.
 */
function newerState({ root, roots, seen }: Merged, mine: Kept, other: Kept): TufState | undefined {
  const isNewest = ({ complete }: Kept): boolean =>
    complete !== undefined && seen.timestamp !== undefined && bytesEqual(complete.timestamp, seen.timestamp);
  const version = ({ complete }: Kept): number => stateVersion(root, roots, complete);
  const rank = (kept: Kept): number => isNewest(kept) && version(kept) > 0 ? Infinity : version(kept);
  return (rank(other) > rank(mine) ? other.complete : mine.complete) ?? other.complete;
}

/** Version of the timestamp, or 0 if the state does not verify. */
function stateVersion(start: Bytes, roots: readonly Bytes[], state: TufState | undefined): number {
  if (state === undefined) return 0;
  try {
    return verifyState(start, roots, state, state.fetchedAt).timestampVersion;
  } catch (error) {
    if (error instanceof TufError) return 0;
    throw error;
  }
}
