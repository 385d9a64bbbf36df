import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { VerificationError } from "../../src/errors.ts";
import { GrowingBytes } from "../../src/lists/growing_bytes.ts";
import { type Cut, JsonCutter } from "../../src/json/stream.ts";
import { ListPart } from "../../src/json/list_part.ts";

/** Hands a text to a cutter in chunks of one length, and gives what is left with what was cut out. */
function cut(text: string, chunkBytes: number): { rest: unknown; texts: string[]; items: unknown[] } {
  const texts: string[] = [];
  const items: unknown[] = [];
  const collected = new GrowingBytes();
  const cuts: Cut[] = [
    {
      path: ["a", "text"],
      opening: '"',
      part: {
        append: (bytes) => collected.append(bytes),
        end: () => void texts.push(JSON.parse(`"${new TextDecoder().decode(collected.bytes)}"`)),
      },
    },
    { path: ["a", "list"], opening: "[", part: new ListPart("it", (some) => items.push(...some) > -1) },
  ];
  const cutter = new JsonCutter(cuts, "it");
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length; at += chunkBytes) cutter.append(bytes.slice(at, at + chunkBytes));
  return { rest: cutter.finish(), texts, items };
}

const CHUNKS = [1, 2, 3, 7, 64, 1_000_000];

/** What is likely to be mistaken: quotes, escapes and brackets in texts, and members of the same names elsewhere. */
const value = fc.jsonValue({ maxDepth: 4, stringUnit: "binary" });
// Not "\\", for JSON.parse of V8 15.0 takes '"' for it after an object that has it at the same place.
const member = fc.constantFrom("a", "text", "list", '"', "{", "b\u0000", "\u{1f600}");

Deno.test("JsonCutter leaves of any document what JSON.parse finds in it, and hands on the rest, however it is cut", () => {
  const inner = fc.record({
    text: fc.string({ unit: "binary" }),
    list: fc.array(value),
    more: fc.dictionary(member, value),
  });
  fc.assert(
    fc.property(inner, fc.dictionary(member, value), fc.nat({ max: 2 }), ({ text, list, more }, others, space) => {
      delete more.text;
      delete more.list;
      delete others.a;
      const document = { ...others, a: { ...more, text, list }, b: { text, list } };
      for (const chunkBytes of CHUNKS) {
        const { rest, texts, items } = cut(JSON.stringify(document, null, space), chunkBytes);
        const left = {
          ...JSON.parse(JSON.stringify(document)),
          a: { ...JSON.parse(JSON.stringify(more)), text: "", list: [] },
        };
        assertEquals([rest, texts, items], [left, [text], JSON.parse(JSON.stringify(list))]);
      }
    }),
  );
});

Deno.test("JsonCutter refuses what JSON.parse refuses, however it is cut", () => {
  const document = '{"a":{"text":"x\\u0041","list":[1,{"b":[2]},"]"],"c":[true,null]},"d":-1.5e3}';
  const edit = fc.record({
    at: fc.nat({ max: document.length }),
    remove: fc.nat({ max: 2 }),
    insert: fc.constantFrom("", ",", '"', "\\", "[", "]", "{", "}", ":", "1", "x", " ", "\u0001"),
  });
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 3 }), fc.constantFrom(...CHUNKS), (edits, chunkBytes) => {
      let text = document;
      for (const { at, remove, insert } of edits) text = text.slice(0, at) + insert + text.slice(at + remove);
      let parsed: { a?: { text?: unknown; list?: unknown } };
      try {
        parsed = JSON.parse(text);
      } catch {
        assertThrows(() => cut(text, chunkBytes));
        return;
      }
      let found: ReturnType<typeof cut>;
      try {
        found = cut(text, chunkBytes);
      } catch (error) {
        // The one thing it refuses beyond that: a part that is there twice.
        if (error instanceof VerificationError && error.message.includes("more than once")) return;
        throw error;
      }
      if (typeof parsed?.a?.text === "string") assertEquals(found.texts, [parsed.a.text], text);
      if (Array.isArray(parsed?.a?.list)) assertEquals(found.items, parsed.a.list, text);
    }),
    { numRuns: 2_000 },
  );
});

Deno.test("JsonCutter refuses a part that is there twice, of which JSON.parse would take the last", () => {
  for (
    const text of [
      '{"a":{"text":"1","text":"2"}}',
      '{"a":{"text":"1"},"a":{"text":"2"}}',
      '{"a":{"list":[]},"a":{"list":[]}}',
    ]
  ) {
    for (const chunkBytes of CHUNKS) {
      assertThrows(() => cut(text, chunkBytes), VerificationError, "more than once");
    }
  }
});

/** Hands on a document made of the same piece again and again. */
function cutMany(begin: string, piece: string, count: number, end = ""): unknown {
  const nowhere = { append(): void {}, separate(): void {}, end(): void {} };
  const cutter = new JsonCutter([{ path: ["list"], opening: "[", part: nowhere }], "it");
  const pieces = new TextEncoder().encode(piece.repeat(1_000));
  cutter.append(new TextEncoder().encode(begin));
  for (let i = 0; i < count; i += 1_000) cutter.append(pieces);
  cutter.append(new TextEncoder().encode(end));
  return cutter.finish();
}

Deno.test("JsonCutter bounds what is left, whatever it is made of", async (t) => {
  const cases: Record<string, [begin: string, piece: string, message: string]> = {
    "a string": ['{"a":"', "abcdefgh", "more than 8000000 bytes besides"],
    "a name": ['{"', "abcdefgh", "more than 8000000 bytes besides"],
    "white space": ["{", "        ", "more than 8000000 bytes besides"],
    "white space after a list": ['{"list":[]', "        ", "more than 8000000 bytes besides"],
    "numbers": ['{"a":[', "0,", "more than 200000 values"],
    "members": ["{", '"a":0,', "more than 200000 values"],
    "empty lists": ['{"a":[', "[],", "more than 200000 values"],
    "items": ['{"list":[', "{},", "more than 4000000 lists"],
    "members of few objects": ['{"list":[{', '"a":0,', "more than 8000000 members"],
  };
  for (const [what, [begin, piece, message]] of Object.entries(cases)) {
    await t.step(what, () => {
      assertThrows(() => cutMany(begin, piece, 8_001_000), VerificationError, message);
    });
  }
  // What is cut out is not what is left.
  assertEquals(cutMany('{"list":[', "0,".repeat(10), 1_000_000, "0]}"), { list: [] });
});

Deno.test("JsonCutter refuses an item that is larger than any, however it is cut", () => {
  const itemOf = (bytes: number): string => `"${"x".repeat(bytes - 2)}"`;
  assertEquals(cut(`{"a":{"list":[${itemOf(524_288)},1]}}`, 65_536).items.length, 2);
  for (const chunkBytes of [4_096, 65_536, 10_000_000]) {
    for (
      const text of [
        `${itemOf(600_000)}`,
        `1,${itemOf(600_000)},1`,
        `[${"0,".repeat(300_000)}0]`,
        `{"a":${itemOf(600_000)}}`,
      ]
    ) {
      assertThrows(() => cut(`{"a":{"list":[${text}]}}`, chunkBytes), VerificationError, "limit of 524288 bytes");
    }
  }
});

Deno.test("JsonCutter refuses a member that is there twice, in a part as in the rest", () => {
  for (
    const text of [
      '{"b":1,"b":2}',
      '{"a":{"b":{"c":1,"\\u0063":1}}}',
      '{"a":{"list":[{"b":1,"b":1}]}}',
      `{"a":{"list":[${"1,".repeat(40_000)}{"b":[{"c":1,"c":1}]},${"1,".repeat(40_000)}1]}}`,
    ]
  ) {
    for (const chunkBytes of CHUNKS) {
      assertThrows(() => cut(text, chunkBytes), VerificationError, "more than once");
    }
  }
});

Deno.test("JsonCutter bounds what brackets cost, also in a part", () => {
  for (const text of ["[".repeat(100), '{"a":{"list":' + "[".repeat(100)]) {
    assertThrows(() => cut(text, 10), VerificationError, "nested more than 64 deep");
  }
});

Deno.test("JsonCutter refuses a long list with an item missing at any place where it is read in turn", () => {
  const item = JSON.stringify("x".repeat(100));
  const items = Array.from({ length: 1_000 }, () => item);
  assertEquals(cut(`{"a":{"list":[${items.join()}]}}`, 5_000).items.length, 1_000);
  for (let i = 0; i < items.length; i += 37) {
    const without = items.with(i, "");
    assertThrows(() => cut(`{"a":{"list":[${without.join()}]}}`, 5_000), VerificationError, "is not JSON");
  }
});
