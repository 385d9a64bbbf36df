/** The program: carries out a command line and returns the exit status. */
import config from "../../deno.json" with { type: "json" };
import { UsageError } from "../errors.ts";
import type { EngineChoice } from "../hash/engines/choose.ts";
import { WORKERS_FROM } from "../hash/hash_options.ts";
import { type StartedWorker, startWorker } from "../hash/threads/started_worker.ts";
import { isProbablyAtLeast } from "../model/disk/estimate_size.ts";
import { quote } from "../text/quote.ts";
import { SHELLS } from "./commands.ts";
import { EXIT } from "./exit.ts";
import { reportFailure } from "./failure.ts";
import { type Level, openOutput, type Output } from "./output.ts";
import { MODEL_COMMANDS } from "./options.ts";
import { type Options, parseCommandLine, type Request } from "./parse.ts";

/**
 * Carries out a command line.
 *
 * @param args The words after the program's name.
 * @returns The exit status: 0 done or verified, 1 not verified or refused, 2 usage, 3 the environment failed.
 */
export async function main(args: readonly string[]): Promise<number> {
  let request: Request | undefined;
  let output = openOutput("info");
  try {
    request = await readCommandLine(args);
    output = openOutput(levelOf(request.options));
    return await run(request, output);
  } catch (error) {
    return reportFailure(error, request, output);
  }
}

/** Parses an invalid command line a second time, for hints: the module that finds them takes longest to load. */
async function readCommandLine(args: readonly string[]): Promise<Request> {
  try {
    return parseCommandLine(args);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return parseCommandLine(args, (await import("./nearest.ts")).nearest);
  }
}

function levelOf(options: Options): Level {
  if (options.flag("quiet")) return "error";
  return (options.value("log-level") ?? "info") as Level;
}

/** Loads only the command that runs, so that each starts quickly. */
async function run(request: Request, output: Output): Promise<number> {
  const { command, options } = request;
  if (options.flag("version")) {
    output.result(
      options.flag("json") ? `${JSON.stringify({ version: config.version })}\n` : `${NAME} ${config.version}\n`,
    );
    return EXIT.done;
  }
  if (options.flag("help")) {
    output.result(asDocument("help", await help(request), options));
    return EXIT.done;
  }
  const isModelCommand = command !== undefined && MODEL_COMMANDS.includes(command.name);
  using startedWorker = isModelCommand ? await startWorkerEarly(request) : undefined;
  switch (command?.name) {
    case "sign":
      await (await import("./sign.ts")).runSign(request, output, startedWorker);
      return EXIT.done;
    case "verify":
      await (await import("./verify.ts")).runVerify(request, output, startedWorker);
      return EXIT.done;
    case "digest":
      await (await import("./digest.ts")).runDigest(request, output, startedWorker);
      return EXIT.done;
    case "inspect":
      await (await import("./inspect.ts")).runInspect(request, output);
      return EXIT.done;
    case "trust":
      await (await import("./trust.ts")).runTrust(request, output);
      return EXIT.done;
    case "monitor":
      await (await import("./monitor.ts")).runMonitor(request, output);
      return EXIT.done;
    case "completions":
      output.result(asDocument("script", await completions(request), options));
      return EXIT.done;
    default:
      throw new UsageError("COMMAND", "missing command: see --help");
  }
}

/** Starts a worker while the modules of the command are loaded. For a large model, this saves a tenth of the time. */
async function startWorkerEarly({ operands, options }: Request): Promise<StartedWorker | undefined> {
  const path = options.value("path") ?? operands[0];
  const threads = options.number("workers") ?? navigator.hardwareConcurrency;
  if (path === undefined || threads === 1 || !isProbablyAtLeast(path, WORKERS_FROM)) return undefined;
  return await startWorker((options.value("engine") ?? "auto") as EngineChoice);
}

const NAME = "model-signing";

/** A text as it is, or with `--json` as the one member of a document. */
function asDocument(name: string, text: string, options: Options): string {
  return options.flag("json") ? `${JSON.stringify({ [name]: text })}\n` : text;
}

async function help({ command, method }: Request): Promise<string> {
  const { commandHelp, programHelp } = await import("./help.ts");
  return command === undefined ? programHelp() : commandHelp(command, method);
}

async function completions({ operands }: Request): Promise<string> {
  const [shell, ...more] = operands;
  if (shell === undefined || more.length > 0 || !SHELLS.includes(shell)) {
    const given = shell === undefined ? "missing argument SHELL" : `unexpected argument ${quote(operands.join(" "))}`;
    throw new UsageError("ARGUMENT", `${given}: name one of ${SHELLS.join(", ")}`);
  }
  return (await import("./completions.ts")).completionScript(shell);
}
