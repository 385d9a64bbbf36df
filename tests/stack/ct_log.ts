/**
 * The certificate transparency log, which gives Fulcio's certificates their SCTs: the CT front end on Trillian, as the
 * public instance has run it for years. The newer TesseraCT cannot be built from where this is checked: Go's module
 * proxy refuses the module (403), and what it knows of v0.1.1 the checksum database does not (404).
 */

import type { Programs } from "./build.ts";
import { newKey, publicDer } from "./keys.ts";
import type { Processes } from "./processes.ts";
import type { Trillian } from "./trillian.ts";

/** Name of the log, as in its address. */
const PREFIX = "ctlog";

/** The CT log, running. */
export interface CtLog {
  readonly url: string;
  /** In DER. */
  readonly publicKey: Uint8Array<ArrayBuffer>;
}

/** Where a CT log on this port will be. */
export function ctLogUrl(port: number): string {
  return `http://127.0.0.1:${port}/${PREFIX}`;
}

/**
 * Starts it.
 *
 * @param roots Whose certificates it takes, in DER.
 */
export async function startCtLog(
  processes: Processes,
  programs: Programs,
  directory: string,
  trillian: Trillian,
  port: number,
  roots: readonly Uint8Array<ArrayBuffer>[],
): Promise<CtLog> {
  const key = newKey("P-256");
  const pem = roots.map((der) => `-----BEGIN CERTIFICATE-----\n${der.toBase64()}\n-----END CERTIFICATE-----\n`);
  await Deno.writeTextFile(`${directory}/ct-roots.pem`, pem.join(""));
  const der = new Uint8Array(key.export({ type: "pkcs8", format: "der" }));
  await Deno.writeTextFile(
    `${directory}/ct.textproto`,
    `config {
  log_id: ${await trillian.newTree()}
  prefix: "${PREFIX}"
  roots_pem_file: "${directory}/ct-roots.pem"
  private_key: { [type.googleapis.com/keyspb.PrivateKey] { der: "${octal(der)}" } }
  max_merge_delay_sec: 86400
  expected_merge_delay_sec: 120
  ext_key_usages: "CodeSigning"
}
`,
  );
  processes.start("ct-log", programs.ctLog, [
    `--log_rpc_server=127.0.0.1:${trillian.port}`,
    `--log_config=${directory}/ct.textproto`,
    `--http_endpoint=127.0.0.1:${port}`,
    "--quota_remote=false",
    "--quota_intermediate=false",
    "--logtostderr",
  ]);
  await processes.answers("ct-log", `${ctLogUrl(port)}/ct/v1/get-sth`);
  return { url: ctLogUrl(port), publicKey: publicDer(key) };
}

/** Bytes as the text form of protocol buffers writes them. */
function octal(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("");
}
