/** The Go tool: fetched as a module, built in a copy, run as a command. */

import { cacheDirectory, complaint, exists, install, type Ran, run } from "./peer.ts";
import type { Hashing, Implementation, Job, Outcome, SignJob, VerifyJob } from "./peer.ts";

/**
 * The module declares itself as `github.com/sigstore/model-signing`, so `go install` refuses it under the name that it
 * is published by: it can only be downloaded, and built in a directory where it is the main module.
 */
const MODULE = "github.com/sampras343/model-transparency-go";

/** Tried in order: the commit that this was written against, else what there is; the table says which one it was. */
const VERSIONS = ["028db9d9045030949591e09cb3f9b63990053d11", "latest"];

/** A first build compiles some 200 packages. */
const BUILD_SECONDS = 900;

/** The tool as installed. */
export interface GoTool {
  program: string;
  version: string;
}

/**
 * Builds the tool outside the repository, or finds it there.
 *
 * @throws {Error} If a step fails: what the step said.
 */
export async function installGo(): Promise<GoTool> {
  const complaints: string[] = [];
  for (const version of VERSIONS) {
    const finished = await cacheDirectory(`go-${version}`);
    const program = `${finished}/model-signing`;
    if (await exists(program)) return { program, version };
    const source = await download(version);
    if ("complaint" in source) {
      complaints.push(source.complaint);
      continue;
    }
    await install(finished, async (unfinished) => {
      await copy(source.directory, unfinished);
      const build = ["build", "-trimpath", "-o", "model-signing", "./cmd/model-signing"];
      const ran = await run("go", build, { cwd: unfinished, seconds: BUILD_SECONDS });
      if (ran.code !== 0) throw new Error(`go ${build.join(" ")}: ${complaint(ran)}`);
    });
    return { program, version };
  }
  throw new Error([...new Set(complaints)].join("; "));
}

/** Where `go` has put the module's source. */
async function download(version: string): Promise<{ directory: string } | { complaint: string }> {
  // Outside this repository and every other module, whose go.mod would have a say.
  const cwd = await Deno.makeTempDir();
  const ran = await run("go", ["mod", "download", "-json", `${MODULE}@${version}`], { cwd, seconds: BUILD_SECONDS });
  await Deno.remove(cwd);
  let said: { Dir?: string; Error?: string } = {};
  try {
    said = JSON.parse(ran.stdout);
  } catch {
    // No JSON: `go` did not get as far, and has said why on standard error.
  }
  if (ran.code === 0 && said.Dir !== undefined) return { directory: said.Dir };
  return { complaint: said.Error?.replaceAll(/\s+/g, " ") ?? complaint(ran) };
}

/** Copies a directory file by file, since the module cache is read-only and a plain copy would be as well. */
async function copy(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const entry of Deno.readDir(from)) {
    const [source, target] = [`${from}/${entry.name}`, `${to}/${entry.name}`];
    if (entry.isDirectory) await copy(source, target);
    else await Deno.writeFile(target, await Deno.readFile(source));
  }
}

/** The Go tool's command line. */
export class Go implements Implementation {
  readonly name = "go";
  readonly title: string;
  readonly #program: string;

  constructor({ program, version }: GoTool) {
    this.title = `Go: ${MODULE}@${version}`;
    this.#program = program;
  }

  cannotSign({ serialization, hashAlgorithm }: Hashing): string | undefined {
    return serialization === "files" && hashAlgorithm === "sha256"
      ? undefined
      : "go: the command line signs files with sha256 alone";
  }

  sign(job: SignJob): Promise<Outcome> {
    const { keys } = job;
    const args = ["sign", keys.method, job.model, "--private-key", keys.privateKey];
    if (keys.password !== undefined) args.push("--password", keys.password);
    if (keys.certificate !== undefined) args.push("--signing-certificate", keys.certificate);
    for (const path of keys.intermediates ?? []) args.push("--certificate-chain", path);
    return this.#run(job, args);
  }

  verify(job: VerifyJob): Promise<Outcome> {
    const trust = job.trust.method === "key" ? "--public-key" : "--certificate-chain";
    const args = ["verify", job.trust.method, job.model, trust, job.trust.path];
    // Always said, for here the tool lets unsigned files by unless told otherwise (specification 8.5).
    return this.#run(job, [...args, `--ignore-unsigned-files=${job.ignoreUnsignedFiles}`]);
  }

  async #run(job: Job, args: string[]): Promise<Outcome> {
    args.push("--signature", job.signature);
    for (const path of job.ignorePaths) args.push("--ignore-paths", path);
    if (!job.ignoreGitPaths) args.push("--ignore-git-paths=false");
    if (job.allowSymlinks) args.push("--allow-symlinks");
    // It checks that ignored paths exist below the current directory, then takes them as relative to the model.
    const isDirectory = (await Deno.stat(job.model)).isDirectory;
    return outcome(await run(this.#program, args, isDirectory ? { cwd: job.model } : {}));
  }
}

/** The tool ends with 1 for whatever is wrong; only a Go panic, which ends with 2, is told from a refusal. */
function outcome(ran: Ran): Outcome {
  if (ran.code === 0) return { status: "done", message: ran.stdout.trim() };
  const usage = /unknown (command|flag|shorthand)/.test(ran.stderr);
  return { status: ran.code === 1 && !usage ? "refused" : "broken", message: complaint(ran) };
}
