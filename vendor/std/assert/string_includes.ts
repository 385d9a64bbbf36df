import { suffix } from "./_suffix.ts";
import { AssertionError } from "./assertion_error.ts";

/**
 * Asserts that a string includes another.
 *
 * @param actual The string to look in.
 * @param expected The string to look for.
 * @param msg What to add to the message of the error.
 * @throws {AssertionError} If it is not included.
 */
export function assertStringIncludes(actual: string, expected: string, msg?: string): void {
  if (actual.includes(expected)) return;
  throw new AssertionError(`Expected actual: "${actual}" to contain: "${expected}"${suffix(msg)}`);
}
