/** Our own program, run as its users run it: a process of its own, judged by exit status and JSON (cli.md). */

import { complaint, exists, run } from "./peer.ts";
import type { Implementation, Job, Outcome, Ran, SignJob, VerifyJob } from "./peer.ts";

const CLI = new URL("../../cli.ts", import.meta.url).pathname;

/** Ours, from this checkout or, with `program`, another build of it such as the compiled binary. */
export class Ours implements Implementation {
  readonly name = "ours";
  readonly title = "this program";
  readonly #command: string[];

  constructor(program?: string) {
    this.#command = program === undefined ? [Deno.execPath(), "run", "-A", CLI] : [program];
  }

  cannotSign(): undefined {}

  async sign(job: SignJob): Promise<Outcome> {
    const { keys } = job;
    const args = ["sign", keys.method, job.model, "--private-key", keys.privateKey];
    if (keys.password !== undefined) args.push("--password", keys.password);
    if (keys.certificate !== undefined) args.push("--signing-certificate", keys.certificate);
    for (const path of keys.intermediates ?? []) args.push("--certificate-chain", path);
    const ran = await this.#run([...args, ...hashingFlags(job), ...modelFlags(job)]);
    if (ran.code === 0) {
      return await exists(job.signature) ? done(ran) : broken({ ...ran, stderr: "said done, wrote no signature" });
    }
    return ran.code === 1 && !crashed(ran) ? refused(complaint(ran)) : broken(ran);
  }

  async verify(job: VerifyJob): Promise<Outcome> {
    const trust = job.trust.method === "key" ? "--public-key" : "--certificate-chain";
    const args = ["verify", job.trust.method, job.model, trust, job.trust.path, "--json", ...modelFlags(job)];
    if (job.ignoreUnsignedFiles) args.push("--ignore-unsigned-files");
    const ran = await this.#run(args);
    const said = parse(ran.stdout);
    if (ran.code === 0 && said?.verified === true) return done(ran);
    if (ran.code === 1 && said?.verified === false && typeof said.error === "string") {
      return refused(`${said.error} ${JSON.stringify(said.differences ?? {})}`);
    }
    return broken(ran);
  }

  /** The root digest that `digest` prints for what `sign` would sign, in hexadecimal. */
  async digest(job: Job): Promise<Outcome> {
    const ran = await this.#run(["digest", job.model, ...hashingFlags(job), ...modelFlags(job)]);
    const hex = /^sha256:([0-9a-f]{64})\n$/.exec(ran.stdout)?.[1];
    return ran.code === 0 && hex !== undefined ? { status: "done", message: hex } : broken(ran);
  }

  async #run(args: string[]): Promise<Ran> {
    const [command = "", ...before] = this.#command;
    return await run(command, [...before, ...args], { env: { NO_COLOR: "1" } });
  }
}

/** Flags of sign and digest; verify goes by the signature. */
function hashingFlags({ hashing, allowSymlinks }: Job): string[] {
  const flags = ["--serialization", hashing.serialization, "--hash-algorithm", hashing.hashAlgorithm];
  if (hashing.shardSize !== undefined) flags.push("--shard-size", `${hashing.shardSize}`);
  if (allowSymlinks) flags.push("--allow-symlinks");
  return flags;
}

/** Flags that all commands share. A signature in its default place is left to the program to find. */
function modelFlags(job: Job): string[] {
  const flags = job.ignorePaths.flatMap((path) => ["--ignore-paths", `${job.model}/${path}`]);
  if (!job.ignoreGitPaths) flags.push("--no-ignore-git-paths");
  if (job.signature !== `${job.model}/model.sig`) flags.push("--signature", job.signature);
  return flags;
}

function parse(json: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

/** Deno, too, ends with 1 when an error is nobody's: that is no refusal. */
function crashed(ran: Ran): boolean {
  return /Uncaught|Module not found|^\s+at /m.test(ran.stderr);
}

function done(ran: Ran): Outcome {
  return { status: "done", message: ran.stdout.trim() };
}

function refused(message: string): Outcome {
  return { status: "refused", message };
}

function broken(ran: Ran): Outcome {
  return { status: "broken", message: complaint(ran) };
}
