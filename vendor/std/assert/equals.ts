import { diff } from "./_diff.ts";
import { suffix } from "./_suffix.ts";
import { AssertionError } from "./assertion_error.ts";
import { equal } from "./equal.ts";

/**
 * Asserts that two values are equal, deeply. The message of the error shows where they differ.
 *
 * @param actual The value.
 * @param expected What it is to equal.
 * @param msg What to add to the message of the error.
 * @throws {AssertionError} If they are not equal.
 */
export function assertEquals<T>(actual: T, expected: T, msg?: string): void {
  if (equal(actual, expected)) return;
  throw new AssertionError(`Values are not equal${suffix(msg)}\n${diff(actual, expected)}`);
}
