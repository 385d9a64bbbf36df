import { inspect } from "./_inspect.ts";
import { AssertionError } from "./assertion_error.ts";

/**
 * Asserts that a value is greater than another or equal to it, as `>=` sees it.
 *
 * @param actual The value.
 * @param expected The least that it may be.
 * @param msg The message of the error, in place of the usual one.
 * @throws {AssertionError} If it is less.
 */
export function assertGreaterOrEqual<T>(actual: T, expected: T, msg?: string): void {
  if (actual >= expected) return;
  throw new AssertionError(msg ?? `Expect ${inspect(actual)} >= ${inspect(expected)}`);
}
