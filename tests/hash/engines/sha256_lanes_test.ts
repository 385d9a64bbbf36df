/** The lanes of SHA-256 by what only lanes can do wrong: one message in the way of another. */
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { digestOf } from "../../../src/hash/engines/engine.ts";
import { nativeEngine } from "../../../src/hash/engines/native.ts";
import { sha256Lanes } from "../../../src/hash/engines/sha256_lanes.ts";
import { LANE_BYTES } from "../../../wasm/layout.ts";
import { countingBytes } from "../../_counting_bytes.ts";
import { sha256 } from "../../_reference.ts";
import { hashInLanes } from "./_hash_in_lanes.ts";

const native = await nativeEngine.hasher("sha256");
const hex = (digests: readonly Uint8Array[]): string[] => Array.from(digests, (digest) => digest.toHex());

/** Lengths around the block, the padding and a lane's buffer. */
const LENGTHS = [0, 1, 55, 56, 63, 64, 65, 119, 120, 1000, LANE_BYTES - 1, LANE_BYTES, LANE_BYTES + 1, 2 * LANE_BYTES];

Deno.test("each lane alone gives the digest of every length from 0 to 300", async () => {
  const lanes = await sha256Lanes();
  const messages = Array.from({ length: 301 }, (_, length) => countingBytes(length));
  const expected = hex(messages.map(sha256));
  for (let lane = 0; lane < lanes.count; lane++) {
    assertEquals(hex(hashInLanes(lanes, messages, Infinity, [lane])), expected, `lane ${lane}`);
  }
});

Deno.test("any number of lanes gives the digest of every length from 0 to 300", async () => {
  const lanes = await sha256Lanes();
  // Neighbors differ much in length, so that one ends long before the other.
  const messages = Array.from({ length: 301 }, (_, i) => countingBytes((i * 97) % 301, i));
  const expected = hex(messages.map(sha256));
  for (const used of [[0, 1], [3, 1], [2, 3], [0, 1, 2], [3, 2, 1], [0, 1, 2, 3]]) {
    assertEquals(hex(hashInLanes(lanes, messages, Infinity, used)), expected, `lanes ${used}`);
  }
});

Deno.test("every two lengths may stand side by side, whichever ends first", async () => {
  const lanes = await sha256Lanes();
  for (const one of LENGTHS) {
    for (const other of LENGTHS) {
      const messages = [countingBytes(one), countingBytes(other, 7)];
      const expected = messages.map((message) => digestOf(native, message));
      assertEquals(hex(hashInLanes(lanes, messages)), hex(expected), `${one} and ${other}`);
    }
  }
});

Deno.test("any messages, handed over in pieces of any size, have the digests that native gives", async () => {
  const lanes = await sha256Lanes();
  const length = fc.oneof(fc.nat(200), fc.nat(3 * LANE_BYTES), fc.constantFrom(...LENGTHS));
  const used = fc.shuffledSubarray([0, 1, 2, 3], { minLength: 1 });
  fc.assert(
    fc.property(
      fc.array(length, { maxLength: 12 }),
      fc.integer({ min: 30, max: 2 * LANE_BYTES }),
      used,
      (all, most, used) => {
        const messages = all.map((length, i) => countingBytes(length, i));
        const expected = messages.map((message) => digestOf(native, message));
        assertEquals(hex(hashInLanes(lanes, messages, most, used)), hex(expected));
      },
    ),
    { numRuns: 60 },
  );
});

Deno.test("a lane waits for its message to go on, and the others with it", async () => {
  const lanes = await sha256Lanes();
  const [one, other] = [countingBytes(200), countingBytes(500, 3)];
  lanes.begin(0);
  lanes.begin(1);
  put(1, other);
  lanes.end(1);
  put(0, one.subarray(0, 30)); // less than a block
  lanes.run();
  assertEquals(lanes.digest(1), undefined);
  put(0, one.subarray(30));
  assertEquals(lanes.digest(0), undefined, "it has not ended");
  lanes.end(0);
  while (lanes.digest(0) === undefined) lanes.run();
  lanes.run();
  assertEquals(lanes.digest(1), sha256(other));
  assertEquals(lanes.digest(1), undefined, "it was taken");

  function put(lane: number, bytes: Uint8Array): void {
    lanes.room(lane).set(bytes);
    lanes.filled(lane, bytes.length);
  }
});

Deno.test("a lane forgets a message that was given up", async () => {
  const lanes = await sha256Lanes();
  for (const lane of [0, 1, 2, 3]) {
    lanes.begin(lane);
    lanes.filled(lane, 100 + lane);
  }
  lanes.run();
  const messages = [0, 1, 2, 3, 4].map((i) => countingBytes(100 * i, i));
  assertEquals(hex(hashInLanes(lanes, messages)), hex(messages.map(sha256)));
});

Deno.test("lanes without a message have nothing to do", async () => {
  const lanes = await sha256Lanes();
  lanes.run();
  assertEquals([0, 1, 2, 3].map((lane) => lanes.digest(lane)), [undefined, undefined, undefined, undefined]);
});
