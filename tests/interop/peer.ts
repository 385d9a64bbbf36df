/** What the cross-check asks of every implementation, ours included. */

/** How a model becomes resources (OMS v1.0 §6.3). */
export interface Hashing {
  serialization: "files" | "shards";
  hashAlgorithm: "sha256" | "blake2b" | "blake3";
  /** Bytes in a shard; only with `shards`. */
  shardSize?: number;
}

/** What signs; paths to PEM files. */
export interface SigningKeys {
  method: "key" | "certificate";
  privateKey: string;
  /** Of an encrypted private key. */
  password?: string;
  /** Leaf, with method `certificate`. */
  certificate?: string;
  /** From the leaf's issuer upwards, without the root. */
  intermediates?: string[];
}

/** What a verifier trusts: a path to a public key or to a root certificate, in PEM. */
export interface Trust {
  method: "key" | "certificate";
  path: string;
}

/** What signing and verifying have in common. */
export interface Job {
  /** Absolute path of the model. */
  model: string;
  /** Absolute path of the signature. */
  signature: string;
  hashing: Hashing;
  /** Relative to the model. */
  ignorePaths: string[];
  ignoreGitPaths: boolean;
  allowSymlinks: boolean;
}

export interface SignJob extends Job {
  keys: SigningKeys;
}

export interface VerifyJob extends Job {
  trust: Trust;
  ignoreUnsignedFiles: boolean;
}

/**
 * How a call ended. `broken` is neither yes nor no, a crash or a usage error: it never counts as a refusal, or a
 * program that always fails would pass every tampered case.
 */
export interface Outcome {
  status: "done" | "refused" | "broken";
  message: string;
}

export interface Implementation {
  /** For messages, and to find what is known of it. */
  readonly name: "ours" | "python" | "go";
  /** Title of its table. */
  readonly title: string;
  /** Why it has no way to make such a signature at all; absent, it has. */
  cannotSign(hashing: Hashing): string | undefined;
  sign(job: SignJob): Promise<Outcome>;
  verify(job: VerifyJob): Promise<Outcome>;
}

/** How a command ended. */
export interface Ran {
  /** Absent when the command could not be started, or took too long. */
  code?: number;
  stdout: string;
  stderr: string;
}

/** Runs a command to its end; that it cannot be started is told in `stderr`, like any other failure. */
export async function run(
  command: string,
  args: string[],
  options: { cwd?: string; env?: Record<string, string>; seconds?: number } = {},
): Promise<Ran> {
  const { seconds = 60, ...rest } = options;
  try {
    const signal = AbortSignal.timeout(seconds * 1000);
    const { code, stdout, stderr } = await new Deno.Command(command, {
      ...rest,
      args,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      signal,
    }).output();
    const text = new TextDecoder();
    const ran = { stdout: text.decode(stdout), stderr: text.decode(stderr) };
    return signal.aborted ? { ...ran, stderr: `${command}: no end after ${seconds} s` } : { ...ran, code };
  } catch (error) {
    return { stdout: "", stderr: error instanceof Error ? error.message : String(error) };
  }
}

/** What a command that failed had to say, on one line. */
export function complaint({ code, stdout, stderr }: Ran): string {
  const text = (stderr.trim() || stdout.trim()).replaceAll(/\s+/g, " ");
  return code === undefined ? text : `${text || "no message"} (exit ${code})`;
}

/** The directory that keeps installed peers between runs: the user's cache, else the temporary directory. */
export async function cacheDirectory(name: string): Promise<string> {
  const home = Deno.env.get("HOME");
  const caches = [
    Deno.env.get("XDG_CACHE_HOME"),
    home && `${home}/.cache`,
    Deno.env.get("TMPDIR") ?? "/tmp",
  ].filter((path) => path !== undefined && path !== "");
  for (const [at, cache] of caches.entries()) {
    const directory = `${cache}/model-signing-interop`;
    try {
      await Deno.mkdir(directory, { recursive: true });
      return `${directory}/${name}`;
    } catch (error) {
      if (at === caches.length - 1) throw error; // a home that is read-only is no failure while there is another place
    }
  }
  throw new Error("Cannot find a place for the peers: HOME, XDG_CACHE_HOME and TMPDIR are unset");
}

/** Whether there is something at this path. */
export async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

/**
 * Fills a directory that others may look for at the same time. It gets its name when it is whole, so that an interrupted
 * installation is never taken for one; when another run was faster, the other's stays.
 *
 * @param fill Fills the directory that it is given.
 */
export async function install(finished: string, fill: (unfinished: string) => Promise<void>): Promise<void> {
  const unfinished = `${finished}.${Deno.pid}`;
  try {
    await fill(unfinished);
    await Deno.rename(unfinished, finished);
  } catch (error) {
    await Deno.remove(unfinished, { recursive: true }).catch(() => {}); // where nothing was begun, nothing is left
    if (!await exists(finished)) throw error;
  }
}
