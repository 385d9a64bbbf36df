import { checkError, type ErrorType, readExpectation } from "./_expected_error.ts";
import { suffix } from "./_suffix.ts";
import { AssertionError } from "./assertion_error.ts";

/**
 * Asserts that the promise which a function returns rejects. That the function itself throws will not do.
 *
 * @param fn The function.
 * @param msg What to add to the message of the error.
 * @returns A promise of what it rejected with.
 * @throws {AssertionError} If it does not reject.
 */
export function assertRejects(fn: () => PromiseLike<unknown>, msg?: string): Promise<unknown>;
/**
 * Asserts that the promise which a function returns rejects with an error of a class, with a certain text in its
 * message. That the function itself throws will not do.
 *
 * @param fn The function.
 * @param ErrorClass The class of the error.
 * @param msgIncludes What the message includes.
 * @param msg What to add to the message of the error.
 * @returns A promise of the error that it rejected with.
 * @throws {AssertionError} If it does not reject, or not with that.
 */
export function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  ErrorClass: ErrorType<E>,
  msgIncludes?: string,
  msg?: string,
): Promise<E>;
export async function assertRejects(
  fn: () => PromiseLike<unknown>,
  ...expectation: [classOrMsg?: ErrorType<Error> | string, msgIncludes?: string, msg?: string]
): Promise<unknown> {
  const expected = readExpectation(...expectation);
  const promise = call(fn, expected.msg);
  try {
    await promise;
  } catch (error) {
    return checkError(error, expected, "rejected");
  }
  throw new AssertionError(`Expected function to reject${suffix(expected.msg)}`);
}

/** Calls the function and hands on its promise, not what it throws without returning one. */
function call(fn: () => PromiseLike<unknown>, msg: string | undefined): PromiseLike<unknown> {
  try {
    const result = fn();
    if (typeof result?.then === "function") return result;
  } catch {
    // Reported below, like any other result that is no promise.
  }
  throw new AssertionError(`Function throws when expected to reject${suffix(msg)}`);
}
