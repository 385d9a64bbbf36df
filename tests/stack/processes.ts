/** Runs services as processes of their own, and stops every one of them again whatever happens. */

/** Time for a service to answer after its start, on a machine that is busy. */
const READY_SECONDS = 60;

/** Lines of a log that are shown with a failure. */
const LOG_LINES = 15;

/** How to start a program. */
export interface StartOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

interface Service {
  readonly name: string;
  readonly process: Deno.ChildProcess;
  /** Set once it has ended. */
  ended?: Deno.CommandStatus;
}

/** All services of a run: stopped at the end of the block. */
export class Processes implements AsyncDisposable {
  readonly #logs: string;
  readonly #services: Service[] = [];

  /** @param logs An empty directory, for one log file a service. */
  constructor(logs: string) {
    this.#logs = logs;
  }

  /**
   * Starts a service.
   *
   * @param name Its name for messages and its log file.
   */
  start(name: string, program: string, args: readonly string[], options: StartOptions = {}): void {
    // The shell gives way to the program, whose output so goes to the file without this process in between.
    const process = new Deno.Command("/bin/sh", {
      args: ["-c", 'log=$1; shift; exec "$@" >"$log" 2>&1', "sh", this.#log(name), program, ...args],
      ...options,
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    const service: Service = { name, process };
    process.status.then((status) => service.ended = status);
    this.#services.push(service);
  }

  /**
   * Waits until a service does its work.
   *
   * @param works Asks it for something; what it throws means not yet.
   * @throws {Error} If it ends, or does not get there in time: with the end of its log.
   */
  async ready(name: string, works: () => Promise<unknown>): Promise<void> {
    const service = this.#services.find((service) => service.name === name);
    const end = Date.now() + READY_SECONDS * 1000;
    for (;;) {
      if (service?.ended !== undefined) {
        throw new Error(`Cannot start ${name}: it ended with ${service.ended.code}\n${await this.logOf(name)}`);
      }
      try {
        return void await works();
      } catch (error) {
        if (Date.now() > end) {
          const words = error instanceof Error ? error.message : error;
          throw new Error(`Cannot use ${name}, not even after ${READY_SECONDS} s: ${words}\n${await this.logOf(name)}`);
        }
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  /** Waits until an address answers with success. */
  async answers(name: string, url: string): Promise<void> {
    await this.ready(name, () => get(url));
  }

  /** The end of what a service has said. */
  async logOf(name: string): Promise<string> {
    const text = await Deno.readTextFile(this.#log(name)).catch(() => "");
    return text.trimEnd().split("\n").slice(-LOG_LINES).map((line) => `    ${name}: ${line}`).join("\n");
  }

  /** Prints the end of what each service has said. */
  async showLogs(): Promise<void> {
    // deno-lint-ignore no-console -- see main.ts
    for (const { name } of this.#services) console.log(await this.logOf(name));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill();
    await Promise.all(this.#services.map(({ process }) => process.status));
  }

  /** Ends all at once. Nothing that they hold outlives the run, so none need tidy up. */
  kill(): void {
    for (const { process, ended } of this.#services) {
      if (ended !== undefined) continue;
      try {
        process.kill("SIGKILL");
      } catch {
        // It ended between the look and the signal.
      }
    }
  }

  #log(name: string): string {
    return `${this.#logs}/${name}.log`;
  }
}

/** Asks for an address, which must answer with success; returns the text of the answer. */
export async function get(url: string): Promise<string> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(5000) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${url} answers ${answer.status}: ${text.slice(0, 300)}`);
  return text;
}
