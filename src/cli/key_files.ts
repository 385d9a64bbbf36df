/** Keys and certificates as the command line names them. */
import { UsageError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { quote } from "../text/quote.ts";
import { readLimited } from "../io/read_limited.ts";
import type { Options } from "./parse.ts";

/**
 * Reads the PEM file that an option names.
 *
 * @param options The options.
 * @param name The option's name.
 * @param purpose What it is needed for, for the message if it is absent.
 * @returns The file's text and name.
 * @throws {UsageError} If the option is absent.
 */
export function requiredPem(options: Options, name: string, purpose: string): { pem: string; path: string } {
  const path = options.value(name);
  if (path === undefined) {
    throw new UsageError("OPTION", `missing required option --${name}: name a PEM file to ${purpose}`);
  }
  return { pem: readPem(path), path };
}

/**
 * Reads a PEM file.
 *
 * @param path The file.
 * @returns Its text.
 * @throws {UsageError} If this is PEM text, not a path (`OPTION`). The message does not show it: it may be a secret key.
 */
export function readPem(path: string): string {
  if (path.includes("-----BEGIN ")) {
    throw new UsageError(
      "OPTION",
      "PEM text was given where a file name is expected: write it to a file, and name that file",
    );
  }
  return new TextDecoder().decode(readLimited(path, LIMITS.pemBytes, "the PEM file"));
}

/**
 * The password that the options give, if they give one.
 *
 * @param options The options.
 * @returns The password.
 * @throws {UsageError} If two are given.
 */
export function givenPassword(options: Options): { password?: string } {
  const [text, path] = [options.value("password"), options.value("password-file")];
  if (text !== undefined && path !== undefined) {
    throw new UsageError("OPTION", "Cannot use both --password and --password-file: give one of them");
  }
  if (text !== undefined) return { password: text };
  if (path === undefined) return {};
  const [line] = new TextDecoder().decode(readLimited(path, LIMITS.pemBytes, "the password file")).split(/\r?\n/, 1);
  return { password: line! };
}

/**
 * Asks on the terminal for the password of a key.
 *
 * @param path The key's file.
 * @param json Whether standard output is for a JSON document alone.
 * @returns The password.
 * @throws {UsageError} If there is no terminal to ask on.
 */
export async function askPassword(path: string, json: boolean): Promise<string> {
  const canAsk = !json && Deno.stdin.isTerminal() && Deno.stdout.isTerminal();
  const { promptSecret } = await import("@std/cli");
  const password = canAsk ? promptSecret(`Password of ${quote(path)}:`, { mask: "" }) : null;
  if (password === null) {
    throw new UsageError("PASSWORD_NEEDED", `Cannot use ${quote(path)}: it is encrypted; give --password-file`);
  }
  return password;
}
