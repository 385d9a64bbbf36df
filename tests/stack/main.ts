// deno-lint-ignore-file no-console -- a program of its own, whose output is the list of cells
/**
 * Signs, verifies and monitors with the real services: Fulcio, a CT log, Rekor v1 and v2, a timestamp authority and an
 * issuer, built and started on this machine, and checks with the Python reference that they agree.
 *
 *     deno task test:stack [--only PATTERN] [--keep]
 *
 * `--only` takes the cells whose name matches, and with each the cells that it builds on must match too; `--keep` runs no
 * cell but leaves the services running, until Ctrl-C, with a token and trust configs to try things out.
 */

import { installPython } from "../interop/python.ts";
import { allCells, type Bench, type Cell } from "./cells.ts";
import { Ours, Python } from "./clients.ts";
import { Processes } from "./processes.ts";
import { type Stack, startStack } from "./stack.ts";

interface Options {
  only: RegExp;
  keep: boolean;
}

/** Characters of a message that a line shows. */
const MESSAGE_LENGTH = 1500;

/** Runs everything; true if nothing failed. */
async function main(options: Options): Promise<boolean> {
  const directory = await Deno.makeTempDir({ prefix: "model-signing-stack-" });
  const processes = new Processes(await newDirectory(directory, "logs"));
  endWithSignals(processes, directory);
  let passed = 0;
  let failed = 0;
  try {
    await using resources = new AsyncDisposableStack();
    resources.use(processes);
    const bench = await prepare(resources, processes, directory);
    if (options.keep) return await keep(bench.stack);
    for (const cell of allCells(bench).filter(({ name }) => options.only.test(name))) {
      if (await passes(cell)) passed++;
      else failed++;
    }
    if (failed > 0) await processes.showLogs();
  } catch (error) {
    failed++;
    console.log(`FAILED start: ${words(error)}`);
  } finally {
    await Deno.remove(`${directory}/mariadb`, { recursive: true }).catch(() => {}); // large, and of no use afterwards
    if (failed > 0) console.log(`Signatures and logs are left in ${directory}`);
    else await Deno.remove(directory, { recursive: true });
  }
  console.log(`stack: ${passed} passed, ${failed} failed`);
  return failed === 0 && passed > 0;
}

async function prepare(resources: AsyncDisposableStack, processes: Processes, directory: string): Promise<Bench> {
  const begun = Date.now();
  const say = (step: string): void => console.log(`${seconds(begun)} ${step}`);
  say("Python reference");
  const python = new Python(await installPython());
  const stack = await startStack(resources, processes, directory, say);
  say("all services answer");
  return { stack, ours: new Ours(), python, directory: await newDirectory(directory, "models") };
}

async function passes({ name, run }: Cell): Promise<boolean> {
  const begun = Date.now();
  try {
    await run();
    console.log(`ok     ${name} (${seconds(begun)})`);
    return true;
  } catch (error) {
    console.log(`FAILED ${name} (${seconds(begun)}): ${words(error)}`);
    return false;
  }
}

/** Says what there is, and waits to be ended. */
async function keep({ trust, people }: Stack): Promise<boolean> {
  const email = "someone@example.com";
  console.log(`trust configs: ${trust.trustConfig.v1} ${trust.trustConfig.v2}`);
  console.log(`trusted root: ${trust.trustedRoot}`);
  console.log(`issuer: ${people.url}`);
  for (;;) {
    console.log(`token of ${email}: ${await people.token({ sub: email, email, email_verified: true })}`);
    await new Promise((resolve) => setTimeout(resolve, 240_000));
  }
}

/** A signal would end this process alone, and leave the services behind. */
function endWithSignals(processes: Processes, directory: string): void {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    Deno.addSignalListener(signal, () => {
      processes.kill();
      Deno.removeSync(directory, { recursive: true });
      Deno.exit(130);
    });
  }
}

async function newDirectory(parent: string, name: string): Promise<string> {
  await Deno.mkdir(`${parent}/${name}`);
  return `${parent}/${name}`;
}

function seconds(begun: number): string {
  return `${((Date.now() - begun) / 1000).toFixed(1)} s`;
}

function words(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.length > MESSAGE_LENGTH ? `${text.slice(0, MESSAGE_LENGTH)}…` : text;
}

/** Two flags do not need a parser. */
function parse(args: string[]): Options {
  const options: Options = { only: /(?:)/, keep: false };
  for (let at = 0; at < args.length; at++) {
    if (args[at] === "--keep") options.keep = true;
    else if (args[at] === "--only" && args[at + 1] !== undefined) options.only = new RegExp(args[++at]!);
    else throw new TypeError(`Cannot read ${args[at]}: usage: test:stack [--only PATTERN] [--keep]`);
  }
  return options;
}

if (import.meta.main) Deno.exit(await main(parse(Deno.args)) ? 0 : 1);
