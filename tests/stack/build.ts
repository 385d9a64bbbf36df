/** Builds the programs of Sigstore with Go, once for each set of versions. */

import { cacheDirectory, complaint, exists, install, run } from "../interop/peer.ts";

/** Where go.mod and go.sum pin each program, and everything that it is built from. */
const MODULE = new URL("go/", import.meta.url).pathname;

/**
 * One storage and one way of electing is all that Trillian needs here: the others would bring the libraries of every
 * cloud. Stripped, since nobody debugs them. Without C, since no compiler for it need be there.
 */
const BUILD = ["build", "-mod=readonly", "-trimpath", "-tags", "mysql,etcd", "-ldflags", "-s -w"];

/** From nothing, with one compiler at a time, it takes some four minutes on two slow cores, and the downloads. */
const BUILD_SECONDS = 3600;

/** The programs, as paths. */
export interface Programs {
  readonly fulcio: string;
  readonly ctLog: string;
  readonly trillianServer: string;
  readonly trillianSigner: string;
  readonly createTree: string;
  readonly rekorV1: string;
  readonly rekorV2: string;
  readonly timestampAuthority: string;
  /** The statements that make the tables of Trillian's storage. */
  readonly trillianTables: string;
}

/**
 * Builds the programs outside the repository, or finds them there.
 *
 * @returns Where they are.
 * @throws {Error} If Go is missing or cannot build them: what it said.
 */
export async function build(): Promise<Programs> {
  const finished = await cacheDirectory(`stack-${await versions()}`);
  if (!await exists(finished)) {
    await install(finished, async (unfinished) => {
      // The trailing slash makes it a directory, where each program gets the name of its package.
      await go([...BUILD, "-o", `${unfinished}/`, "tool"]);
      const source = (await go(["list", "-m", "-f", "{{.Dir}}", "github.com/google/trillian"])).trim();
      const tables = await Deno.readFile(`${source}/storage/mysql/schema/storage.sql`);
      await Deno.writeFile(`${unfinished}/trillian.sql`, tables); // not copied, since it may not be written to there
    });
  }
  return {
    fulcio: `${finished}/fulcio`,
    ctLog: `${finished}/ct_server`,
    trillianServer: `${finished}/trillian_log_server`,
    trillianSigner: `${finished}/trillian_log_signer`,
    createTree: `${finished}/createtree`,
    rekorV1: `${finished}/rekor-server`,
    rekorV2: `${finished}/posix`,
    timestampAuthority: `${finished}/timestamp-server`,
    trillianTables: `${finished}/trillian.sql`,
  };
}

/** A name for this set of versions and this way to build. */
async function versions(): Promise<string> {
  const parts = [await Deno.readTextFile(`${MODULE}go.sum`), await Deno.readTextFile(`${MODULE}go.mod`), ...BUILD];
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(parts.join("\n")));
  return new Uint8Array(digest).toHex().slice(0, 16);
}

async function go(args: string[]): Promise<string> {
  // Half the processors at most, lest the machine does nothing else, and the Go that is there, lest it fetches another.
  const flags = `-p=${Math.max(1, Math.floor(navigator.hardwareConcurrency / 2))}`;
  const env = { CGO_ENABLED: "0", GOTOOLCHAIN: "local", GOFLAGS: flags };
  const ran = await run("go", args, { cwd: MODULE, env, seconds: BUILD_SECONDS });
  if (ran.code !== 0) throw new Error(`go ${args.join(" ")}: ${complaint(ran)}`);
  return ran.stdout;
}
