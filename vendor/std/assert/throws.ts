import { checkError, type ErrorType, readExpectation } from "./_expected_error.ts";
import { suffix } from "./_suffix.ts";
import { AssertionError } from "./assertion_error.ts";

/**
 * Asserts that a function throws.
 *
 * @param fn The function.
 * @param msg What to add to the message of the error.
 * @returns What it threw.
 * @throws {AssertionError} If it does not throw.
 */
export function assertThrows(fn: () => unknown, msg?: string): unknown;
/**
 * Asserts that a function throws an error of a class, with a certain text in its message.
 *
 * @param fn The function.
 * @param ErrorClass The class of the error.
 * @param msgIncludes What the message includes.
 * @param msg What to add to the message of the error.
 * @returns The error that it threw.
 * @throws {AssertionError} If it does not throw, or not that.
 */
export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  ErrorClass: ErrorType<E>,
  msgIncludes?: string,
  msg?: string,
): E;
export function assertThrows(
  fn: () => unknown,
  ...expectation: [classOrMsg?: ErrorType<Error> | string, msgIncludes?: string, msg?: string]
): unknown {
  const expected = readExpectation(...expectation);
  try {
    fn();
  } catch (error) {
    return checkError(error, expected, "thrown");
  }
  throw new AssertionError(`Expected function to throw${suffix(expected.msg)}`);
}
