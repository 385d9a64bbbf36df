/** Statements that are right in form and must not be believed: what they say contradicts itself or leaves the model. */
import { edit, type Json } from "./_forge.ts";
import { filesStatement, oldStatement, resource, sha256Hex, shardsStatement, statementOf } from "./_statements.ts";

/** What is wrong, the statement, the code, and a part of the message. */
export type FalseCase = readonly [what: string, statement: Json, code: string, message: string];

const good = filesStatement("a", "b");

const CONTENT: readonly FalseCase[] = [
  ["no resource", filesStatement(), "MANIFEST_EMPTY", "it lists no file"],
  ["no shard", shardsStatement(), "MANIFEST_EMPTY", "it lists no file"],
  ["no old subject", oldStatement(), "MANIFEST_EMPTY", "it lists no file"],
  [
    "a root digest of nothing",
    edit(good, "subject.0.digest.sha256", sha256Hex("")),
    "MANIFEST_ROOT",
    "its root digest is e3b0",
  ],
  [
    "another root digest",
    edit(good, "subject.0.digest.sha256", "00".repeat(32)),
    "MANIFEST_ROOT",
    "its root digest is 0000",
  ],
  [
    "resources in another order",
    edit(good, "predicate.resources", good.predicate.resources.toReversed()),
    "MANIFEST_ROOT",
    "but",
  ],
  ["a resource added", edit(good, "predicate.resources.2", resource("c")), "MANIFEST_ROOT", "but its resources give"],
  [
    "a resource taken out",
    edit(good, "predicate.resources", [resource("a")]),
    "MANIFEST_ROOT",
    "but its resources give",
  ],
  ["a file twice", filesStatement("a", "b", "a"), "MANIFEST_DUPLICATE", 'it lists "a" more than once'],
  ["a file twice with two digests", statementOf([resource("a"), resource("a", "b")]), "MANIFEST_DUPLICATE", '"a"'],
  ["a shard twice", shardsStatement("w:0:4", "w:0:4"), "MANIFEST_DUPLICATE", 'it lists "w:0:4" more than once'],
  ["an old subject twice", oldStatement("a", "a"), "MANIFEST_DUPLICATE", 'it lists "a" more than once'],
  [
    "a file twice, once with an escape",
    JSON.stringify(filesStatement("a", "a")).replace('"name":"a"', '"name":"\\u0061"'),
    "MANIFEST_DUPLICATE",
    '"a"',
  ],
];

/** Names that no file of a model has, and why. */
const NAMES: readonly [name: string, message: string][] = [
  ["/", "is absolute"],
  ["/etc/passwd", "is absolute"],
  ["//server/share", "is absolute"],
  ["..", 'holds ".." and may leave the model'],
  ["../x", 'holds ".." and may leave the model'],
  ["../../../../etc/passwd", 'holds ".." and may leave the model'],
  ["a/../x", 'holds ".." and may leave the model'],
  ["a/..", 'holds ".." and may leave the model'],
  [".", "is not canonical"],
  ["./x", "is not canonical"],
  ["a/./x", "is not canonical"],
  ["a/.", "is not canonical"],
  ["a//x", "is not canonical"],
  ["x/", "is not canonical"],
  ["a\0", "holds a NUL character"],
  ["\ud800", "is not valid Unicode"],
  ["x\udc00/y", "is not valid Unicode"],
  ["x".repeat(65_537), "is longer than 65536 bytes"],
  ["\u20ac".repeat(21_846), "is longer than 65536 bytes"],
  ["x/".repeat(4_096) + "x", "is more than 4096 directories deep"],
];

/** Each of them beside a good one, in every form of a statement. */
const NAME_CASES: readonly FalseCase[] = NAMES.flatMap(([name, message]): FalseCase[] => {
  const shown = name.length > 30 ? `${name.slice(0, 30)}…` : name;
  return [
    [`the name ${JSON.stringify(shown)}`, filesStatement(name, "b"), "MANIFEST_NAME", message],
    [`the old name ${JSON.stringify(shown)}`, oldStatement("b", name), "MANIFEST_NAME", message],
    [`the shards of ${JSON.stringify(shown)}`, shardsStatement("b:0:1", `${name}:0:1`), "MANIFEST_NAME", message],
  ];
});

const BELOW: readonly FalseCase[] = [
  ["a file in a file", filesStatement("b", "b/c"), "MANIFEST_NAME", 'the name "b/c" is below "b", which is a file'],
  ["a file deep in a file", filesStatement("b/c/d/e", "b/c"), "MANIFEST_NAME", 'the name "b/c/d/e" is below "b/c"'],
  ["a shard in a file of shards", shardsStatement("b:0:4", "b/c:0:4"), "MANIFEST_NAME", 'the name "b/c" is below "b"'],
  ["an old subject in another", oldStatement("b/c", "b"), "MANIFEST_NAME", 'the name "b/c" is below "b"'],
  ["an absolute name as the only one", filesStatement("/etc/passwd"), "MANIFEST_NAME", "is absolute"],
  ["a parent as the only name", filesStatement(".."), "MANIFEST_NAME", 'holds ".." and may leave the model'],
  [
    "the name of a single file, twice in shards",
    shardsStatement(".:0:4", "x:0:4"),
    "MANIFEST_NAME",
    "is not canonical",
  ],
];

/** Names of shards of four bytes that are no shards, or do not make a file. */
const SHARDS: readonly [what: string, names: string[], message: string][] = [
  ["a file among shards", ["v", "w:0:4"], '"v" is not the name of a shard'],
  ["files with the method shards", ["v", "w"], '"v" is not the name of a shard'],
  ["a shard without an end", ["w:0"], '"w:0" is not the name of a shard'],
  ["a shard with an empty end", ["w:0:"], '"w:0:" is not the name of a shard'],
  ["leading zeros in a start", ["w:00:4"], '"w:00:4" is not the name of a shard'],
  ["leading zeros in an end", ["w:0:04"], '"w:0:04" is not the name of a shard'],
  ["a negative start", ["w:-4:0"], '"w:-4:0" is not the name of a shard'],
  ["a plus sign", ["w:0:+4"], '"w:0:+4" is not the name of a shard'],
  ["hex", ["w:0:0x4"], '"w:0:0x4" is not the name of a shard'],
  ["an exponent", ["w:0:4e0"], '"w:0:4e0" is not the name of a shard'],
  ["a fraction", ["w:0:4.0"], '"w:0:4.0" is not the name of a shard'],
  ["white space", ["w:0:4 "], '"w:0:4 " is not the name of a shard'],
  ["a line break", ["w:0:4\n"], "is not the name of a shard"],
  ["digits of another script", ["w:0:\u0664"], "is not the name of a shard"],
  ["a number that is far too long", ["w:0:99999999999999999"], "is not the name of a shard"],
  ["a shard of no bytes", ["w:0:0"], '"w:0:0" is not a shard of size 4'],
  ["a shard of no bytes at the end", ["w:0:4", "w:4:4"], '"w:4:4" is not a shard of size 4'],
  ["a shard that ends before it starts", ["w:4:0"], '"w:4:0" is not a shard of size 4'],
  ["a shard that is too long", ["w:0:5"], '"w:0:5" is not a shard of size 4'],
  ["a shard that starts in the middle", ["w:0:2", "w:2:4"], '"w:2:4" is not a shard of size 4'],
  ["shards of another size", ["w:0:8", "w:8:16"], '"w:0:8" is not a shard of size 4'],
  ["no first shard", ["w:4:8"], 'the shards of "w" do not tile the file'],
  ["a gap", ["w:0:4", "w:8:12"], 'the shards of "w" do not tile the file'],
  ["a gap in the second file", ["v:0:4", "w:0:4", "w:8:12"], 'the shards of "w" do not tile the file'],
  ["a short shard in the middle", ["w:0:4", "w:4:7", "w:8:12"], 'the shards of "w" do not tile the file'],
  ["a short first shard", ["w:0:3", "w:4:8"], 'the shards of "w" do not tile the file'],
  [
    "a gap in a file among whose shards another's stand",
    ["w:0:4", "w:0:4:0:4", "w:8:12"],
    'the shards of "w" do not tile the file',
  ],
  [
    "a gap in a file that stands among another's shards",
    ["w:0:4", "w:0:4:0:4", "w:0:4:8:12", "w:4:8"],
    'the shards of "w:0:4" do not tile the file',
  ],
  ["no name before the range", [":0:4", "w:0:4"], 'the name "" is empty'],
];

const SHARD_CASES: readonly FalseCase[] = SHARDS.map(([what, names, message]): FalseCase => {
  return [what, shardsStatement(...names), message.includes('name ""') ? "MANIFEST_NAME" : "MANIFEST_SHARDS", message];
});

const HUGE: readonly FalseCase[] = [
  [
    "a shard that ends beyond all numbers",
    statementOf([resource("w:0:9007199254740993")], { method: "shards", shard_size: Number.MAX_SAFE_INTEGER }),
    "MANIFEST_SHARDS",
    "is not a shard of size",
  ],
  [
    "shards whose last one ends beyond all exact numbers",
    statementOf([resource("w:0:4503599627370496"), resource("w:4503599627370496:9007199254740993")], {
      method: "shards",
      shard_size: 2 ** 52,
    }),
    "MANIFEST_SHARDS",
    "is not a shard of size",
  ],
  [
    "shards whose bounds are one and the same number",
    statementOf([resource("w:9007199254740992:9007199254740993")], { method: "shards", shard_size: 1 }),
    "MANIFEST_SHARDS",
    "is not a shard of size 1",
  ],
];

/** Two ends for one start: whichever is looked at last, one of them is a lie. */
export const OVERLAPPING: readonly FalseCase[] = [
  ["a shard and its beginning", shardsStatement("w:0:4", "w:0:3"), "MANIFEST_SHARDS", '"w"'],
  ["the beginning of a shard and the shard", shardsStatement("w:0:3", "w:0:4"), "MANIFEST_SHARDS", '"w"'],
  ["two last shards", shardsStatement("w:0:4", "w:4:5", "w:4:6"), "MANIFEST_SHARDS", '"w"'],
];

/** Paths to leave out that would hide everything or are outside the model. */
const IGNORED: readonly [path: string, message: string][] = [
  [".", "would hide the whole model"],
  ["./", "would hide the whole model"],
  ["./.", "would hide the whole model"],
  [".//", "would hide the whole model"],
  ["/", "is absolute"],
  ["//", "is absolute"],
  ["/.", "is absolute"],
  ["/etc", "is absolute"],
  ["//etc", "is absolute"],
  ["..", 'holds ".." and may leave the model'],
  ["../", 'holds ".." and may leave the model'],
  ["./..", 'holds ".." and may leave the model'],
  ["../x", 'holds ".." and may leave the model'],
  ["a/..", 'holds ".." and may leave the model'],
  ["a/../..", 'holds ".." and may leave the model'],
  ["a/../b", 'holds ".." and may leave the model'],
  ["a\0b", "holds a NUL character"],
  ["\udfff", "is not valid Unicode"],
  ["x".repeat(65_537), "is longer than 65536 bytes"],
  ["x/".repeat(4_096) + "x", "is more than 4096 directories deep"],
];

const IGNORED_CASES: readonly FalseCase[] = IGNORED.map(([path, message]): FalseCase => [
  `the ignored path ${JSON.stringify(path.slice(0, 30))}`,
  statementOf([resource("a")], { ignore_paths: [".git", path] }),
  "MANIFEST_IGNORE_PATHS",
  message,
]);

/** All of them that are refused for what they say. */
export const FALSE: readonly FalseCase[] = [
  ...CONTENT,
  ...NAME_CASES,
  ...BELOW,
  ...SHARD_CASES,
  ...HUGE,
  ...IGNORED_CASES,
];
