/** Only what was signed is read: whatever lies beside it is reported by name, however large it is. */
import { assertEquals } from "@std/assert";
import type { Differences } from "../../mod.ts";
import { envelopeBundle, type Json, makeKey } from "../oms/_forge.ts";
import { filesStatement, resource, sha256Hex, statementOf } from "../oms/_statements.ts";
import { assertDiffers, ForgedModel } from "./_forged_model.ts";

const key = makeKey();

/** Hashing this much would take many minutes, or forever. */
const HUGE = 2 ** 40;

function shard(name: string, content: string | Uint8Array): Json {
  return { ...resource(name), digest: sha256Hex(content) };
}

/** So many bytes that a second thread hashes, too. */
const LARGE = 80_000_000;
const zeros = sha256Hex(new Uint8Array(LARGE));

Deno.test("extra files are not read", async (t) => {
  const statements = {
    files: filesStatement("a", "b/c", "gone"),
    shards: statementOf([shard("a:0:1", "a"), shard("b/c:0:3", "b/c"), shard("gone:0:4", "gone")], {
      method: "shards",
      shard_size: 1000,
    }),
  };
  for (const [what, statement] of Object.entries(statements)) {
    await t.step(what, async () => {
      using model = new ForgedModel("a", "b/c", "extra", "b/extra", "z/extra");
      model.writeSparse("model/huge", HUGE);
      const bundle = envelopeBundle(key, statement);
      const { bytes } = await assertDiffers(() => model.verify(bundle, key, { workers: 1 }), {
        missing: ["gone"],
        extra: ["b/extra", "extra", "huge", "z/extra"],
      });
      assertEquals(bytes, 4);
    });
  }
});

Deno.test("several threads read nothing but what was signed either", async (t) => {
  const statements = {
    files: statementOf([resource("a"), { ...resource("w"), digest: zeros }]),
    shards: statementOf([shard("a:0:1", "a"), { ...resource(`w:0:${LARGE}`), digest: zeros }], {
      method: "shards",
      shard_size: LARGE,
    }),
  };
  for (const [what, statement] of Object.entries(statements)) {
    for (const workers of [1, 2, 3]) {
      await t.step(`${what}, ${workers} threads`, async () => {
        using model = new ForgedModel("a");
        model.writeSparse("model/w", LARGE);
        model.writeSparse("model/huge-1", HUGE);
        model.writeSparse("model/z/huge-2", HUGE);
        const totals = new Set<number>();
        const options = { workers, onProgress: (_: number, total: number): unknown => totals.add(total) };
        const bundle = envelopeBundle(key, statement);
        const report = await assertDiffers(() => model.verify(bundle, key, options), {
          extra: ["huge-1", "z/huge-2"],
        });
        assertEquals([report.bytes, ...totals], [LARGE + 1, LARGE + 1]);
      });
    }
  }
});

Deno.test("of a file of another length only the shards are read that were signed", async (t) => {
  const shards = [shard("a:0:1", "a"), shard("w:0:4", "0000"), shard("w:4:8", "1111"), shard("z:0:1", "z")];
  const bundle = envelopeBundle(key, statementOf(shards, { method: "shards", shard_size: 4 }));
  const cases: [what: string, content: string, bytes: number, ranges: Json[]][] = [
    ["longer", "000011112222333", 8, [{ start: 8, end: 12 }, { start: 12, end: 15 }]],
    ["shorter", "000011", 4, [{ start: 4, end: 8 }]],
    ["shorter and changed", "0001", 4, [{ start: 0, end: 4 }, { start: 4, end: 8 }]],
    ["empty", "", 0, [{ start: 0, end: 4 }, { start: 4, end: 8 }]],
  ];
  for (const [what, content, bytes, ranges] of cases) {
    await t.step(what, async () => {
      using model = new ForgedModel("a", "z");
      model.write("model/w", content);
      const changedRanges = ranges.map((range) => ({ file: "w", ...range }));
      const differences: Partial<Differences> = { changed: ["w"], changedRanges };
      assertEquals((await assertDiffers(() => model.verify(bundle, key), differences)).bytes, bytes + 2);
    });
  }
});

Deno.test("an unsigned file has no shards, however small those of the signature are", async () => {
  using model = new ForgedModel("a");
  model.writeSparse("model/huge", HUGE);
  const bundle = envelopeBundle(key, statementOf([shard("a:0:1", "a")], { method: "shards", shard_size: 1 }));
  const report = await assertDiffers(() => model.verify(bundle, key), { extra: ["huge"] });
  assertEquals(report.bytes, 1);
});

Deno.test("every changed file is found beside missing and extra ones", async () => {
  const names = Array.from({ length: 2_000 }, (_, i) => `f${i}`);
  using model = new ForgedModel(...names.filter((_, i) => i % 3 > 0), "extra");
  const changed = names.filter((_, i) => i % 3 === 1).sort();
  for (const name of changed) model.write(`model/${name}`, "other");
  for (const workers of [1, 2]) {
    await assertDiffers(() => model.verify(envelopeBundle(key, filesStatement(...names)), key, { workers }), {
      changed,
      missing: names.filter((_, i) => i % 3 === 0).sort(),
      extra: ["extra"],
    });
  }
});
