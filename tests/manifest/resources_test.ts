import { assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { rootDigest, sortResources } from "../../src/manifest/resources.ts";
import { countingBytes } from "../_counting_bytes.ts";
import { sha256 } from "../_reference.ts";
import { resourcesOf } from "./_resources.ts";

Deno.test("rootDigest() is SHA-256 over the raw digests in the order in which they stand, without the names", () => {
  const [one, two] = [countingBytes(32), countingBytes(32, 100)];
  const expected = sha256(Uint8Array.from([...one, ...two]));
  assertEquals(rootDigest(resourcesOf({ name: "a", digest: one }, { name: "b", digest: two })), expected);
  assertEquals(rootDigest(resourcesOf({ name: "z", digest: one }, { name: "y", digest: two })), expected);
  assertNotEquals(rootDigest(resourcesOf({ name: "b", digest: two }, { name: "a", digest: one })), expected);
});

Deno.test("rootDigest() is SHA-256 whatever the length of the digests", () => {
  const digest = countingBytes(64); // BLAKE2b
  assertEquals(rootDigest(resourcesOf({ name: "a", digest })), sha256(digest));
  assertEquals(rootDigest(resourcesOf()), sha256(new Uint8Array()));
});

Deno.test("sortResources() hands the columns over: any later use of the unsorted resources throws", () => {
  for (const names of [["a", "b"], ["b", "a"]]) {
    const resources = resourcesOf(...names.map((name) => ({ name, digest: countingBytes(32) })));
    assertEquals([...sortResources(resources).names], ["a", "b"]);
    assertThrows(() => resources.length, TypeError, "handed over");
    assertThrows(() => resources.digest(0), TypeError, "handed over");
    assertThrows(() => [...resources], TypeError, "handed over");
    assertThrows(() => rootDigest(resources), TypeError, "handed over");
    assertThrows(() => sortResources(resources), TypeError, "handed over");
  }
});
