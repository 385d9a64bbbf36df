import { assert, assertEquals, assertInstanceOf, assertStringIncludes } from "@std/assert";
import type { ModelSigningError } from "../src/errors.ts";

/** A class of the errors that a caller is expected to catch. */
export type ErrorClass = new (code: never, message: string) => ModelSigningError;

/**
 * Asserts that something fails for the expected reason: by class, by code, and with a message that holds some texts.
 *
 * @param action What is to throw or to reject.
 * @param expectedClass The class of the error.
 * @param code Its code.
 * @param texts What its message must hold, such as the name of the file at fault.
 * @returns The error.
 */
export async function assertFails(
  action: () => unknown,
  expectedClass: ErrorClass,
  code: string,
  ...texts: string[]
): Promise<ModelSigningError> {
  const error = await failureOf(action);
  assertInstanceOf(error, expectedClass);
  assertEquals(error.code, code);
  for (const text of texts) assertStringIncludes(error.message, text);
  assert(!error.message.includes("\n"), "a message is one line");
  return error;
}

async function failureOf(action: () => unknown): Promise<unknown> {
  let result: unknown;
  try {
    result = await action();
  } catch (error) {
    return error;
  }
  throw new Error(`nothing failed; the result is ${Deno.inspect(result)}`);
}
