/** When an entry came into the log: Rekor v1 signs it apart from the tree, Rekor v2 does not say it at all. */
import type { LogKey } from "./log_key.ts";
import { bytesEqual } from "../../text/bytes_equal.ts";

/** The time of an entry with the log's signature on it, its "signed entry timestamp". */
export interface SignedEntryTimestamp {
  /** Seconds since 1970. */
  readonly integratedTime: number;
  /** The index of the entry in the log as a whole. */
  readonly logIndex: number;
  /** Id of the log, in lowercase hex. */
  readonly logId: string;
  readonly signature: Uint8Array;
}

/**
 * The time of an entry, if the log signed it. The time stands in no tree, so without the signature it means nothing.
 *
 * @param time What the log says.
 * @param body The entry.
 * @param keys The trusted keys.
 * @returns The time, or `undefined` if it is not signed with a trusted key.
 */
export function verifySet(time: SignedEntryTimestamp, body: Uint8Array, keys: readonly LogKey[]): Date | undefined {
  const { integratedTime, logIndex, logId, signature } = time;
  // In the order that RFC 8785 gives to the members.
  const signed = JSON.stringify({ body: body.toBase64(), integratedTime, logID: logId, logIndex });
  const id = Uint8Array.fromHex(logId);
  const key = keys.find((one) => bytesEqual(one.logId, id));
  const date = new Date(integratedTime * 1000);
  if (key === undefined || date < key.start || (key.end !== undefined && date > key.end)) return undefined;
  return key.isSigned(new TextEncoder().encode(signed), signature) ? date : undefined;
}
