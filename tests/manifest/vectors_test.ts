/**
 * Every case of the shared vectors, by every road: the library as a whole with each engine, and the same work on 1, 2
 * and 5 workers. fixtures/vectors/README.md gives the rules.
 */
import { assert, assertEquals } from "@std/assert";
import { digest, type DigestOptions, RefusedError, type SerializationMethod } from "../../mod.ts";
import { listModel } from "../../src/api/list_model.ts";
import { locateModel } from "../../src/api/locate_model.ts";
import { pathsToIgnore } from "../../src/api/ignored_paths.ts";
import { hashModel } from "../../src/api/hash_model.ts";
import { chooseSerialization } from "../../src/api/options.ts";
import type { EngineName, HashAlgorithm } from "../../src/hash/engines/engine.ts";
import { buildDigest } from "../../src/manifest/legacy/build_digest.ts";
import { buildResources } from "../../src/manifest/build.ts";
import type { Resources } from "../../src/manifest/resources.ts";
import { rootDigest } from "../../src/manifest/resources.ts";
import { assertFails } from "../_assert_fails.ts";
import { TempDirectory } from "../_temp_directory.ts";
import { type Case, makeTree } from "../fixtures/vectors/make_tree.ts";

const ENGINES: readonly EngineName[] = ["native", "wasm", "hash-wasm"];
const WORKERS = [1, 2, 5];

/** Tasks from which there is more than one batch, so that the number of workers means something. */
const MANY_TASKS = 257;

interface Vector extends Case {
  options?: { allow_symlinks?: boolean; ignore_git_paths?: boolean; ignore_paths?: string[] };
  expect: { h1: Expected; h2: Expected; files: Expected[]; shards: Expected[] };
}

interface Expected {
  hash_algorithm?: HashAlgorithm;
  shard_size?: number;
  digest?: string;
  error?: string;
  names?: string;
  resources?: [name: string, digest: string][];
  resource_count?: number;
}

/** One thing that a model must give. */
interface Expectation {
  title: string;
  options: DigestOptions;
  expected: Expected;
}

const { cases }: { cases: Vector[] } = JSON.parse(
  Deno.readTextFileSync(new URL("../fixtures/vectors/vectors.json", import.meta.url)),
);

/** Counts the runs with workers, to take the combinations of engine and number in turn. */
let turn = 0;

for (const vector of cases) {
  Deno.test(`vector ${vector.name}`, async (t) => {
    using directory = new TempDirectory();
    const model = makeTree(vector, `${directory.path}/target`);
    for (const { title, options, expected } of expectationsOf(vector)) {
      await t.step(title, async () => {
        if (expected.digest === undefined) return await assertRefused(model, options, expected);
        await checkDigest(model, options, expected);
        await checkResources(model, options, expected);
        await checkWithWorkers(model, options, expected);
      });
    }
  });
}

function expectationsOf({ expect, options = {} }: Vector): Expectation[] {
  const common: DigestOptions = {
    allowSymlinks: options.allow_symlinks ?? false,
    ignoreGitPaths: options.ignore_git_paths ?? true,
    ignorePaths: options.ignore_paths ?? [],
  };
  const expectation = (serialization: SerializationMethod, expected: Expected): Expectation => ({
    title: [serialization, expected.hash_algorithm, expected.shard_size].filter((part) => part !== undefined).join(" "),
    options: {
      ...common,
      serialization,
      ...(expected.hash_algorithm === undefined ? {} : { hashAlgorithm: expected.hash_algorithm }),
      ...(expected.shard_size === undefined ? {} : { shardSize: expected.shard_size }),
    },
    expected,
  });
  return [
    expectation("h1", expect.h1),
    expectation("h2", expect.h2),
    ...expect.files.map((expected) => expectation("files", expected)),
    ...expect.shards.map((expected) => expectation("shards", expected)),
  ];
}

/** The only things that the vectors have refused are symbolic links, which are named, and models without a resource. */
async function assertRefused(model: string, options: DigestOptions, { error, names }: Expected): Promise<void> {
  assert(error !== undefined, "the vector gives neither a digest nor an error");
  for (const engine of ENGINES) {
    await assertFails(
      () => digest(model, { ...options, engine }),
      RefusedError,
      names === undefined ? "EMPTY_MODEL" : "SYMLINK",
      ...(names === undefined ? [] : [names]),
    );
  }
}

async function checkDigest(model: string, options: DigestOptions, expected: Expected): Promise<void> {
  for (const engine of ENGINES) {
    const result = await digest(model, { ...options, engine });
    assertEquals(result.digest, expected.digest, engine);
    // BLAKE3 is not to be had natively, nor BLAKE2b from our core; what truly hashed is told.
    const instead: Partial<Record<string, EngineName>> = { "native blake3": "wasm", "wasm blake2b": "native" };
    assertEquals(result.engine, instead[`${engine} ${expected.hash_algorithm}`] ?? engine);
  }
}

async function checkResources(model: string, options: DigestOptions, expected: Expected): Promise<void> {
  const { manifest } = await hashModel(locateModel(model, options), chooseSerialization(options), {});
  if (manifest === undefined) return assert(expected.resources === undefined, "h1 and h2 list nothing");
  assertResources(manifest.resources, expected);
}

function assertResources(resources: Resources, expected: Expected): void {
  assert(expected.resources !== undefined || expected.resource_count !== undefined, "the vector tells the resources");
  if (expected.resources !== undefined) {
    assertEquals(
      Array.from(resources, ({ name, digest }): [string, string] => [name, digest.toHex()]),
      expected.resources,
    );
  }
  if (expected.resource_count !== undefined) assertEquals(resources.length, expected.resource_count);
}

/** A worker takes some 50 ms to start, so where one batch holds all tasks a single run has to do. */
async function checkWithWorkers(model: string, options: DigestOptions, expected: Expected): Promise<void> {
  const combinations = ENGINES.flatMap((engine) => WORKERS.map((workers) => ({ engine, workers })));
  const isMany = (expected.resource_count ?? 0) >= MANY_TASKS;
  const chosen = isMany ? combinations : [combinations[turn++ % combinations.length]!];
  const { method, hashAlgorithm, shardSize, allowSymlinks } = chooseSerialization(options);
  const location = locateModel(model, options);
  const ignored = new Set(pathsToIgnore(location, method));
  const { listing } = await listModel(location, { skip: (name) => ignored.has(name), allowSymlinks }, {});
  for (const { engine, workers } of chosen) {
    const how = { engine, workers, workersFrom: 0 };
    const result = method === "h1" || method === "h2"
      ? (await buildDigest(listing, method, how)).digest
      : rootDigest((await buildResources(listing, hashAlgorithm, shardSize, how)).resources);
    assertEquals(`sha256:${result.toHex()}`, expected.digest, `${engine}, ${workers} workers`);
  }
}
