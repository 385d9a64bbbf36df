import {
  assert,
  assertEquals,
  assertExists,
  assertFalse,
  assertGreaterOrEqual,
  assertInstanceOf,
  AssertionError,
  assertMatch,
  assertNotEquals,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
  equal,
  fail,
} from "@std/assert";

// Whether an assertion holds is checked without any assertion.

/** Runs what must throw an `AssertionError`; returns its message, without colors. */
function failureOf(fn: () => unknown): string {
  try {
    fn();
  } catch (error) {
    return messageOf(error);
  }
  throw new Error("Expected the assertion to fail: it passed");
}

/** Awaits what must reject with an `AssertionError`; returns its message, without colors. */
async function failureOfPromise(fn: () => Promise<unknown>): Promise<string> {
  try {
    await fn();
  } catch (error) {
    return messageOf(error);
  }
  throw new Error("Expected the assertion to fail: it passed");
}

function messageOf(error: unknown): string {
  // deno-lint-ignore no-control-regex -- colors begin with it
  if (error instanceof AssertionError) return error.message.replaceAll(/\x1b\[[0-9;]*m/g, "");
  throw new Error("Expected an AssertionError: something else was thrown", { cause: error });
}

function check(condition: boolean, what: string): void {
  if (!condition) throw new Error(`Expected ${what}`);
}

/** Checks both `equal` and the assertions built on it, in both directions. */
function checkEqual(a: unknown, b: unknown, expected: boolean): void {
  const what = `${Deno.inspect(a)} and ${Deno.inspect(b)} ${expected ? "to be" : "not to be"} equal`;
  check(equal(a, b) === expected && equal(b, a) === expected, what);
  if (expected) {
    assertEquals(a, b);
    failureOf(() => assertNotEquals(a, b));
  } else {
    assertNotEquals(a, b);
    failureOf(() => assertEquals(a, b));
  }
}

Deno.test("AssertionError is an error with name, message and cause", () => {
  const cause = new Error("why");
  const error = new AssertionError("what", { cause });
  check(error instanceof Error, "an Error");
  check(error.name === "AssertionError", "its name");
  check(error.message === "what" && error.cause === cause, "its message and cause");
});

Deno.test("assert() passes what is truthy", () => {
  for (const value of [true, 1, "0", [], {}, 1n, Symbol()]) assert(value);
  for (const value of [false, 0, "", null, undefined, NaN, 0n]) failureOf(() => assert(value));
  check(failureOf(() => assert(false)) === "", "an empty message");
  check(failureOf(() => assert(false, "why")) === "why", "the message");
});

Deno.test("assert() narrows the type", () => {
  const value = "text" as string | undefined;
  assert(value);
  const text: string = value;
  check(text === "text", "the value");
});

Deno.test("assertFalse() passes what is falsy", () => {
  for (const value of [false, 0, "", null, undefined, NaN, 0n]) assertFalse(value);
  for (const value of [true, 1, "0", [], {}]) failureOf(() => assertFalse(value));
  check(failureOf(() => assertFalse(1, "why")) === "why", "the message");
});

Deno.test("fail() always fails", () => {
  check(failureOf(() => fail()) === "Failed assertion.", "a full stop");
  check(failureOf(() => fail("why")) === "Failed assertion: why", "the message");
});

Deno.test("assertExists() passes all but null and undefined", () => {
  for (const value of [false, 0, "", NaN, {}]) assertExists(value);
  const message = failureOf(() => assertExists(null, "why"));
  check(message.includes("null") && message.includes("why"), "the value and the message");
  failureOf(() => assertExists(undefined));
  const value = "text" as string | null;
  assertExists(value);
  const text: string = value;
  check(text === "text", "the value");
});

Deno.test("assertMatch() looks for a match", () => {
  assertMatch("model signing", /l s/);
  const message = failureOf(() => assertMatch("model", /signing/, "why"));
  check(["model", "/signing/", "why"].every((part) => message.includes(part)), "both and the message");
});

Deno.test("assertStringIncludes() looks for a part", () => {
  assertStringIncludes("model signing", "l s");
  assertStringIncludes("model", "");
  const message = failureOf(() => assertStringIncludes("model", "signing", "why"));
  check(["model", "signing", "why"].every((part) => message.includes(part)), "both and the message");
});

Deno.test("assertInstanceOf() looks at the class", () => {
  assertInstanceOf(new RangeError(), Error);
  const value: unknown = new Map([["a", 1]]);
  assertInstanceOf(value, Map);
  check(value.size === 1, "the value");
  const message = failureOf(() => assertInstanceOf(new Set(), Map, "why"));
  check(["Map", "Set", "why"].every((part) => message.includes(part)), "both and the message");
  for (const other of [null, undefined, 1, "Map", () => {}]) failureOf(() => assertInstanceOf(other, Map));
});

Deno.test("assertInstanceOf() takes an abstract class", () => {
  abstract class Base {}
  class Derived extends Base {}
  assertInstanceOf(new Derived(), Base);
});

Deno.test("assertGreaterOrEqual() compares", () => {
  assertGreaterOrEqual(2, 1);
  assertGreaterOrEqual(2, 2);
  assertGreaterOrEqual(2n, 1n);
  assertGreaterOrEqual(new Date(1), new Date(0));
  check(failureOf(() => assertGreaterOrEqual(1, 2)).includes("1 >= 2"), "both");
  check(failureOf(() => assertGreaterOrEqual(1, 2, "why")) === "why", "the message alone");
});

Deno.test("assertStrictEquals() compares as Object.is", () => {
  const object = { a: 1 };
  assertStrictEquals(object, object);
  assertStrictEquals(NaN, NaN);
  assertStrictEquals("a", "a");
  failureOf(() => assertStrictEquals(0, -0));
  failureOf(() => assertStrictEquals<unknown>(1, "1"));
  const message = failureOf(() => assertStrictEquals({ a: 1 }, { a: 1 }, "why"));
  check(message.startsWith("Values have the same structure but are not reference-equal: why"), "the reason");
  check(failureOf(() => assertStrictEquals(1, 2)).startsWith("Values are not strictly equal."), "the reason");
});

Deno.test("assertNotEquals() adds the message", () => {
  check(failureOf(() => assertNotEquals(1, 1, "why")).includes("why"), "the message");
});

Deno.test("equal() compares primitives", () => {
  for (const value of [1, "a", true, null, undefined, 1n, NaN, Symbol.iterator]) checkEqual(value, value, true);
  checkEqual(0, -0, true);
  checkEqual([0], [-0], true);
  checkEqual(1, 2, false);
  checkEqual(1, "1", false);
  checkEqual(1, 1n, false);
  checkEqual(null, undefined, false);
  checkEqual(0, false, false);
  checkEqual(null, {}, false);
  checkEqual(Symbol("a"), Symbol("a"), false);
});

Deno.test("equal() compares functions by identity", () => {
  const fn = (): void => {};
  checkEqual(fn, fn, true);
  checkEqual(fn, (): void => {}, false);
});

Deno.test("equal() compares objects and arrays deeply", () => {
  checkEqual({ a: { b: [1, { c: 2 }] } }, { a: { b: [1, { c: 2 }] } }, true);
  checkEqual({ a: 1, b: 2 }, { b: 2, a: 1 }, true);
  checkEqual({ a: { b: 1 } }, { a: { b: 2 } }, false);
  checkEqual({ a: 1 }, { b: 1 }, false);
  checkEqual([1, [2, 3]], [1, [2, 3]], true);
  checkEqual([1, 2], [2, 1], false);
  checkEqual([1, 2, 3], [1, 2], false);
  checkEqual([], {}, false);
  checkEqual({ [Symbol.for("a")]: 1 }, { [Symbol.for("a")]: 1 }, true);
  checkEqual({ [Symbol.for("a")]: 1 }, { [Symbol.for("a")]: 2 }, false);
  checkEqual({ [Symbol.for("a")]: 1 }, {}, false);
});

Deno.test("equal() tells an undefined property from a missing one", () => {
  checkEqual({ a: undefined }, { a: undefined }, true);
  checkEqual({ a: undefined }, {}, false);
  checkEqual({ a: undefined, b: 1 }, { c: undefined, b: 1 }, false);
  checkEqual([undefined], [], false);
});

Deno.test("equal() takes an object without prototype for a plain one", () => {
  const bare = Object.assign(Object.create(null), { a: 1 });
  check(equal(bare, { a: 1 }) && equal({ a: 1 }, bare), "them to be equal");
  check(!equal(bare, { a: 2 }) && !equal({ a: 2 }, bare), "them not to be equal");
});

Deno.test("equal() compares instances by class and properties", () => {
  class Point {
    constructor(readonly x: number) {}
  }
  class Other {
    constructor(readonly x: number) {}
  }
  checkEqual(new Point(1), new Point(1), true);
  checkEqual(new Point(1), new Point(2), false);
  checkEqual(new Point(1), new Other(1), false);
  checkEqual(new Point(1), { x: 1 }, false);
});

Deno.test("equal() compares what getters of a class give", () => {
  class Secret {
    readonly #value: number;
    constructor(value: number) {
      this.#value = value;
    }
    get value(): number {
      return this.#value;
    }
  }
  checkEqual(new Secret(1), new Secret(1), true);
  checkEqual(new Secret(1), new Secret(2), false);
});

Deno.test("equal() compares dates", () => {
  checkEqual(new Date(1), new Date(1), true);
  checkEqual(new Date(1), new Date(2), false);
  checkEqual(new Date(NaN), new Date(NaN), true);
  checkEqual(new Date(NaN), new Date(1), false);
});

Deno.test("equal() compares regular expressions and URLs", () => {
  checkEqual(/a/g, /a/g, true);
  checkEqual(/a/g, /a/i, false);
  checkEqual(/a/, /b/, false);
  checkEqual(new URL("file:///a"), new URL("file:///a"), true);
  checkEqual(new URL("file:///a"), new URL("file:///b"), false);
});

Deno.test("equal() compares binary data", () => {
  checkEqual(Uint8Array.of(1, 2), Uint8Array.of(1, 2), true);
  checkEqual(Uint8Array.of(1, 2), Uint8Array.of(2, 1), false);
  checkEqual(Uint8Array.of(1, 2), Uint8Array.of(1, 2, 3), false);
  checkEqual(Uint8Array.of(1), Int8Array.of(1), false);
  checkEqual(Uint8Array.of(1), [1], false);
  checkEqual(Float64Array.of(NaN, 0), Float64Array.of(NaN, -0), true);
  checkEqual(Uint8Array.of(0, 1, 2).subarray(1), Uint8Array.of(1, 2), true);
  checkEqual(Uint8Array.of(1).buffer, Uint8Array.of(1).buffer, true);
  checkEqual(Uint8Array.of(1).buffer, Uint8Array.of(2).buffer, false);
});

Deno.test("equal() compares sets in any order", () => {
  checkEqual(new Set([1, 2, 3]), new Set([3, 2, 1]), true);
  checkEqual(new Set([1, 2]), new Set([1, 2, 3]), false);
  checkEqual(new Set([1, 2]), new Set([1, 3]), false);
  checkEqual(new Set([{ a: 1 }, { a: 2 }]), new Set([{ a: 2 }, { a: 1 }]), true);
  checkEqual(new Set([{ a: 1 }]), new Set([{ a: 2 }]), false);
  checkEqual(new Set([1, new Set([2, 3])]), new Set([new Set([3, 2]), 1]), true);
  checkEqual(new Set(), new Map(), false);
});

Deno.test("equal() compares maps in any order, with keys that are objects", () => {
  checkEqual(new Map([["a", 1], ["b", 2]]), new Map([["b", 2], ["a", 1]]), true);
  checkEqual(new Map([["a", 1]]), new Map([["a", 2]]), false);
  checkEqual(new Map([["a", 1]]), new Map([["b", 1]]), false);
  checkEqual(new Map([["a", { b: [1] }]]), new Map([["a", { b: [1] }]]), true);
  checkEqual(new Map([[{ a: 1 }, "x"]]), new Map([[{ a: 1 }, "x"]]), true);
  checkEqual(new Map([[{ a: 1 }, "x"]]), new Map([[{ a: 2 }, "x"]]), false);
  checkEqual(new Map([["a", undefined]]), new Map([["b", undefined]]), false);
});

Deno.test("equal() compares objects that contain themselves", () => {
  const ring = (value: number): object => {
    const object: Record<string, unknown> = { value };
    object.self = object;
    return object;
  };
  checkEqual(ring(1), ring(1), true);
  checkEqual(ring(1), ring(2), false);
});

Deno.test("equal() looks through weak references", () => {
  const [one, same, other] = [{ a: 1 }, { a: 1 }, { a: 2 }];
  checkEqual(new WeakRef(one), new WeakRef(same), true);
  checkEqual(new WeakRef(one), new WeakRef(other), false);
});

Deno.test("equal() refuses what cannot be compared", () => {
  for (const make of [(): object => new WeakMap(), (): object => new WeakSet()]) {
    try {
      equal(make(), make());
    } catch (error) {
      check(error instanceof TypeError, "a TypeError");
      continue;
    }
    throw new Error("Expected a TypeError: nothing was thrown");
  }
});

Deno.test("assertEquals() shows both values line by line", () => {
  const message = failureOf(() => assertEquals({ a: 1, b: 2, c: 3 }, { a: 1, b: 9, c: 3 }, "why"));
  check(message.startsWith("Values are not equal: why\n"), "the reason");
  const lines = message.split("\n").map((line) => line.replace(/\s+/g, " ").trim());
  for (const line of ["a: 1,", "- b: 2,", "+ b: 9,", "c: 3,"]) check(lines.includes(line), `the line "${line}"`);
  check(failureOf(() => assertEquals(1, 2)).startsWith("Values are not equal.\n"), "a full stop");
});

Deno.test("assertEquals() shows strings of several lines", () => {
  const message = failureOf(() => assertEquals("one\ntwo\nthree", "one\n2\nthree"));
  const marked = message.split("\n").filter((line) => /^[-+] /.test(line));
  check(marked.some((line) => line.startsWith("-") && line.includes("two")), "the actual line");
  check(marked.some((line) => line.startsWith("+") && line.includes("2")), "the expected line");
  check(!marked.some((line) => line.includes("three")), "no line that is the same");
});

Deno.test("assertEquals() shows large values in time", () => {
  const numbers = Array.from({ length: 3_000 }, (_, i) => i);
  const message = failureOf(() => assertEquals(numbers, numbers.with(1_500, -1)));
  check(/^- +1500,/m.test(message) && /^\+ +-1,/m.test(message), "the line that differs");
});

Deno.test("assertThrows() returns what was thrown", () => {
  const error = new RangeError("out of range");
  const throwing = (): never => {
    throw error;
  };
  check(assertThrows(throwing) === error, "the error");
  check(assertThrows(throwing, "a message") === error, "the error");
  const typed: RangeError = assertThrows(throwing, RangeError, "of range", "a message");
  check(typed === error, "the error");
  check(assertThrows(throwing, Error) === error, "an error of a subclass");
  check(assertThrows(throwing, RangeError, "") === error, "the error, whatever its message");
});

Deno.test("assertThrows() passes anything if no class is given", () => {
  check(
    assertThrows(() => {
      throw "text";
    }) === "text",
    "what was thrown",
  );
});

Deno.test("assertThrows() fails if nothing is thrown, or something else", () => {
  const throwing = (): never => {
    throw new RangeError("out of range");
  };
  check(failureOf(() => assertThrows(() => {})) === "Expected function to throw.", "a full stop");
  check(failureOf(() => assertThrows(() => {}, "why")) === "Expected function to throw: why", "the message");
  check(failureOf(() => assertThrows(() => {}, Error, "", "why")).endsWith(": why"), "the message");
  const otherClass = failureOf(() => assertThrows(throwing, SyntaxError, "", "why"));
  check(["SyntaxError", "RangeError", "why"].every((part) => otherClass.includes(part)), "both classes");
  const otherText = failureOf(() => assertThrows(throwing, RangeError, "in range", "why"));
  check(["in range", "out of range", "why"].every((part) => otherText.includes(part)), "both texts");
  const noError = failureOf(() =>
    assertThrows(() => {
      throw "text";
    }, Error)
  );
  check(noError === "A non-Error object was thrown.", "the reason");
});

Deno.test("assertRejects() resolves with what was rejected", async () => {
  const error = new RangeError("out of range");
  const rejecting = (): Promise<never> => Promise.reject(error);
  check(await assertRejects(rejecting) === error, "the error");
  check(await assertRejects(rejecting, "a message") === error, "the error");
  const typed: RangeError = await assertRejects(rejecting, RangeError, "of range", "a message");
  check(typed === error, "the error");
  check(await assertRejects(rejecting, Error) === error, "an error of a subclass");
  // deno-lint-ignore require-await -- it is what is tested
  const throwing = async (): Promise<never> => {
    throw error;
  };
  check(await assertRejects(throwing, RangeError) === error, "the error of an async function");
  check(await assertRejects(() => Promise.reject("text")) === "text", "what was rejected");
});

Deno.test("assertRejects() fails if nothing is rejected, or something else", async () => {
  const rejecting = (): Promise<never> => Promise.reject(new RangeError("out of range"));
  const resolving = (): Promise<number> => Promise.resolve(1);
  check(await failureOfPromise(() => assertRejects(resolving)) === "Expected function to reject.", "a full stop");
  check((await failureOfPromise(() => assertRejects(resolving, "why"))).endsWith(": why"), "the message");
  const otherClass = await failureOfPromise(() => assertRejects(rejecting, SyntaxError, "", "why"));
  check(["SyntaxError", "RangeError", "why"].every((part) => otherClass.includes(part)), "both classes");
  const otherText = await failureOfPromise(() => assertRejects(rejecting, RangeError, "in range", "why"));
  check(["in range", "out of range", "why"].every((part) => otherText.includes(part)), "both texts");
  const noError = await failureOfPromise(() => assertRejects(() => Promise.reject("text"), Error));
  check(noError === "A non-Error object was rejected.", "the reason");
});

Deno.test("assertRejects() fails if the function itself throws", async () => {
  const throwing = (): Promise<never> => {
    throw new RangeError("out of range");
  };
  const message = await failureOfPromise(() => assertRejects(throwing, RangeError, "", "why"));
  check(message === "Function throws when expected to reject: why", "the reason");
});
