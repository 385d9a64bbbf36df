import { assertEquals, assertNotEquals } from "@std/assert";
import { rootDigest } from "../../src/manifest/resources.ts";
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
