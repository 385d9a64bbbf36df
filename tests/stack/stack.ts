/** All services of a Sigstore, started in the order in which they need each other. */

import { build } from "./build.ts";
import { ctLogUrl, startCtLog } from "./ct_log.ts";
import { startFulcio } from "./fulcio.ts";
import { startTokenIssuer, type TokenIssuer } from "./issuer.ts";
import { startLoginIssuer } from "./login_issuer.ts";
import { MariaDb } from "./mariadb.ts";
import { freePort } from "./ports.ts";
import type { Processes } from "./processes.ts";
import { startRekorV1 } from "./rekor_v1.ts";
import { startRekorV2 } from "./rekor_v2.ts";
import { startTimestampAuthority } from "./timestamp_authority.ts";
import { Trillian } from "./trillian.ts";
import { type Services, type TrustFiles, writeTrustFiles } from "./trust_config.ts";

/** A whole Sigstore, running. */
export interface Stack {
  readonly services: Services;
  readonly trust: TrustFiles;
  /** Gives tokens that say an e-mail address, and lets people log in. */
  readonly people: TokenIssuer;
  /** Gives tokens as GitHub Actions does. */
  readonly workflows: TokenIssuer;
}

/**
 * Starts everything.
 *
 * @param resources Gets all that must be stopped, also when a later service does not start.
 * @param directory An empty directory that only this user can enter.
 * @param say Is told of each step.
 */
export async function startStack(
  resources: AsyncDisposableStack,
  processes: Processes,
  directory: string,
  say: (step: string) => void,
): Promise<Stack> {
  say("building (a first time takes minutes)");
  const programs = await build();
  say("issuers and database");
  const people = await startLoginIssuer(processes, directory);
  const workflows = resources.use(await startTokenIssuer());
  const database = await MariaDb.start(processes, await newDirectory(directory, "mariadb"));
  say("timestamp authority");
  const timestampAuthority = await startTimestampAuthority(processes, programs, directory);
  say("Rekor v2");
  const rekorV2 = resources.use(await startRekorV2(processes, programs, directory));
  say("Trillian");
  const trillian = await Trillian.start(processes, programs, database);
  say("Rekor v1");
  const rekorV1 = await startRekorV1(processes, programs, database, trillian);
  say("Fulcio and its CT log");
  const port = freePort();
  const issuers = { people: people.url, workflows: workflows.url };
  const fulcio = await startFulcio(processes, programs, directory, issuers, ctLogUrl(port));
  const ctLog = await startCtLog(processes, programs, directory, trillian, port, fulcio.chain.slice(-1));
  const services = { issuer: people.url, fulcio, ctLog, rekorV1, rekorV2, timestampAuthority };
  return { services, people, workflows, trust: await writeTrustFiles(services, directory) };
}

async function newDirectory(parent: string, name: string): Promise<string> {
  await Deno.mkdir(`${parent}/${name}`);
  return `${parent}/${name}`;
}
