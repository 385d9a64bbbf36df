/** Trillian: the Merkle trees of Rekor v1 and of the CT log. */

import { complaint, run } from "../interop/peer.ts";
import type { Programs } from "./build.ts";
import type { MariaDb } from "./mariadb.ts";
import { freePorts } from "./ports.ts";
import type { Processes } from "./processes.ts";

/** The log server, with its signer beside it. */
export class Trillian {
  /** Port of its gRPC service on loopback. */
  readonly port: number;
  readonly #createTree: string;

  private constructor(port: number, createTree: string) {
    this.port = port;
    this.#createTree = createTree;
  }

  /** Starts both, with tables of their own. */
  static async start(processes: Processes, programs: Programs, database: MariaDb): Promise<Trillian> {
    const uri = await database.create("trillian", await Deno.readTextFile(programs.trillianTables));
    const [server, serverHttp, signer, signerHttp] = freePorts(4);
    const shared = ["--quota_system=noop", "--storage_system=mysql", `--mysql_uri=${uri}`, "--logtostderr"];
    processes.start("trillian-server", programs.trillianServer, [
      ...shared,
      `--rpc_endpoint=127.0.0.1:${server}`,
      `--http_endpoint=127.0.0.1:${serverHttp}`,
    ]);
    processes.start("trillian-signer", programs.trillianSigner, [
      ...shared,
      "--force_master", // the only one there is
      `--rpc_endpoint=127.0.0.1:${signer}`,
      `--http_endpoint=127.0.0.1:${signerHttp}`,
    ]);
    await processes.answers("trillian-server", `http://127.0.0.1:${serverHttp}/healthz`);
    await processes.answers("trillian-signer", `http://127.0.0.1:${signerHttp}/healthz`);
    return new Trillian(server!, programs.createTree);
  }

  /** Makes an empty tree, and returns its number. */
  async newTree(): Promise<string> {
    const ran = await run(this.#createTree, [`--admin_server=127.0.0.1:${this.port}`]);
    if (ran.code !== 0) throw new Error(`createtree: ${complaint(ran)}`);
    return ran.stdout.trim();
  }
}
