/** The timestamp authority, with keys and certificates of this run's own. */

import type { Programs } from "./build.ts";
import { certificates } from "./keys.ts";
import { freePort, mustBeFree } from "./ports.ts";
import { get, type Processes } from "./processes.ts";

/** Where it counts what it does. It ends if it cannot listen there, and no option changes it. */
const METRICS_PORT = 2112;

/** The authority, running. */
export interface TimestampAuthority {
  /** Where requests go. */
  readonly url: string;
  /** From the signing certificate to the root, in DER. */
  readonly chain: Uint8Array<ArrayBuffer>[];
}

/** Starts it: before Rekor v1, which wants the same port for its metrics but does without. */
export async function startTimestampAuthority(
  processes: Processes,
  programs: Programs,
  directory: string,
): Promise<TimestampAuthority> {
  mustBeFree(METRICS_PORT, "the timestamp authority");
  const port = freePort();
  processes.start("timestamp-authority", programs.timestampAuthority, [
    "serve",
    "--host=127.0.0.1",
    `--port=${port}`,
    "--timestamp-signer=memory",
    "--disable-ntp-monitoring", // which asks servers on the internet
  ], { cwd: directory });
  const url = `http://127.0.0.1:${port}/api/v1/timestamp`;
  await processes.answers("timestamp-authority", `${url}/certchain`);
  await processes.answers("timestamp-authority", `http://127.0.0.1:${METRICS_PORT}/metrics`);
  return { url, chain: certificates(await get(`${url}/certchain`)) };
}
