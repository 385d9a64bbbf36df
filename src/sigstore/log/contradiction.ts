/**
 * What counts as evidence that a transparency log misbehaves, for all code that reads one.
 *
 * 1. The log signed two checkpoints that cannot both be true: two roots for one size, or a tree that is not the beginning of
 *    a larger one (`LOG_CONTRADICTION`, reported by the caller that remembers the older checkpoint).
 * 2. What the log serves, although well-formed, does not lead to the checkpoint it signed (`LOG_CONSISTENCY`,
 *    `LOG_INCLUSION`), each time it is asked.
 *
 * Nothing else is. A checkpoint that is malformed, or not signed with a key of the log (`LOG_REPLY`, `LOG_CHECKPOINT`), was
 * perhaps never the log's; an entry or a tile that is not delivered (`LOG_ENTRY_MISSING`) may be withheld by anyone on the
 * way; neither proves anything to a third party.
 */
import { VerificationError } from "../../errors.ts";
import { retry } from "../../io/retry.ts";
import { REQUEST_POLICY } from "../../io/http.ts";
import type { AskOptions } from "./tree_source.ts";

/** A mismatch between what a log serves and what it signed: evidence once it persists. */
const MISMATCHES = ["LOG_CONSISTENCY", "LOG_INCLUSION"];

/**
 * Whether an error is evidence against a log, given that it persists.
 *
 * @param error The error.
 * @returns Whether it is.
 */
export function isEvidence(error: unknown): boolean {
  return error instanceof VerificationError && (error.code === "LOG_CONTRADICTION" || isMismatch(error));
}

function isMismatch(error: VerificationError): boolean {
  return MISMATCHES.includes(error.code);
}

/** Three answers within a few seconds: a damaged reply in a cache or a server that is being replaced is seldom the same. */
const MAX_TRIES = 3;

/**
 * Reads from a log, again after a pause if what it serves does not match what it signed.
 *
 * @param options How to ask.
 * @param read Reads from the log, from the start: nothing of an earlier answer may be reused.
 * @returns What it returns.
 * @throws {VerificationError} The mismatch, if it persists.
 */
export async function untilConfirmed<T>(
  { retryPolicy = REQUEST_POLICY, signal }: AskOptions,
  read: () => Promise<T>,
): Promise<T> {
  const tries = Math.min(retryPolicy.tries, MAX_TRIES);
  return await retry({ ...retryPolicy, tries }, async () => {
    try {
      return { done: await read() };
    } catch (error) {
      if (!(error instanceof VerificationError && isMismatch(error))) throw error;
      return {
        otherwise: () => {
          throw error;
        },
      };
    }
  }, signal);
}
