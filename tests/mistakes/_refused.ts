import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { VerificationError } from "../../src/errors.ts";

/**
 * Asserts that something is refused, by an error of ours that says so in one line.
 *
 * @param action What is to be refused.
 * @param codes The codes that the error may have; any, if none is given.
 */
export async function refused(action: () => unknown, ...codes: string[]): Promise<void> {
  const error = await errorOf(action);
  assertInstanceOf(error, VerificationError);
  if (codes.length > 0) assert(codes.includes(error.code), `${error.code}: ${error.message}`);
  assertEquals(/\p{Cc}/u.test(error.message), false, "a message is one plain line");
}

async function errorOf(action: () => unknown): Promise<unknown> {
  try {
    await action();
  } catch (error) {
    return error;
  }
  throw new Error("it was accepted");
}
