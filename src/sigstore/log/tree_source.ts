/** What the server of a log gives, of either version of Rekor: the one shape behind which they differ. */
import type { RequestPolicy } from "../../io/http.ts";
import type { Checkpoint } from "./checkpoint.ts";
import type { SignedEntryTimestamp } from "./signed_entry_timestamp.ts";

/** How requests to a log are made. */
export interface AskOptions {
  /** Stops them. */
  readonly signal?: AbortSignal | undefined;
  /** Other values than the usual, for tests. */
  readonly retryPolicy?: RequestPolicy | undefined;
}

/** An entry as the server gave it. */
export interface RawEntry {
  /** The bytes of the entry, as they stand in the tree. */
  readonly body: Uint8Array;
  /** When the log says that it took the entry, with Rekor v1. */
  readonly time?: SignedEntryTimestamp | undefined;
}

/** An entry with the way from it to a signed checkpoint. The checkpoint is verified, the way is not. */
export interface RawInclusion {
  readonly entry: RawEntry;
  readonly proof: readonly Uint8Array[];
  readonly checkpoint: Checkpoint;
}

/** One tree on a server. Nothing that it gives is verified, but for the signatures of checkpoints. */
export interface TreeSource {
  /** The checkpoint that was current when the log was asked for its trees. */
  readonly checkpoint: Checkpoint;
  /** Entries in trees before this one: with Rekor v1 a log may go on in another tree, and counts on. */
  readonly offset: number;
  /** How many entries one request gives. */
  readonly chunk: number;
  /** How many requests to have under way at once. */
  readonly parallel: number;
  /** How many entries to prove together: each such batch costs a consistency proof. */
  readonly batch: number;
  /** The hashes that lead from one size of the tree to another. */
  consistencyProof(from: number, to: number, options: AskOptions): Promise<Uint8Array[]>;
  /** All entries from one place to another, at most `chunk` of them. */
  entries(start: number, end: number, options: AskOptions): Promise<RawEntry[]>;
  /** One entry, as it stands in the tree now. */
  inclusion(index: number, options: AskOptions): Promise<RawInclusion>;
}
