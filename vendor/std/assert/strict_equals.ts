import { diff } from "./_diff.ts";
import { inspect } from "./_inspect.ts";
import { suffix } from "./_suffix.ts";
import { AssertionError } from "./assertion_error.ts";

/**
 * Asserts that two values are the same, as `Object.is` sees it: `NaN` is itself and `0` is not `-0`.
 *
 * @param actual The value.
 * @param expected What it is to be.
 * @param msg What to add to the message of the error.
 * @throws {AssertionError} If they are not the same.
 */
export function assertStrictEquals<T>(actual: unknown, expected: T, msg?: string): asserts actual is T {
  if (Object.is(actual, expected)) return;
  const text = inspect(actual);
  if (text === inspect(expected)) {
    throw new AssertionError(`Values have the same structure but are not reference-equal${suffix(msg)}\n\n${text}`);
  }
  throw new AssertionError(`Values are not strictly equal${suffix(msg)}\n${diff(actual, expected)}`);
}
