import { assert, assertEquals } from "@std/assert";
import { VerificationError } from "../../src/errors.ts";
import * as json from "../../src/json/read.ts";
import { assertFails } from "../_assert_fails.ts";
import { type Json, toBytes, withProto } from "../oms/_forge.ts";

async function assertInvalid(action: () => unknown, message: string): Promise<void> {
  await assertFails(action, VerificationError, "SIGNATURE_INVALID", `Cannot read the signature: ${message}`);
}

Deno.test("parseJson() reads JSON", () => {
  assertEquals(json.parseJson(toBytes('\t{"a": [1, "\\u0000\u{1f600}", null]}\n'), "it"), {
    a: [1, "\0\u{1f600}", null],
  });
});

Deno.test("parseJson() refuses what is not JSON in UTF-8", async (t) => {
  const cases: [what: string, bytes: Uint8Array, message: string][] = [
    ["nothing", toBytes(""), "it is empty"],
    ["a byte order mark", Uint8Array.of(0xef, 0xbb, 0xbf, 0x7b, 0x7d), "it is not JSON"],
    ["a byte order mark alone", Uint8Array.of(0xef, 0xbb, 0xbf), "it is not JSON"],
    ["a byte that is not UTF-8", Uint8Array.of(0x22, 0xff, 0x22), "it is not text in UTF-8"],
    ["the beginning of a character", Uint8Array.of(0x22, 0xe2, 0x82), "it is not text in UTF-8"],
    ["garbage behind it", toBytes("{} x"), "it is not JSON"],
    ["a second document", toBytes("{}{}"), "it is not JSON"],
    ["the beginning of it", toBytes('{"a":'), "it is not JSON"],
    ["a line break in a text", toBytes('"\n"'), "it is not JSON"],
    ["lists without an end", toBytes("[".repeat(64)), "it is not JSON"],
    ["lists below each other without an end", toBytes("[".repeat(1_000_000)), "it is nested more than 64 deep"],
    ["NUL bytes", new Uint8Array(100), "it is not JSON"],
  ];
  for (const [what, bytes, message] of cases) {
    await t.step(what, () => assertInvalid(() => json.parseJson(bytes, "it"), message));
  }
});

Deno.test("parseJson() shows nothing of what it refuses but the place", async () => {
  const error = await assertFails(
    () => json.parseJson(toBytes('{"secret": "\u202e", x'), "it"),
    VerificationError,
    "SIGNATURE_INVALID",
  );
  assert(!error.message.includes("secret"), error.message);
});

Deno.test("asBytes() takes canonical base64 only", async (t) => {
  const good: [text: string, bytes: number[]][] = [
    ["AA==", [0]],
    ["AAA=", [0, 0]],
    ["AAAA", [0, 0, 0]],
    ["/+8=", [255, 239]],
    ["Zm9vYmFy", [102, 111, 111, 98, 97, 114]],
  ];
  for (const [text, bytes] of good) assertEquals([...json.asBytes(text, "x")], bytes);

  const bad: [what: string, value: Json, message: string][] = [
    ["nothing", "", "x is empty"],
    ["a missing member", undefined, "x is missing"],
    ["null", null, "x is missing"],
    ["a number", 0, "x is not a string"],
    ["a list", ["AA=="], "x is not a string"],
    ["bits behind the last byte", "AB==", "x is not base64"],
    ["bits behind the last two bytes", "AAB=", "x is not base64"],
    ["no padding", "AA", "x is not base64"],
    ["half the padding", "AA=", "x is not base64"],
    ["too much padding", "AA===", "x is not base64"],
    ["padding behind whole groups", "AAAA=", "x is not base64"],
    ["padding behind whole groups, twice", "AAAA==", "x is not base64"],
    ["padding alone", "==", "x is not base64"],
    ["padding in the middle", "AA==AAAA", "x is not base64"],
    ["one digit", "A", "x is not base64"],
    ["one digit too many", "AAAAA", "x is not base64"],
    ["the URL-safe alphabet", "_-8=", "x is not base64"],
    ["a space", "AA ==", "x is not base64"],
    ["a space before it", " AA==", "x is not base64"],
    ["a line break behind it", "AA==\n", "x is not base64"],
    ["a line break in it", "AAAA\r\nAAAA", "x is not base64"],
    ["a NUL behind it", "AA==\0", "x is not base64"],
    ["hex with a sign", "0x00!", "x is not base64"],
    ["a wide letter", "\uff21A==", "x is not base64"],
  ];
  for (const [what, value, message] of bad) {
    await t.step(what, () => assertInvalid(() => json.asBytes(value, "x"), message));
  }
});

Deno.test("asHexBytes() takes lowercase hex of the right length only", async (t) => {
  assertEquals(json.asHexBytes("00ff", "x", 2), Uint8Array.of(0, 255));
  const bad: [what: string, value: Json, message: string][] = [
    ["nothing", "", "x is empty"],
    ["null", null, "x is missing"],
    ["a number", 0, "x is not a string"],
    ["capitals", "00FF", "x is not lowercase hex"],
    ["another letter", "00fg", "x is not lowercase hex"],
    ["a prefix", "0x00", "x is not lowercase hex"],
    ["a line break", "00f\n", "x is not lowercase hex"],
    ["a wide digit", "00f\uff10", "x is not lowercase hex"],
    ["half a byte too few", "00f", "x has 3 hex digits: 4 are needed"],
    ["a byte too many", "00ff00", "x has 6 hex digits: 4 are needed"],
  ];
  for (const [what, value, message] of bad) {
    await t.step(what, () => assertInvalid(() => json.asHexBytes(value, "x", 2), message));
  }
});

Deno.test("asObject() rejects unknown members", async (t) => {
  assertEquals(json.asObject({ a: 1 }, "x", ["a", "b"]), { a: 1 });
  await assertInvalid(() => json.asObject({ a: 1, c: 1 }, "x", ["a", "b"]), 'x has an unknown member: "c"');
  for (const name of ["__proto__", "constructor", "toString", "hasOwnProperty", ""]) {
    const value = JSON.parse(`{${JSON.stringify(name)}: 1}`);
    await t.step(name, () => assertInvalid(() => json.asObject(value, "x", ["a"]), "x has an unknown member"));
  }
});

Deno.test("asOpenObject() takes objects only, with what is their own", async (t) => {
  assertEquals(json.asOpenObject(withProto({ a: 1 }, { b: 2 }), "x").b, undefined);
  for (
    const [value, message] of [[null, "missing"], [[], "not an object"], ["a", "not an object"], [1, "not an object"]]
  ) {
    await t.step(JSON.stringify(value), () => assertInvalid(() => json.asOpenObject(value, "x"), `x is ${message}`));
  }
});

Deno.test("asList() takes lists up to a length", async (t) => {
  assertEquals(json.asList([1, 2], "x", 2), [1, 2]);
  await assertInvalid(() => json.asList([1, 2, 3], "x", 2), "x holds 3 items: at most 2 are allowed");
  for (const [value, message] of [[null, "missing"], [{ length: 1 }, "not a list"], ["a", "not a list"]]) {
    await t.step(JSON.stringify(value), () => assertInvalid(() => json.asList(value, "x", 2), `x is ${message}`));
  }
});

Deno.test("asText(), asOneOf() and asBoolean() convert nothing", async (t) => {
  assertEquals([json.asText("a", "x"), json.asOneOf("a", "x", ["a", "b"]), json.asBoolean(false, "x")], [
    "a",
    "a",
    false,
  ]);
  const bad: [what: string, action: () => unknown, message: string][] = [
    ["an empty text", () => json.asText("", "x"), "x is empty"],
    ["a number as a text", () => json.asText(0, "x"), "x is not a string"],
    ["an object as a text", () => json.asText({}, "x"), "x is not a string"],
    ["a text that is not allowed", () => json.asOneOf("c", "x", ["a", "b"]), 'x is "c": it must be a or b'],
    ["a text in a list", () => json.asOneOf(["a"], "x", ["a"]), "x is not a string"],
    ["a text as true", () => json.asBoolean("true", "x"), "x is not true or false"],
    ["a number as true", () => json.asBoolean(1, "x"), "x is not true or false"],
    ["a missing truth", () => json.asBoolean(undefined, "x"), "x is not true or false"],
  ];
  for (const [what, action, message] of bad) await t.step(what, () => assertInvalid(action, message));
});

Deno.test("isPresent() takes null for absent, and nothing else", () => {
  assertEquals([undefined, null, 0, "", false, [], {}].map(json.isPresent), [
    false,
    false,
    true,
    true,
    true,
    true,
    true,
  ]);
});
