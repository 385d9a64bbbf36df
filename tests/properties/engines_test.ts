import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { ENGINE_CHOICES } from "../../src/hash/engines/choose.ts";
import { HASH_ALGORITHMS } from "../../src/hash/engines/engine.ts";
import type { TunedHashOptions } from "../../src/hash/hash_options.ts";
import { buildResources } from "../../src/manifest/build.ts";
import { buildDigest } from "../../src/manifest/legacy/build_digest.ts";
import { rootDigest } from "../../src/manifest/resources.ts";
import { walkModel } from "../../src/model/disk/walk.ts";
import type { Listing } from "../../src/model/source.ts";
import * as reference from "../_reference.ts";
import { check, ModelDirectory, tree } from "./_arbitraries.ts";

/** How a model is listed and hashed; nothing of it may show in a digest. */
interface Way extends TunedHashOptions {
  /** The order of the listing. */
  order: number[];
}

const way: fc.Arbitrary<Way> = fc.record({
  engine: fc.constantFrom(...ENGINE_CHOICES),
  workers: fc.nat(3),
  workersFrom: fc.constant(0),
  order: fc.array(fc.nat(9), { minLength: 1, maxLength: 12 }),
});

/** The same model, listed in another order. */
function listedIn(order: readonly number[], model: Listing): Listing {
  const mix = <T>(items: readonly T[]): T[] =>
    items.map((item, i) => ({ item, rank: order[i % order.length]! * 1000 + i }))
      .sort((a, b) => a.rank - b.rank).map(({ item }) => item);
  return { ...model, files: mix([...model.files]), directories: mix(model.directories) };
}

/** Everything that a signature would hold of a model, as text. */
type Build = (model: Listing, way: Way) => Promise<string>;

const resources: fc.Arbitrary<Build> = fc
  .tuple(fc.constantFrom(...HASH_ALGORITHMS), fc.constantFrom(undefined, 1, 6))
  .map(([algorithm, shardSize]): Build => async (model, way) => {
    const { resources } = await buildResources(listedIn(way.order, model), algorithm, shardSize, way);
    return JSON.stringify(Array.from(resources, ({ name, digest }) => [name, digest.toHex()]));
  });

const digest: fc.Arbitrary<Build> = fc
  .constantFrom("h1" as const, "h2" as const)
  .map((method): Build => async (model, way) => {
    return (await buildDigest(listedIn(way.order, model), method, way)).digest.toHex();
  });

Deno.test("whichever way a model is listed and hashed, it has one digest", async () => {
  await check(
    30,
    fc.asyncProperty(tree, fc.oneof(resources, digest), way, way, async (files, build, one, other) => {
      using directory = new ModelDirectory(files);
      const model = await walkModel(directory.model, "model");
      assertEquals(await build(model, one), await build(model, other));
    }),
  );
});

Deno.test("the digest of any model is that of the reference", async () => {
  await check(
    40,
    fc.asyncProperty(tree, fc.integer({ min: 1, max: 25 }), async (files, shardSize) => {
      using directory = new ModelDirectory(files);
      const model = await walkModel(directory.model, "model");
      const rootOf = async (size: number | undefined): Promise<Uint8Array> =>
        rootDigest((await buildResources(model, "sha256", size, { workers: 0 })).resources);
      assertEquals(await rootOf(undefined), reference.filesRoot(directory.model));
      assertEquals(await rootOf(shardSize), reference.shardsRoot(directory.model, shardSize));
      assertEquals((await buildDigest(model, "h1", { workers: 0 })).digest, reference.h1(directory.model));
      assertEquals((await buildDigest(model, "h2", { workers: 0 })).digest, reference.h2(directory.model));
    }),
  );
});
