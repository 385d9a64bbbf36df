/** Rekor v1: the log on Trillian, with its search index in MariaDB. */

import type { Programs } from "./build.ts";
import { publicDer } from "./keys.ts";
import type { MariaDb } from "./mariadb.ts";
import { freePort } from "./ports.ts";
import { get, type Processes } from "./processes.ts";
import type { Trillian } from "./trillian.ts";

/** A log of signatures, running. */
export interface RekorV1 {
  readonly url: string;
  /** In DER. */
  readonly publicKey: Uint8Array<ArrayBuffer>;
}

/** Starts it, with a key that lives in its memory alone. */
export async function startRekorV1(
  processes: Processes,
  programs: Programs,
  database: MariaDb,
  trillian: Trillian,
): Promise<RekorV1> {
  const port = freePort();
  processes.start("rekor-v1", programs.rekorV1, [
    "serve",
    "--rekor_server.address=127.0.0.1",
    `--port=${port}`,
    // The checkpoint's origin: clients look for it in the log's address.
    `--rekor_server.hostname=127.0.0.1:${port}`,
    "--rekor_server.signer=memory",
    "--trillian_log_server.address=127.0.0.1",
    `--trillian_log_server.port=${trillian.port}`,
    `--trillian_log_server.tlog_id=${await trillian.newTree()}`,
    "--search_index.storage_provider=mysql",
    `--search_index.mysql.dsn=${await database.create("rekor")}`,
  ]);
  const url = `http://127.0.0.1:${port}`;
  await processes.answers("rekor-v1", `${url}/api/v1/log`);
  return { url, publicKey: publicDer(await get(`${url}/api/v1/log/publicKey`)) };
}
