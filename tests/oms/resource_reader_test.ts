import { assertEquals } from "@std/assert";
import { VerificationError } from "../../src/errors.ts";
import { LIMITS } from "../../src/limits.ts";
import { ResourceReader } from "../../src/oms/resource_reader.ts";
import { assertFails } from "../_assert_fails.ts";

function makeReader(): ResourceReader {
  return new ResourceReader("resources", (item, path) => {
    if (typeof item !== "string") throw new VerificationError("SIGNATURE_INVALID", `${path} is not a string`);
    return { name: item, algorithm: "sha256", digest: "00".repeat(32), path: `${path}.digest` };
  });
}

Deno.test("ResourceReader needs no more items once they could change nothing", async (t) => {
  const finish = (reader: ResourceReader) => () => reader.finish(() => {});
  await t.step("good ones", () => {
    const reader = makeReader();
    reader.add(["a", "b"]);
    assertEquals([reader.isRefused, reader.finish(() => {}).length], [false, 2]);
  });
  await t.step("the only one is none: more may follow, which makes another statement of it", async () => {
    const reader = makeReader();
    reader.add([0]);
    assertEquals(reader.isRefused, false);
    await assertFails(finish(reader), VerificationError, "SIGNATURE_INVALID", "resources[0] is not a string");
  });
  await t.step("a later one is none", async () => {
    const reader = makeReader();
    reader.add(["a"]);
    reader.add(["b", 0]);
    assertEquals(reader.isRefused, true);
    await assertFails(finish(reader), VerificationError, "SIGNATURE_INVALID", "resources[2] is not a string");
  });
  await t.step("too many", async () => {
    const reader = makeReader();
    const items = new Array(LIMITS.resources).fill("a");
    reader.add(["a"]);
    reader.add(items);
    assertEquals(reader.isRefused, true);
    await assertFails(finish(reader), VerificationError, "SIGNATURE_INVALID", "more items than the 1000000");
  });
});
