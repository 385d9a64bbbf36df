/** What the login may ask of the machine that it runs on; tests put something else in its place. */
import { UnavailableError } from "../../errors.ts";
import { quote } from "../../text/quote.ts";
import { readLimited } from "../../io/read_limited.ts";
import { ask } from "../../io/http.ts";
import { mayUse } from "../../io/permissions.ts";
import { MOST_TOKEN_LENGTH } from "./claims.ts";

/** The machine, as the login sees it. */
export interface Host {
  /** A variable of the environment; `undefined` too if it is empty, or Deno may not read it. */
  env(name: string): string | undefined;
  /** A small file's text; `undefined` if there is none, or Deno may not read it. */
  readText(path: string): string | undefined;
  /** Throws an `UnavailableError` (`RUN`) if a program cannot be run: it is not on the PATH, or Deno may not run it. */
  readonly checkProgram?: ((program: string) => void) | undefined;
  /** What a program writes to standard output. */
  run(program: string, args: readonly string[], signal?: AbortSignal): Promise<string>;
  /** Asks a service. */
  readonly ask: typeof ask;
}

/** The machine as it is. Deno is never made to ask for a permission: what it may not see is not there. */
export const MACHINE: Host = { env, readText, checkProgram, run, ask };

function env(name: string): string | undefined {
  if (!mayUse({ name: "env", variable: name })) return undefined;
  return Deno.env.get(name) || undefined;
}

function readText(path: string): string | undefined {
  if (!mayUse({ name: "read", path })) return undefined;
  try {
    return new TextDecoder().decode(readLimited(path, MOST_TOKEN_LENGTH, "the file"));
  } catch (error) {
    // Files of the system need more permission than Deno says beforehand.
    if (error instanceof UnavailableError && error.code === "NOT_FOUND") return undefined;
    if (error instanceof Error && error.cause instanceof Deno.errors.NotCapable) return undefined;
    throw error;
  }
}

/** Milliseconds that a program may take. */
const RUN_TIME = 60_000;

async function run(program: string, args: readonly string[], signal?: AbortSignal): Promise<string> {
  signal?.throwIfAborted();
  const timer = AbortSignal.timeout(RUN_TIME);
  const ended = signal === undefined ? timer : AbortSignal.any([timer, signal]);
  const child = start(program, args);
  // A program that is asked to end may not.
  const kill = (): void => child.kill("SIGKILL");
  ended.addEventListener("abort", kill, { once: true });
  const [output, complaint, status] = await Promise.all([
    readStart(child.stdout, ended),
    readStart(child.stderr, ended),
    child.status,
  ]);
  ended.removeEventListener("abort", kill);
  signal?.throwIfAborted();
  if (timer.aborted) throw runError(program, `it did not end within ${RUN_TIME / 1000} seconds`);
  if (!status.success) {
    throw runError(program, `it ended with status ${status.code}: ${quote(withoutTokens(complaint).slice(-500))}`);
  }
  return output.trim();
}

function checkProgram(program: string): void {
  checkMayRun(program);
  const path = env("PATH");
  // What cannot be seen is found out when the program is run.
  if (path === undefined) return;
  const separator = Deno.build.os === "windows" ? ";" : ":";
  const endings = Deno.build.os === "windows" ? [".exe", ".cmd", ".bat", ""] : [""];
  const places = path.split(separator).filter((directory) => directory !== "")
    .flatMap((directory) => endings.map((ending) => `${directory}/${program}${ending}`));
  const visible = places.filter((place) => mayUse({ name: "read", path: place }));
  if (visible.length < places.length || visible.some(isFile)) return;
  throw runError(program, "there is no such program on the PATH");
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

function checkMayRun(program: string): void {
  if (mayUse({ name: "run", command: program })) return;
  throw runError(program, `Deno was not given access; run it with --allow-run=${program}`);
}

function start(program: string, args: readonly string[]): Deno.ChildProcess {
  checkMayRun(program);
  try {
    return new Deno.Command(program, { args: [...args], stdin: "null", stdout: "piped", stderr: "piped" }).spawn();
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) throw runError(program, "there is no such program on the PATH");
    throw runError(program, quote(cause instanceof Error ? cause.message : String(cause)));
  }
}

/** The text of a stream, until it ends, or is stopped, or is more than any token: then the stream is closed. */
async function readStart(stream: ReadableStream<Uint8Array>, stopped: AbortSignal): Promise<string> {
  const reader = stream.getReader();
  const stop = (): void => void reader.cancel();
  stopped.addEventListener("abort", stop, { once: true });
  const decoder = new TextDecoder();
  let text = "";
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    text += decoder.decode(next.value, { stream: true });
    if (text.length > MOST_TOKEN_LENGTH) stop();
  }
  stopped.removeEventListener("abort", stop);
  return text;
}

/** A program may print the token that it got. */
function withoutTokens(text: string): string {
  return text.replaceAll(/[A-Za-z0-9_-]{16,}(?:\.[A-Za-z0-9_-]+)+/g, "…");
}

function runError(program: string, reason: string): UnavailableError {
  return new UnavailableError("RUN", `Cannot run ${quote(program)} to get an identity token: ${reason}`);
}
