import { assert, assertEquals } from "@std/assert";
import { VerificationError } from "../../src/errors.ts";
import type { ResourceManifest } from "../../src/manifest/manifest.ts";
import { bytesOf } from "../../src/io/byte_source.ts";
import { parseStatement, serializeStatement } from "../../src/oms/statement.ts";
import { resourcesOf } from "../manifest/_resources.ts";
import { assertFails } from "../_assert_fails.ts";
import { edit, type Json, toBytes, withProto } from "./_forge.ts";
import { MALFORMED } from "./_malformed_statements.ts";
import { filesStatement, oldStatement, resource, rootOf, sha256Hex, shardsStatement } from "./_statements.ts";

const good = filesStatement("a", "b");

Deno.test("parseStatement() refuses what is no statement", async (t) => {
  for (const [what, payload, message] of MALFORMED) {
    await t.step(what, async () => {
      const bytes = toBytes(payload);
      await assertFails(() => parseStatement(bytes), VerificationError, "SIGNATURE_INVALID", message);
    });
  }
});

Deno.test("parseStatement() reads a statement of files", () => {
  const { modelName, rootDigest, manifest } = parseStatement(toBytes(good));
  assertEquals(modelName, "model");
  assertEquals(rootDigest?.toHex(), rootOf(good.predicate.resources));
  assertEquals(manifest.serialization, { method: "files", hashAlgorithm: "sha256", allowSymlinks: false });
  assertEquals(Array.from(manifest.resources, ({ name, digest }) => [name, digest.toHex()]), [
    ["a", sha256Hex("a")],
    ["b", sha256Hex("b")],
  ]);
});

Deno.test("parseStatement() reads a statement of shards", () => {
  const { manifest } = parseStatement(toBytes(shardsStatement("w:0:4", "w:4:6")));
  const { serialization, resources } = manifest;
  assertEquals(serialization, { method: "shards", hashAlgorithm: "sha256", allowSymlinks: false, shardSize: 4 });
  assertEquals([...resources.names], ["w:0:4", "w:4:6"]);
});

Deno.test("parseStatement() reads the Python tool's name for the algorithm of shards", () => {
  const statement = edit(shardsStatement("w:0:4", "w:4:6"), "predicate.resources.0.algorithm", "sha256-sharded-4");
  assertEquals(parseStatement(toBytes(statement)).manifest.serialization.hashAlgorithm, "sha256");
});

Deno.test("parseStatement() reads the oldest form", () => {
  const { modelName, rootDigest, manifest } = parseStatement(toBytes(oldStatement("a", "b/c")));
  assertEquals([modelName, rootDigest], [undefined, undefined]);
  assertEquals(manifest.serialization, { method: "files", hashAlgorithm: "sha256", allowSymlinks: false });
  assertEquals([...manifest.resources.names], ["a", "b/c"]);
});

Deno.test("parseStatement() accepts what the specification leaves open", async (t) => {
  const accepted: [what: string, statement: Json][] = [
    ["members of a resource that are not known", edit(good, "predicate.resources.0.annotations", { size: 1 })],
    ["a member __proto__ of a resource", edit(good, "predicate.resources.0", withProto(resource("a"), { name: "x" }))],
    ["a member constructor of a resource", edit(good, "predicate.resources.0.constructor", "x")],
    ["members of a subject that are not known", edit(good, "subject.0.uri", "https://example.com")],
    ["more digests of a subject", edit(good, "subject.0.digest.sha512", "00")],
    ["any name of the model", edit(good, "subject.0.name", "../\u{1f600}\n")],
    ["null for ignore_paths", edit(good, "predicate.serialization.ignore_paths", null)],
    ["no ignore_paths at all", edit(good, "predicate.serialization.ignore_paths", [])],
    [
      "as many ignore_paths as allowed",
      edit(good, "predicate.serialization.ignore_paths", new Array(10_000).fill("x")),
    ],
    ["null for the shard_size of files", edit(good, "predicate.serialization.shard_size", null)],
    ["links", edit(good, "predicate.serialization.allow_symlinks", true)],
    ["white space", ` \n\t\r${JSON.stringify(good, null, "\t")}\n`],
    ["an old statement without annotations", edit(oldStatement("a", "b"), "subject.0.annotations", null)],
    ["an old statement with any predicate", edit(oldStatement("a", "b"), "predicate", null)],
  ];
  for (const [what, statement] of accepted) {
    await t.step(what, () => {
      const { manifest } = parseStatement(toBytes(statement));
      assertEquals([...manifest.resources.names], ["a", "b"]);
    });
  }
});

Deno.test("parseStatement() takes as many resources as allowed", async () => {
  // The count is looked at before any of them is.
  const zeros = toBytes(edit(good, "predicate.resources", new Array(1_000_000).fill(0)));
  await assertFails(
    () => parseStatement(zeros),
    VerificationError,
    "SIGNATURE_INVALID",
    "resources[0] is not an object",
  );
});

Deno.test("a message about a statement cannot steer a terminal", async () => {
  const hostile = edit(good, "\u001b[2J\u202e\n", 1);
  const error = await assertFails(() => parseStatement(toBytes(hostile)), VerificationError, "SIGNATURE_INVALID");
  assert(!/[\p{Cc}\p{Cf}]/u.test(error.message), error.message);
  const unparsable = toBytes("\u001b[2J\u202e" + JSON.stringify(good));
  const other = await assertFails(() => parseStatement(unparsable), VerificationError, "SIGNATURE_INVALID");
  assert(!/[\p{Cc}\p{Cf}]/u.test(other.message), other.message);
});

Deno.test("serializeStatement() writes what parseStatement() reads", async (t) => {
  const digest = new Uint8Array(64).map((_, i) => i);
  const manifests: [what: string, manifest: ResourceManifest][] = [
    ["files", {
      serialization: { method: "files", hashAlgorithm: "sha256", allowSymlinks: false },
      resources: resourcesOf({ name: "a", digest: digest.subarray(0, 32) }),
    }],
    ["files with ignored paths", {
      serialization: { method: "files", hashAlgorithm: "blake3", allowSymlinks: true, ignorePaths: [".git", "x/y"] },
      resources: resourcesOf({ name: "\u{1f600}\n\"'\\", digest: digest.subarray(0, 32) }),
    }],
    ["shards", {
      serialization: { method: "shards", hashAlgorithm: "blake2b", allowSymlinks: false, shardSize: 2 ** 53 - 1 },
      resources: resourcesOf({ name: "a:0:1", digest }),
    }],
  ];
  for (const [what, manifest] of manifests) {
    await t.step(what, () => {
      const statement = parseStatement(bytesOf(serializeStatement("the model", manifest)));
      assertEquals(statement.modelName, "the model");
      assertEquals(statement.manifest.serialization, manifest.serialization);
      assertEquals([...statement.manifest.resources], [...manifest.resources]);
    });
  }
});
