import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { resolve } from "node:path";
import { parseShardName, shardName } from "../../src/manifest/shards.ts";
import { compareCodePoints, invalidNameReason } from "../../src/model/names.ts";
import { canonicalPath } from "../../src/oms/check_statement.ts";
import { quote } from "../../src/text/quote.ts";
import { compareBytes } from "../_reference.ts";
import { check, fileName } from "./_arbitraries.ts";

/** Paths of the parts that lead elsewhere. */
const path = fc.oneof(
  fc.array(fc.constantFrom("/", "..", ".", "a", "b", "", "\\", ":", "\0", " ", "\n"), { maxLength: 10 })
    .map((parts) => parts.join("")),
  fc.string({ unit: "binary" }),
  fileName,
);

Deno.test("a name without a fault stays in the model, and is the only one for its file", async () => {
  await check(
    20_000,
    fc.property(path, (name) => {
      if (invalidNameReason(name) !== undefined) return;
      const resolved = resolve("/model", name);
      assertEquals(resolved, `/model/${name}`);
    }),
  );
});

Deno.test("a name that Linux allows has no fault", async () => {
  await check(500, fc.property(fileName, (name) => assertEquals(invalidNameReason(name, false), undefined)));
});

Deno.test("the canonical form of a path is canonical, and is the same place", async () => {
  await check(
    20_000,
    fc.property(path, (path) => {
      const canonical = canonicalPath(path);
      assertEquals(canonicalPath(canonical), canonical);
      if (path !== "" && !path.includes("\0")) assertEquals(resolve("/model", canonical), resolve("/model", path));
    }),
  );
});

Deno.test("the name of a shard is read back, whatever the file is called", async () => {
  const number = fc.maxSafeNat();
  await check(
    5_000,
    fc.property(fc.oneof(path, fileName), number, number, (file, start, end) => {
      const range = { file, start, end };
      assertEquals(parseShardName(shardName(range)), range);
    }),
  );
});

Deno.test("names are ordered like their UTF-8 bytes", async () => {
  const text = fc.string({ unit: "binary" });
  const utf8 = new TextEncoder();
  await check(
    10_000,
    fc.property(text, text, text, (common, a, b) => {
      const [left, right] = [common + a, common + b];
      const bytes = compareBytes(utf8.encode(left), utf8.encode(right));
      assertEquals(Math.sign(compareCodePoints(left, right)), Math.sign(bytes));
    }),
  );
});

Deno.test("a quoted name stays on its line and can be told from any other", async () => {
  const seen = new Map<string, string>();
  await check(
    10_000,
    fc.property(fc.oneof(path, fc.string({ unit: "binary" })), (name) => {
      const quoted = quote(name);
      assert(!/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u.test(quoted));
      assertEquals(seen.get(quoted) ?? name, name);
      seen.set(quoted, name);
    }),
  );
});
