import { assertEquals } from "@std/assert";
import { VerificationError } from "../../src/errors.ts";
import { canonicalPath, checkStatement } from "../../src/oms/check_statement.ts";
import { parseStatement } from "../../src/oms/statement.ts";
import { assertFails } from "../_assert_fails.ts";
import { FALSE, type FalseCase, OVERLAPPING } from "./_false_statements.ts";
import { type Json, toBytes } from "./_forge.ts";
import { filesStatement, oldStatement, resource, sha256Hex, shardsStatement, statementOf } from "./_statements.ts";

function assertNotBelieved([what, statement, code, message]: FalseCase, t: Deno.TestContext): Promise<boolean> {
  return t.step(what, async () => {
    const parsed = parseStatement(toBytes(statement));
    await assertFails(
      () => checkStatement(parsed),
      VerificationError,
      code,
      "the signed manifest is inconsistent",
      message,
    );
  });
}

Deno.test("checkStatement() refuses what contradicts itself or leaves the model", async (t) => {
  for (const falseCase of FALSE) await assertNotBelieved(falseCase, t);
});

Deno.test("checkStatement() refuses two shards with one start", async (t) => {
  for (const falseCase of OVERLAPPING) await assertNotBelieved(falseCase, t);
});

Deno.test("checkStatement() accepts what a model can be", async (t) => {
  const accepted: [what: string, statement: Json][] = [
    ["one file", filesStatement("a")],
    ["a model that is one file, as the Python tool has it", filesStatement(".")],
    ["the same in shards", shardsStatement(".:0:4", ".:4:5")],
    ["the same in the oldest form", oldStatement(".")],
    [
      "names that only look dangerous",
      filesStatement("..a", "a..", "...", ".a", "a/..b", "~", "-rf", " ", "a:b", "a\\..\\b"),
    ],
    ["names with control characters", filesStatement("\n", "\t", "\u001b[2J", "\u202e")],
    ["names that JavaScript has a use for", filesStatement("__proto__", "constructor", "__proto__x/toString")],
    ["names that are alike but not the same", filesStatement("A", "a", "\u00e9", "e\u0301", "\ufb01", "fi")],
    ["a file beside a directory of nearly its name", filesStatement("a", "a.b/c", "a-b/c")],
    ["git files that were signed", filesStatement(".git/config", ".gitignore")],
    ["the longest name", filesStatement("x".repeat(65_536))],
    ["the longest name in three-byte characters", filesStatement("\u20ac".repeat(21_845))],
    ["the deepest name", filesStatement("x/".repeat(4_095) + "x")],
    ["resources in the order of another tool", filesStatement("b", "a/z", "a-b")],
    ["shards in any order", shardsStatement("w:4:8", "w:8:9", "w:0:4")],
    ["shards of several files", shardsStatement("v:0:1", "w:0:4", "w:4:8")],
    ["shards of files with colons", shardsStatement("w:0:4:0:4", "w:0:4")],
    ["a line break in the name of a shard", shardsStatement("w\n:0:4")],
    [
      "the largest shard",
      statementOf([resource("w:0:9007199254740991")], { method: "shards", shard_size: Number.MAX_SAFE_INTEGER }),
    ],
    [
      "a file that is smaller than a shard",
      statementOf([resource("w:0:3")], { method: "shards", shard_size: 10 ** 9 }),
    ],
    [
      "ignored paths of every tool",
      statementOf([resource("a")], {
        ignore_paths: [".git", "a b", "sub/./x", "./y//z/", "*", "a\n", "..x", "test/assets/models/simple/ignore-me"],
      }),
    ],
    ["an ignored path twice", statementOf([resource("a")], { ignore_paths: ["x", "x"] })],
  ];
  for (const [what, statement] of accepted) {
    await t.step(what, () => void checkStatement(parseStatement(toBytes(statement))));
  }
});

Deno.test("checkStatement() lists files and resources by code point, in whatever order they are signed", () => {
  const names = ["a b", "a-b", "a/b", "\uff5e", "\u{1f600}"];
  for (const listed of [names, names.toReversed(), ["a/b", "\u{1f600}", "a b", "\uff5e", "a-b"]]) {
    const { resources, files } = checkStatement(parseStatement(toBytes(filesStatement(...listed))));
    assertEquals([...resources.names], names);
    assertEquals([...files], names);
    assertEquals([...resources].map(({ digest }) => digest.toHex()), names.map((name) => sha256Hex(name)));
  }
});

Deno.test("checkStatement() lists each file of shards once, also one that stands among the shards of another", () => {
  const statement = shardsStatement("w:0:4:0:4", "w:4:8", "w:8:9", "w-:0:1", "w:0:4", "w:0:4:4:8");
  const { resources, files } = checkStatement(parseStatement(toBytes(statement)));
  assertEquals([...files], ["w", "w-", "w:0:4"]);
  assertEquals([...resources.names], ["w-:0:1", "w:0:4", "w:0:4:0:4", "w:0:4:4:8", "w:4:8", "w:8:9"]);
});

Deno.test("canonicalPath() gives each path one form", () => {
  const forms: [path: string, canonical: string][] = [
    ["a", "a"],
    ["a/b", "a/b"],
    ["./a//b/", "a/b"],
    ["a/./b/.", "a/b"],
    ["", ""],
    [".", ""],
    ["./.", ""],
    ["/", "/"],
    ["//", "/"],
    ["/a/", "/a"],
    ["..", ".."],
    ["a/../b", "a/../b"],
    ["...", "..."],
  ];
  for (const [path, canonical] of forms) assertEquals(canonicalPath(path), canonical, path);
});
