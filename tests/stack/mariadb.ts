/** A MariaDB of this run's own: in a temporary directory, reached through a socket in it and by no other way. */

import { complaint, exists, run } from "../interop/peer.ts";
import type { Processes } from "./processes.ts";

const INSTALL_SECONDS = 600;

/** The database server, running. */
export class MariaDb {
  readonly #socket: string;

  private constructor(socket: string) {
    this.#socket = socket;
  }

  /**
   * Starts it, and first installs it from Debian where it is missing.
   *
   * @param directory An empty directory that only this user can enter: any client that reaches the socket is let in.
   * @throws {Error} If it is not there and cannot be installed.
   */
  static async start(processes: Processes, directory: string): Promise<MariaDb> {
    await ensureInstalled();
    const data = `${directory}/data`;
    const user = Deno.uid() === 0 ? ["--user=root"] : []; // it does not run as root unless told so
    await step("mariadb-install-db", [
      "--no-defaults",
      `--datadir=${data}`,
      "--auth-root-authentication-method=normal",
      "--skip-test-db",
      ...user,
    ]);
    const database = new MariaDb(`${directory}/socket`);
    processes.start("mariadb", "/usr/sbin/mariadbd", [
      "--no-defaults",
      `--datadir=${data}`,
      `--socket=${directory}/socket`,
      `--pid-file=${directory}/pid`,
      "--skip-networking",
      // What is in it is gone with this run: nothing need reach the disk.
      "--innodb-flush-log-at-trx-commit=0",
      "--innodb-doublewrite=OFF",
      ...user,
    ]);
    await processes.ready("mariadb", () => database.query("SELECT 1"));
    return database;
  }

  /** Runs statements. */
  async query(statements: string, database = "mysql"): Promise<void> {
    await step("mariadb", [
      "--no-defaults",
      `--socket=${this.#socket}`,
      "--user=root",
      "--batch",
      `--execute=${statements}`,
      database,
    ]);
  }

  /** Makes a database, and returns its address for Go's driver. */
  async create(name: string, tables = ""): Promise<string> {
    await this.query(`CREATE DATABASE ${name}`);
    if (tables !== "") await this.query(tables, name);
    return `root@unix(${this.#socket})/${name}?parseTime=true&interpolateParams=true`;
  }
}

async function ensureInstalled(): Promise<void> {
  if (await exists("/usr/sbin/mariadbd")) return;
  if (Deno.uid() !== 0) {
    throw new Error(
      "Cannot run Rekor v1: MariaDB is missing, and only root can install it (apt-get install mariadb-server)",
    );
  }
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  await step("apt-get", ["update", "--quiet"], env);
  await step("apt-get", ["install", "--yes", "--quiet", "--no-install-recommends", "mariadb-server"], env);
}

async function step(command: string, args: string[], env: Record<string, string> = {}): Promise<void> {
  const ran = await run(command, args, { env, seconds: INSTALL_SECONDS });
  if (ran.code !== 0) throw new Error(`${command} ${args[0]}: ${complaint(ran).slice(0, 1000)}`);
}
