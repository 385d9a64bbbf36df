import { suffix } from "./_suffix.ts";
import { AssertionError } from "./assertion_error.ts";

/**
 * Asserts that a value is an instance of a class.
 *
 * @param actual The value.
 * @param expectedType The class.
 * @param msg What to add to the message of the error.
 * @throws {AssertionError} If it is not.
 */
// deno-lint-ignore no-explicit-any -- InstanceType asks for it
export function assertInstanceOf<T extends abstract new (...args: any[]) => any>(
  actual: unknown,
  expectedType: T,
  msg = "",
): asserts actual is InstanceType<T> {
  if (actual instanceof expectedType) return;
  const expected = expectedType.name || "an unnamed class";
  throw new AssertionError(
    `Expected object to be an instance of "${expected}" but was ${kindOf(actual)}${suffix(msg)}`,
  );
}

function kindOf(value: unknown): string {
  if (value === null) return `"null"`;
  if (typeof value !== "object") return `"${typeof value}"`;
  return `"${value.constructor?.name ?? "Object"}"`;
}
