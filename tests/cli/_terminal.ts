/** Runs the program in a terminal, and types. */
import { fileURLToPath } from "node:url";
import { processOptions, programArgs, type RunOptions, type Workplace } from "../_program.ts";

const HELPER = fileURLToPath(new URL("../vendor/_in_terminal.py", import.meta.url));
/** Whether there is a way to make a terminal here. */
export const hasTerminal = Deno.build.os !== "windows" && await hasPty();

async function hasPty(): Promise<boolean> {
  try {
    return (await new Deno.Command("python3", { args: ["-c", "import pty, termios"], stderr: "null" }).output())
      .success;
  } catch {
    return false; // there is no Python
  }
}

/** What is typed, and when. */
export interface Typing {
  /** What to wait for before the keys are typed. */
  readonly after: string;
  readonly keys: string;
}

/** How the program runs there. */
export interface InTerminal {
  /** Deno's permission flags. */
  readonly allow?: RunOptions["allow"];
  readonly env?: Record<string, string>;
  readonly typing?: Typing;
  /** What a shell adds behind the command, such as where its output goes. */
  readonly redirection?: string;
}

/** Runs the program in a terminal of 80 columns; returns what it showed and its exit status. */
export async function runInTerminal(
  args: readonly string[],
  place: Workplace,
  { env = {}, allow, typing = { after: "\u0001", keys: "" }, redirection = "" }: InTerminal = {},
): Promise<{ shown: string; code: number }> {
  const command = [
    "sh",
    "-c",
    `exec "$@" ${redirection}`,
    "sh",
    Deno.execPath(),
    ...programArgs(args, allow === undefined ? {} : { allow }),
  ];
  const options = {
    ...processOptions({ cwd: place.path, env: { TERM: "xterm", ...env } }),
    stderr: "inherit",
  } as const;
  const python = new Deno.Command("python3", {
    ...options,
    args: [HELPER, typing.after, JSON.stringify(typing.keys), ...command],
  });
  const { stdout } = await python.output();
  return JSON.parse(new TextDecoder().decode(stdout));
}
