/** Checks a transparency log before it is written to, as nothing that is written can be taken back. */
import type { TrustedRoot } from "@sigstore/protobuf-specs";
import { VerificationError } from "../../errors.ts";
import { directory } from "../../io/http.ts";
import type { AskOptions } from "../log/tree_source.ts";
import { notTrusted } from "../trust/check_services.ts";
import type { LogService } from "../trust/select_services.ts";
import type { Checkpoint } from "../log/checkpoint.ts";
import { logKeys } from "../log/log_key.ts";
import { readActiveCheckpointV1 } from "../log/rekor_v1_reader.ts";
import { isRekorV2, readCheckpointV2 } from "../log/rekor_v2_reader.ts";
import type { LogEndpoint } from "../log/reply.ts";

/**
 * Makes sure that a log signs with a key which the trusted root has, and which is valid now: asks it for its checkpoint.
 *
 * @param log The log.
 * @param root The trusted root.
 * @param now The present time.
 * @param options How to ask.
 * @throws {RefusedError} If it does not (`SERVICES_NOT_TRUSTED`).
 * @throws {UnavailableError} If it does not answer.
 */
export async function checkSigningLog(
  log: LogService,
  root: TrustedRoot,
  now: Date,
  options: AskOptions,
): Promise<void> {
  const endpoint: LogEndpoint = { base: directory(log.url), keys: logKeys(root) };
  try {
    const checkpoint = await readCheckpoint(log, endpoint, options);
    if (checkpoint === undefined) return;
    const { key } = checkpoint;
    if (key.start <= now && (key.end === undefined || now <= key.end)) return;
    throw notTrusted(`the key with which the transparency log at ${log.url.host} signs is not valid now`);
  } catch (cause) {
    if (!(cause instanceof VerificationError)) throw cause;
    const reason = `the transparency log at ${log.url.host} does not sign with a key of the trusted root`;
    throw notTrusted(`${reason} (${cause.message})`, cause);
  }
}

/** A Rekor v2 may be read at another address than it is written to; then its checkpoint comes with the entry only. */
async function readCheckpoint(
  { majorApiVersion }: LogService,
  endpoint: LogEndpoint,
  options: AskOptions,
): Promise<Checkpoint | undefined> {
  if (majorApiVersion === 1) return await readActiveCheckpointV1(endpoint, options);
  return await isRekorV2(endpoint, options) ? await readCheckpointV2(endpoint, options) : undefined;
}
