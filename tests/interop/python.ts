/** The Python reference: its installation, and one process of `python_peer.py` that answers all requests. */

import { cacheDirectory, complaint, exists, install, run } from "./peer.ts";
import type { Implementation, Outcome, SignJob, VerifyJob } from "./peer.ts";

/** Pinned. pyOpenSSL is named because the wheel of model-signing 1.1.1 imports it and forgets to require it. */
const PACKAGES = ["model-signing==1.1.1", "pyopenssl==26.4.0"];

/** A call that takes longer hangs; the slowest takes well under a second. */
const CALL_SECONDS = 60;

/** Creating the environment takes some 15 seconds where the network is fast. */
const INSTALL_SECONDS = 600;

/**
 * Installs the reference into an environment of its own, outside the repository, or finds it there.
 *
 * @returns Path of the interpreter that has it.
 * @throws {Error} If a step fails: what the step said.
 */
export function installPython(): Promise<string> {
  return pythonWith(PACKAGES, "import model_signing.signing");
}

/**
 * Installs packages into an environment of their own, outside the repository, or finds them there.
 *
 * @param packages Names with versions.
 * @param trial What works once they are there.
 * @returns Path of the interpreter that has them.
 * @throws {Error} If a step fails: what the step said.
 */
export async function pythonWith(packages: readonly string[], trial: string): Promise<string> {
  const finished = await cacheDirectory(`python-${packages.join("-").replaceAll("==", "-")}`);
  if (!await works(finished, trial)) {
    await Deno.remove(finished, { recursive: true }).catch(() => {}); // there is none yet
    await install(finished, async (unfinished) => {
      await step("python3", ["-m", "venv", unfinished]);
      await step(`${unfinished}/bin/python`, ["-m", "pip", "install", "--quiet", ...packages]);
    });
  }
  return `${finished}/bin/python`;
}

/** An environment breaks when the Python it was made from goes away, as with a system upgrade. */
async function works(environment: string, trial: string): Promise<boolean> {
  if (!await exists(environment)) return false;
  const { code } = await run(`${environment}/bin/python`, ["-I", "-c", trial]);
  return code === 0;
}

async function step(command: string, args: string[]): Promise<void> {
  const ran = await run(command, args, { seconds: INSTALL_SECONDS });
  if (ran.code !== 0) throw new Error(`${args.join(" ")}: ${complaint(ran)}`);
}

/** The reference, behind the process that speaks for it. */
export class Python implements Implementation, AsyncDisposable {
  readonly name = "python";
  readonly title = `Python: ${PACKAGES.join(", ")}`;
  readonly #process: Deno.ChildProcess;
  readonly #requests: WritableStreamDefaultWriter<Uint8Array<ArrayBufferLike>>;
  readonly #waiting = new Map<number, (outcome: Outcome) => void>();
  readonly #answers: Promise<void>;
  #next = 0;

  /** @param interpreter Path of the Python that has the packages. */
  constructor(interpreter: string) {
    const peer = new URL("python_peer.py", import.meta.url).pathname;
    this.#process = new Deno.Command(interpreter, {
      args: ["-I", peer],
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#requests = this.#process.stdin.getWriter();
    this.#answers = this.#listen();
  }

  cannotSign(): undefined {}

  sign(job: SignJob): Promise<Outcome> {
    return this.#ask({ op: "sign", ...job });
  }

  verify(job: VerifyJob): Promise<Outcome> {
    return this.#ask({ op: "verify", ...job });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#requests.close().catch(() => {}); // gone already if the process died: the caller has been told
    await this.#answers;
    await this.#process.status;
  }

  async #ask(request: object): Promise<Outcome> {
    const id = this.#next++;
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    this.#waiting.set(id, resolve);
    const end = setTimeout(() => this.#process.kill(), CALL_SECONDS * 1000);
    try {
      await this.#requests.write(new TextEncoder().encode(`${JSON.stringify({ id, ...request })}\n`));
      return await promise;
    } catch {
      return gone();
    } finally {
      clearTimeout(end);
      this.#waiting.delete(id);
    }
  }

  async #listen(): Promise<void> {
    for await (const line of lines(this.#process.stdout)) {
      const { id, ...outcome } = JSON.parse(line);
      this.#waiting.get(id)?.(outcome);
    }
    for (const resolve of this.#waiting.values()) resolve(gone());
  }
}

function gone(): Outcome {
  return { status: "broken", message: `python_peer.py ended, or gave no answer for ${CALL_SECONDS} s` };
}

async function* lines(bytes: ReadableStream<BufferSource>): AsyncGenerator<string> {
  let rest = "";
  for await (const text of bytes.pipeThrough(new TextDecoderStream())) {
    const whole = (rest + text).split("\n");
    rest = whole.pop() ?? "";
    yield* whole;
  }
}
