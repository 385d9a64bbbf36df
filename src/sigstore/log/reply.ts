/** Reads what a log answers, which may be anything. */
import { decodeBase64 } from "../../json/base64.ts";
import type { ServiceRequest } from "../../io/http.ts";
import type { LogKey } from "./log_key.ts";
import type { AskOptions } from "./tree_source.ts";
import { HASH_BYTES, MAX_PROOF_HASHES } from "./merkle.ts";
import { replyError } from "./tiles.ts";

/** Where a log is, and by which keys it is known. */
export interface LogEndpoint {
  /** The address, ending with a slash. */
  readonly base: URL;
  /** The trusted keys of this log alone. */
  readonly keys: readonly LogKey[];
}

/**
 * A request to a log.
 *
 * @param endpoint The log.
 * @param path The path below its address.
 * @param options How to ask.
 * @returns What `ask` takes.
 */
export function request({ base }: LogEndpoint, path: string, { signal, retryPolicy }: AskOptions): ServiceRequest {
  return { service: "the transparency log", url: new URL(path, base), signal, retryPolicy };
}

/** A JSON object in an answer, with any members. */
export type Reply = Readonly<Record<string, unknown>>;

/** The value as an object. */
export function asReply(value: unknown, where: URL): Reply {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw malformed(where);
  return value as Reply;
}

/** The value as a list of at most so many. */
export function asReplies(value: unknown, where: URL, most: number): readonly unknown[] {
  if (!Array.isArray(value) || value.length > most) throw malformed(where);
  return value;
}

/** The value as a text. */
export function asText(value: unknown, where: URL): string {
  if (typeof value !== "string") throw malformed(where);
  return value;
}

/** The value as a whole number of at least 0. */
export function asCount(value: unknown, where: URL): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0) throw malformed(where);
  return value;
}

/** The value as bytes in base64. */
export function asBytes(value: unknown, where: URL): Uint8Array {
  const text = asText(value, where);
  // Anyone may log an empty entry.
  const bytes = text === "" ? new Uint8Array() : decodeBase64(text);
  if (bytes === undefined) throw malformed(where);
  return bytes;
}

/** The value as the hashes of a proof, in hex. Go writes an empty list as `null`; without the member it is no proof. */
export function asProof(value: unknown, where: URL): Uint8Array[] {
  return asReplies(value === null ? [] : value, where, MAX_PROOF_HASHES).map((hash) => {
    const hex = asText(hash, where);
    if (!/^[0-9a-f]*$/.test(hex) || hex.length !== 2 * HASH_BYTES) throw malformed(where);
    return Uint8Array.fromHex(hex);
  });
}

function malformed(where: URL): Error {
  return replyError(where.href, "its answer does not have the form that it should have");
}
