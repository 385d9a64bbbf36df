/** The only place that prints: results on standard output, all else on standard error. */
import { escapeControls } from "../text/quote.ts";

/** How much to say on standard error, from all to little. */
const LEVELS = ["debug", "info", "warning", "error"] as const;

/** One of the levels. */
export type Level = typeof LEVELS[number];

/** Where the program prints. */
export interface Output {
  /** Prints a result on standard output. */
  result(text: string): void;
  /** Prints one line on standard error, if the level is loud enough. */
  log(level: Level, line: string): void;
  /** Prints lines that whoever is at the terminal must see, on standard error, however quiet the program is. */
  tell(lines: string): void;
  /** Asks on the terminal for a line; `null` at the end of the input. Signals are still obeyed meanwhile. */
  ask(question: string): Promise<string | null>;
  /** Whether a line of the level would be printed. */
  says(level: Level): boolean;
  /** The text in bold, green or red, where standard output is a terminal that shows colors. */
  style(style: Style, text: string): string;
  /** Shows the state of long work in place, or takes it away; only on a terminal. */
  status: ((text: string | undefined) => void) | undefined;
}

/** A way to write. */
export type Style = "bold" | "good" | "bad";

const CODES: Readonly<Record<Style, string>> = { bold: "1", good: "32", bad: "31" };

/**
 * Opens standard output and standard error.
 *
 * @param level The least level that is printed on standard error.
 * @returns Where to print.
 */
export function openOutput(level: Level): Output {
  const colors = !Deno.noColor && Deno.stdout.isTerminal();
  const says = (wanted: Level): boolean => LEVELS.indexOf(wanted) >= LEVELS.indexOf(level);
  const status = Deno.stderr.isTerminal() && says("info") ? showStatus : undefined;
  return {
    result: (text) => write(Deno.stdout, text),
    log: (wanted, line) => {
      if (!says(wanted)) return;
      status?.(undefined);
      const label = wanted === "info" ? "" : `${wanted}: `;
      writeQuietly(`${label}${onOneLine(line)}\n`);
    },
    tell: (lines) => {
      status?.(undefined);
      writeQuietly(`${lines.split("\n").map(onOneLine).join("\n")}\n`);
    },
    ask: (question) => {
      status?.(undefined);
      writeQuietly(onOneLine(question));
      return readLine();
    },
    says,
    style: (style, text) => colors ? `\x1b[${CODES[style]}m${text}\x1b[0m` : text,
    status,
  };
}

/** Whatever a message holds, it stays one line and cannot steer the terminal. */
function onOneLine(line: string): string {
  // Quoted names in it are escaped already, and escaping a backslash twice would only puzzle.
  return escapeControls(line).replaceAll("\\\\", "\\");
}

/** Nobody types a longer answer. */
const LONGEST_LINE = 8192;

/** A terminal gives line by line. */
async function readLine(): Promise<string | null> {
  const buffer = new Uint8Array(LONGEST_LINE);
  const size = await Deno.stdin.read(buffer);
  return size === null ? null : new TextDecoder().decode(buffer.subarray(0, size)).replace(/\r?\n.*$/s, "");
}

function showStatus(text: string | undefined): void {
  writeQuietly(`\r\x1b[K${text ?? ""}`);
}

/** What cannot be told on standard error cannot be told at all; the exit status still says it. */
function writeQuietly(text: string): void {
  try {
    write(Deno.stderr, text);
  } catch {
    // Standard error takes nothing.
  }
}

/** Writes it all, at once. A reader that went away is no failure: what the exit status says stands. */
function write(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  try {
    for (let bytes = new TextEncoder().encode(text); bytes.length > 0;) {
      bytes = bytes.subarray(stream.writeSync(bytes));
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}
