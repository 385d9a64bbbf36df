/** Options for {@linkcode promptSecret}. */
export interface PromptSecretOptions {
  /**
   * What to print for each character typed; empty to print nothing.
   *
   * @default {"*"}
   */
  mask?: string;
  /**
   * Whether to clear the line afterwards, instead of ending it.
   *
   * @default {false}
   */
  clear?: boolean;
}

const CLEAR_LINE = "\r\x1b[K";
const INTERRUPT = "\x03";
const END = new Set(["\r", "\n", "\x04"]); // Enter, as sent by different systems, and Ctrl-D
const BACKSPACE = new Set(["\b", "\x7f"]);

/**
 * Shows a message and reads a line that is not shown as it is typed. The user may correct it with Backspace and ends it
 * with Enter or Ctrl-D; Ctrl-C ends the program as it would elsewhere, with exit code 130.
 *
 * @param message What to ask for; a space is added.
 * @param options What to show meanwhile and afterwards.
 * @returns What was typed, or `null` if standard input is not a terminal.
 */
export function promptSecret(message = "Secret", options?: PromptSecretOptions): string | null {
  if (!Deno.stdin.isTerminal()) return null;
  const { mask = "*", clear = false } = options ?? {};
  const label = `${message} `;
  // So that Ctrl-C stays a signal; Windows has no such mode and gives us the character.
  Deno.stdin.setRaw(true, { cbreak: Deno.build.os !== "windows" });
  let secret: string | undefined;
  try {
    write(label);
    secret = readSecret((length) => mask && write(CLEAR_LINE + lastRow(label + mask.repeat(length))));
  } finally {
    Deno.stdin.setRaw(false);
    write(clear ? CLEAR_LINE : "\n");
  }
  return secret ?? Deno.exit(130);
}

/**
 * Reads up to the end of the line; `undefined` if the user interrupts. Tells after each key how many characters there
 * are.
 */
function readSecret(onChange: (length: number) => void): string | undefined {
  const decoder = new TextDecoder();
  const byte = new Uint8Array(1);
  const typed: string[] = [];
  while (Deno.stdin.readSync(byte)) {
    // A character of several bytes comes with its last one.
    for (const character of decoder.decode(byte, { stream: true })) {
      if (character === INTERRUPT) return undefined;
      if (END.has(character)) return typed.join("");
      if (BACKSPACE.has(character)) typed.pop();
      else typed.push(character);
      onChange(typed.length);
    }
  }
  return typed.join("") + decoder.decode();
}

/** What of a line fits on one row of the terminal, from its end: only one row can be cleared. */
function lastRow(line: string): string {
  const { columns } = Deno.consoleSize();
  return line.length < columns || columns < 2 ? line : line.slice(1 - columns);
}

function write(text: string): void {
  const bytes = new TextEncoder().encode(text);
  for (let written = 0; written < bytes.length;) written += Deno.stdout.writeSync(bytes.subarray(written));
}
