/** What signs and verifies against the services: our program and the Python reference, each run as its users run it. */

import { complaint, exists, type Ran, run } from "../interop/peer.ts";

/** Who is to have signed. */
export interface Identity {
  readonly identity: string;
  readonly provider: string;
}

/** A model and the place of its signature. */
export interface Job {
  readonly model: string;
  readonly signature: string;
  /** Path of a ClientTrustConfig. */
  readonly trustConfig: string;
  /** More for the command line. */
  readonly more?: readonly string[];
}

/** A program that signs and verifies. */
export interface Client {
  readonly name: string;
  /** Signs; throws what it said if it does not. */
  sign(job: Job, token: string): Promise<void>;
  /** Verifies; throws what it said if it does not. */
  verify(job: Job, identity: Identity): Promise<void>;
  /** Must refuse, and say all of these words; throws if it does not. */
  refuse(job: Job, identity: Identity, words: readonly string[]): Promise<void>;
}

/** Our program, and what gives it a terminal. */
const CLI = new URL("../../cli.ts", import.meta.url).pathname;
const COMMAND = [Deno.execPath(), "run", "--quiet", "-A", CLI];
const TERMINAL = new URL("../vendor/_in_terminal.py", import.meta.url).pathname;

/** Time for a command, services and all; none of them takes a tenth of it. */
const COMMAND_SECONDS = 120;

/** What our program does beside signing and verifying. */
export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Is given what is written to standard error while the program runs. */
  readonly watch?: (text: string) => void;
}

/** Our program. */
export class Ours implements Client {
  readonly name = "ours";

  async sign({ model, signature, trustConfig, more = [] }: Job, token: string): Promise<void> {
    await this.#signed(signature, [model, "--trust-config", trustConfig, "--identity-token", token, ...more]);
  }

  /** Signs with a token that a person gets elsewhere, with no terminal here. */
  async signWithLogin({ model, signature, trustConfig }: Job, options: RunOptions): Promise<void> {
    // Asked for, since a program without a terminal does not expect anyone to be there.
    await this.#signed(signature, [model, "--trust-config", trustConfig, "--oauth-force-oob"], options);
  }

  /** Signs on a terminal, where the person is asked whether to; returns what the terminal showed. */
  async signOnTerminal({ model, signature, trustConfig }: Job, env: Record<string, string>): Promise<string> {
    const args = ["sign", model, "--trust-config", trustConfig, "--signature", signature];
    const ran = await run("python3", [TERMINAL, "[y/N]", '"y\\n"', ...COMMAND, ...args], {
      env: { ...INHERITED_ENV, NO_COLOR: "1", ...env },
      seconds: COMMAND_SECONDS,
    });
    if (ran.code !== 0) throw new Error(`the terminal does not work: ${complaint(ran)}`);
    const { shown, code } = JSON.parse(ran.stdout);
    if (code !== 0) throw new Error(`ours does not sign: ${shown} (exit ${code})`);
    return shown;
  }

  async verify(job: Job, identity: Identity): Promise<void> {
    await this.report(job, identity);
  }

  /** Verifies, and returns what it says of the signature. */
  async report(job: Job, identity: Identity): Promise<Record<string, unknown>> {
    return verified(await this.run(verification(job, identity)));
  }

  /** Verifies without asking anyone, with a trusted root and no more. */
  async verifyOffline({ model, signature }: Job, trustedRoot: string, identity: Identity): Promise<void> {
    const trust = ["--trusted-root", trustedRoot, "--offline"];
    verified(await this.run(["verify", "sigstore", model, "--signature", signature, ...trust, ...expect(identity)]));
  }

  async refuse(job: Job, identity: Identity, words: readonly string[]): Promise<void> {
    const ran = await this.run(verification(job, identity));
    if (ran.code === 0) throw new Error("ours accepts it");
    if (ran.code !== 1 || JSON.parse(ran.stdout).verified !== false) {
      throw new Error(`ours neither accepts nor refuses: ${complaint(ran)}`);
    }
    mustSay(this.name, ran, words);
  }

  /** The digest that it would sign, in hexadecimal. */
  async digest(model: string, flags: readonly string[]): Promise<string> {
    const ran = await this.run(["digest", model, ...flags]);
    const [, hex] = /^sha256:([0-9a-f]{64})\n$/.exec(ran.stdout) ?? [];
    if (ran.code !== 0 || hex === undefined) throw new Error(`ours tells no digest: ${complaint(ran)}`);
    return hex;
  }

  /** Runs any command of it, with nobody at the terminal, in environment that offer no identity. */
  async run(args: readonly string[], { env = {}, watch }: RunOptions = {}): Promise<Ran> {
    const child = new Deno.Command(COMMAND[0]!, {
      args: [...COMMAND.slice(1), ...args],
      clearEnv: true,
      env: { ...INHERITED_ENV, NO_COLOR: "1", ...env },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const deadline = setTimeout(() => child.kill("SIGKILL"), COMMAND_SECONDS * 1000);
    const [stdout, stderr, { code }] = await Promise.all([read(child.stdout), read(child.stderr, watch), child.status]);
    clearTimeout(deadline);
    return { code, stdout, stderr };
  }

  async #signed(signature: string, args: readonly string[], options?: RunOptions): Promise<void> {
    const ran = await this.run(["sign", "sigstore", ...args, "--signature", signature, "--yes"], options);
    if (ran.code !== 0) throw new Error(`ours does not sign: ${complaint(ran)}`);
    if (!await exists(signature)) throw new Error("ours says that it signed, and there is no signature");
  }
}

function verified(ran: Ran): Record<string, unknown> {
  const report = ran.code === 0 ? JSON.parse(ran.stdout) : {};
  if (report.verified !== true) throw new Error(`ours does not verify: ${complaint(ran)}`);
  return report;
}

/** What Deno needs to start; a CI service's own identity must not be found by what is tested. */
const INHERITED_ENV = Object.fromEntries(
  ["PATH", "HOME", "DENO_DIR", "XDG_CACHE_HOME", "TMPDIR"].flatMap((name): [string, string][] => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value]];
  }),
);

function verification({ model, signature, trustConfig, more = [] }: Job, identity: Identity): string[] {
  return [
    "verify",
    "sigstore",
    model,
    "--signature",
    signature,
    "--trust-config",
    trustConfig,
    ...expect(identity),
    ...more,
  ];
}

function expect({ identity, provider }: Identity): string[] {
  return ["--json", "--identity", identity, "--identity-provider", provider];
}

/** The Python reference. */
export class Python implements Client {
  readonly name = "Python";
  readonly #interpreter: string;

  /** @param interpreter Path of the Python that has it. */
  constructor(interpreter: string) {
    this.#interpreter = interpreter;
  }

  async sign(job: Job, token: string): Promise<void> {
    const ran = await this.#run("sign", job, ["--identity_token", token]);
    if (ran.code !== 0) throw new Error(`Python does not sign: ${complaint(ran)}`);
  }

  async verify(job: Job, identity: Identity): Promise<void> {
    mustVerify(await this.#verify(job, identity));
  }

  async refuse(job: Job, identity: Identity, words: readonly string[]): Promise<void> {
    mustRefuse(await this.#verify(job, identity), words);
  }

  /** Verifies a signature without its model; a digest is what was signed, where the signature does not hold it. */
  async verifySignature(job: Job, identity: Identity, digest?: string): Promise<void> {
    mustVerify(await this.#verifySignature(job, identity, digest));
  }

  /** Must refuse a signature, or it for this digest, and say this word. */
  async refuseSignature(job: Job, identity: Identity, word: string, digest?: string): Promise<void> {
    mustRefuse(await this.#verifySignature(job, identity, digest), [word]);
  }

  #verify(job: Job, { identity, provider }: Identity): Promise<Ran> {
    return this.#run("verify", job, ["--identity", identity, "--identity_provider", provider]);
  }

  #verifySignature({ signature, trustConfig }: Job, { identity, provider }: Identity, digest?: string): Promise<Ran> {
    const more = digest === undefined ? [] : [digest];
    return this.#python([SIGNATURE, signature, trustConfig, identity, provider, ...more]);
  }

  #run(command: string, { model, signature, trustConfig, more = [] }: Job, args: string[]): Promise<Ran> {
    const files = [model, "--signature", signature, "--trust_config", trustConfig];
    return this.#python(["-m", "model_signing", command, "sigstore", ...files, ...args, ...more]);
  }

  #python(args: string[]): Promise<Ran> {
    return run(this.#interpreter, ["-I", "-W", "ignore", ...args], { seconds: COMMAND_SECONDS });
  }
}

/** What verifies signatures with it. */
const SIGNATURE = new URL("verify_signature.py", import.meta.url).pathname;

function mustVerify(ran: Ran): void {
  if (ran.code !== 0) throw new Error(`Python does not verify: ${complaint(ran)}`);
}

function mustRefuse(ran: Ran, words: readonly string[]): void {
  if (ran.code === 0) throw new Error("Python accepts it");
  if (ran.code !== 1) throw new Error(`Python neither accepts nor refuses: ${complaint(ran)}`);
  mustSay("Python", ran, ["Verification failed", ...words]);
}

/** Refused for another reason, it would not show whether this one was noticed. */
function mustSay(name: string, ran: Ran, words: readonly string[]): void {
  const missing = words.filter((word) => !`${ran.stderr}${ran.stdout}`.includes(word));
  if (missing.length > 0) throw new Error(`${name} refuses without saying ${missing.join(", ")}: ${complaint(ran)}`);
}

async function read(output: ReadableStream<Uint8Array<ArrayBuffer>>, watch?: (text: string) => void): Promise<string> {
  let all = "";
  for await (const text of output.pipeThrough(new TextDecoderStream())) {
    all += text;
    watch?.(text);
  }
  return all;
}
