import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { JSON_BOUNDS, JsonError, parseStrictJson } from "../../src/json/parse.ts";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const parse = (text: string): unknown => parseStrictJson(utf8(text));

function assertRefused(text: string, message: string): void {
  assertThrows(() => parse(text), JsonError, message);
}

Deno.test("parseStrictJson() reads what JSON.parse reads", () => {
  // Not "\\", for JSON.parse of V8 15.0 takes '"' for it after an object that has it at the same place.
  const member = fc.constantFrom("a", "b", "__proto__", "constructor", "0", '"', "{", ":", "b\u0000", "\u{1f600}");
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 5 },
      fc.jsonValue({ maxDepth: 1, stringUnit: "binary" }).filter((value) => typeof value !== "object"),
      fc.constantFrom(":", '"', "\\", ",", "{", "[", null),
      fc.array(tie("value")),
      fc.uniqueArray(fc.tuple(member, tie("value")), { selector: ([name]) => name }).map(Object.fromEntries),
    ),
  }));
  fc.assert(fc.property(value, fc.nat({ max: 2 }), (value, space) => {
    const text = JSON.stringify(value, null, space);
    assertEquals(parse(text), JSON.parse(text));
  }));
});

Deno.test("parseStrictJson() refuses a member that is there twice, at any depth and in any spelling", async (t) => {
  const twice = {
    "alike": '{"a":1,"a":1}',
    "different": '{"a":1,"b":2,"a":3}',
    "an escape": '{"a":1,"\\u0061":1}',
    "two escapes": '{"\\n":1,"\\u000a":1}',
    "empty": '{"":1,"":2}',
    "in a list": '[[{"x":{"a":1,"a":1}}]]',
    "as an index": '{"1":1,"1":1}',
    "the prototype": '{"__proto__":1,"__proto__":1}',
    "the prototype as an object": '{"__proto__":{},"__proto__":{"a":1}}',
    "objects of as many members": '{"a":{"b":1},"a":{"c":1}}',
  };
  for (const [what, text] of Object.entries(twice)) {
    await t.step(what, () => assertRefused(text, "holds a member more than once"));
  }
  assertEquals(parse('{"a":{"a":1},"b":[{"a":1},{"a":1}],"A":":"}'), { a: { a: 1 }, b: [{ a: 1 }, { a: 1 }], A: ":" });
});

Deno.test("parseStrictJson() bounds what parsing costs before it is done", async (t) => {
  const { bytes, depth, values } = JSON_BOUNDS;
  const at = {
    "bytes": [`"${"x".repeat(bytes - 2)}"`, `"${"x".repeat(bytes - 1)}"`],
    "depth": ["[".repeat(depth) + "]".repeat(depth), "[".repeat(depth + 1)],
    "depth of objects": ['{"":'.repeat(depth) + "0" + "}".repeat(depth), '{"":'.repeat(depth + 1)],
    "numbers": [`[${"0,".repeat(values - 1)}0]`, `[${"0,".repeat(values)}0]`],
    "lists": [`[${"[],".repeat(values / 2 - 1)}[]]`, `[${"[],".repeat(values / 2)}[]]`],
    "lists without an end": ["0", "[".repeat(5_000_000)],
  };
  for (const [what, [good = "", bad = ""]] of Object.entries(at)) {
    await t.step(what, () => {
      parse(good);
      assertThrows(() => parse(bad), JsonError);
    });
  }
});

Deno.test("parseStrictJson() does not count what stands in strings", async (t) => {
  const deep = "[".repeat(JSON_BOUNDS.depth + 1) + ":";
  for (const text of [deep, `"${deep}`, `\\${deep}`, `\\"${deep}`, `${deep}\\`, `\\\\"\\${deep}"`]) {
    await t.step(JSON.stringify(text.replace(deep, "[…")), () => {
      for (const value of [text, { [text]: text }, [text, [text]]]) assertEquals(parse(JSON.stringify(value)), value);
    });
  }
  assertRefused(`["\\\\", ${deep}`, "is nested more than 64 deep");
});
