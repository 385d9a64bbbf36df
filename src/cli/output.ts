/** Prints: results on standard output, everything else on standard error. No other module prints. */
import { escapeControls } from "../text/quote.ts";

/** Log levels, from most to least output. */
const LEVELS = ["debug", "info", "warning", "error"] as const;

/** One of the levels. */
export type Level = typeof LEVELS[number];

/** Where the program prints. */
export interface Output {
  /** Prints a result on standard output. */
  result(text: string): void;
  /** Prints one line on standard error, if the level is loud enough. */
  log(level: Level, line: string): void;
  /** Prints lines that the person at the terminal must see, on standard error, at any log level. */
  tell(lines: string): void;
  /** Asks on the terminal for a line; `null` at the end of the input. Signals still work meanwhile. */
  ask(question: string): Promise<string | null>;
  /** Whether a line of the level would be printed. */
  says(level: Level): boolean;
  /** Styles a text, if standard output is a terminal with colors. */
  style(style: Style, text: string): string;
  /** Shows the progress of long work in place, or removes it; only on a terminal. */
  status: ((text: string | undefined) => void) | undefined;
}

/** A text style. */
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

/** Escapes control characters, so that a message stays on one line and cannot control the terminal. */
function onOneLine(line: string): string {
  // Quoted names in it are escaped already. Do not escape their backslashes twice.
  return escapeControls(line).replaceAll("\\\\", "\\");
}

/** Maximum length of an answer, in bytes. */
const LONGEST_LINE = 8192;

/** Reads one line from the terminal, which delivers input line by line. */
async function readLine(): Promise<string | null> {
  const buffer = new Uint8Array(LONGEST_LINE);
  const size = await Deno.stdin.read(buffer);
  return size === null ? null : new TextDecoder().decode(buffer.subarray(0, size)).replace(/\r?\n.*$/s, "");
}

function showStatus(text: string | undefined): void {
  writeQuietly(`\r\x1b[K${text ?? ""}`);
}

/** A message that cannot be written to standard error is lost; the exit status still tells the result. */
function writeQuietly(text: string): void {
  try {
    write(Deno.stderr, text);
  } catch {
    // Standard error cannot be written.
  }
}

/** Writes all bytes synchronously. A closed pipe is not an error: the exit status stands. */
function write(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  try {
    for (let bytes = new TextEncoder().encode(text); bytes.length > 0;) {
      bytes = bytes.subarray(stream.writeSync(bytes));
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}
