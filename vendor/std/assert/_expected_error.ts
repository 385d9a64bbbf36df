import { suffix } from "./_suffix.ts";
import { AssertionError } from "./assertion_error.ts";

/** A class of errors. */
// deno-lint-ignore no-explicit-any -- whatever it takes to construct one
export type ErrorType<E extends Error> = new (...args: any[]) => E;

/** What a test expects to be thrown. */
export interface ExpectedError {
  /** Its class; if there is none, anything may be thrown. */
  ErrorClass?: ErrorType<Error> | undefined;
  /** What its message includes. */
  msgIncludes?: string | undefined;
  /** What to add to the message if the expectation fails. */
  msg?: string | undefined;
}

/**
 * Sorts the arguments of both forms of an assertion: `msg` alone, or a class and what follows.
 *
 * @param classOrMsg The class of the error or the message.
 * @param msgIncludes What the message of the error includes.
 * @param msg The message.
 * @returns The arguments by name.
 */
export function readExpectation(
  classOrMsg?: ErrorType<Error> | string,
  msgIncludes?: string,
  msg?: string,
): ExpectedError {
  if (typeof classOrMsg === "string") return { msg: classOrMsg };
  return { ErrorClass: classOrMsg, msgIncludes, msg };
}

/**
 * Checks what was thrown.
 *
 * @param error What was thrown.
 * @param expected What was expected.
 * @param verb How it came about, for the message.
 * @returns The error.
 * @throws {AssertionError} If it is not what was expected.
 */
export function checkError(error: unknown, expected: ExpectedError, verb: "thrown" | "rejected"): unknown {
  const { ErrorClass, msgIncludes, msg } = expected;
  if (!ErrorClass) return error;
  if (!(error instanceof Error)) throw new AssertionError(`A non-Error object was ${verb}${suffix(msg)}`);
  if (!(error instanceof ErrorClass)) {
    const name = Object(error).constructor?.name;
    throw new AssertionError(`Expected error to be instance of "${ErrorClass.name}", but was "${name}"${suffix(msg)}`);
  }
  if (msgIncludes && !error.message.includes(msgIncludes)) {
    const [wanted, actual] = [msgIncludes, error.message].map((text) => JSON.stringify(text));
    throw new AssertionError(`Expected error message to include ${wanted}, but got ${actual}${suffix(msg)}`);
  }
  return error;
}
