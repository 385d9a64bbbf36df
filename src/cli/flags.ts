/** Translates the options that messages of the library name into the flags of the command line. */
import { OPTIONS } from "./options.ts";

/** The flag for an option of the library: the one of the same name, unless the table says otherwise. */
const FLAGS: ReadonlyMap<string, string> = new Map(
  OPTIONS.map((
    { name, option },
  ) => [option ?? name.replace(/-(.)/g, (_, letter) => letter.toUpperCase()), `--${name}`]),
);

/**
 * Replaces the names of options in a message, which stand in backticks, with flags.
 *
 * @param message A message of the library.
 * @returns The message for a user of the command line. Text in double quotes is left as it is: it comes from outside.
 */
export function withFlags(message: string): string {
  return message.replace(/"(?:[^"\\]|\\.)*"|`(\w+)`/g, (text, name) => FLAGS.get(name) ?? text);
}

/** The message of an error, as the command line shows it. */
export function messageOf(error: unknown): string {
  return withFlags(error instanceof Error ? error.message : String(error));
}
