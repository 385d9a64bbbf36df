/** Our BLAKE3 by the shapes of its tree: around chunks, buffers and parts. */
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { type Blake3Lanes, blake3Lanes } from "../../../src/hash/engines/blake3_lanes.ts";
import { digestOf } from "../../../src/hash/engines/engine.ts";
import { hashWasmEngine } from "../../../src/hash/engines/hash_wasm.ts";
import { BLAKE3_CHUNKS } from "../../../wasm/layout.ts";
import { countingBytes } from "../../_counting_bytes.ts";
import { hashInLanes } from "./_hash_in_lanes.ts";

const CHUNK = 1024;
const BUFFER = BLAKE3_CHUNKS * CHUNK;
const hashWasm = await hashWasmEngine.hasher("blake3");
const ALL = countingBytes(9 * BUFFER);

/** By the crate blake3 1.8.2: `set_input_offset(1024 * part)`, `update(ALL[..length])`, `finalize_non_root()`. */
const KNOWN_PARTS: readonly [part: number, length: number, value: string][] = [
  [0, 1, "0df1a7881d71d287d0afc2fcd7d23d28f12e401ab858ca267f11c5f1710df315"],
  [0, 1024, "5c9e654411e393d1f4bec710ccd5bc5669ab177d610a0eb691fcfee92fb4e8b1"],
  [0, 5120, "990e80396b0ea53ffa2d080e62ab6e0ce287e5725fc8cc1962cd0bda525d5173"],
  [2 ** 32, 1, "f1f519785b31031f9f03339c465ac907fecd68e67b0490f28e716b3ff290967c"],
  [2 ** 32, 2048, "8f096b2438e530454410884ee5a0bba4b947842da17f7f987e4331b748c1e67b"],
  [2 ** 40, 262144, "b6d9dd9cb1c78da1c28f1704e1a571790c662b5b16bf2091a51f655224e266de"],
  [2 ** 40 + 256, 5120, "a31f2f421ca70b59210a8c7b81d3063668055b51dc6131aab065149eadaf893a"],
];

function expected(message: Uint8Array): string {
  return digestOf(hashWasm, message).toHex();
}

function digest(lanes: Blake3Lanes, message: Uint8Array, most?: number): string {
  return hashInLanes(lanes, [message], most)[0]!.toHex();
}

Deno.test("every number of chunks up to 70 has the right tree, with and without a part of one at its end", async () => {
  const lanes = await blake3Lanes();
  for (let chunks = 0; chunks <= 70; chunks++) {
    for (const more of [-1, 0, 1, 64, 65]) {
      const length = chunks * CHUNK + more;
      if (length < 0) continue;
      const message = ALL.subarray(0, length);
      assertEquals(digest(lanes, message), expected(message), `${length} bytes`);
    }
  }
});

Deno.test("every number of buffers up to 9 has the right tree, with and without more at its end", async () => {
  const lanes = await blake3Lanes();
  for (let buffers = 1; buffers <= 9; buffers++) {
    for (const more of [-CHUNK - 1, -CHUNK, -1, 0, 1, CHUNK, CHUNK + 1, 3 * CHUNK]) {
      const message = ALL.subarray(0, buffers * BUFFER + more);
      assertEquals(digest(lanes, message), expected(message), `${message.length} bytes`);
    }
  }
});

Deno.test("any message, handed over in pieces of any size, has the digest that hash-wasm gives", async () => {
  const lanes = await blake3Lanes();
  const length = fc.oneof(fc.nat(3 * CHUNK), fc.nat(ALL.length));
  fc.assert(
    fc.property(length, fc.integer({ min: 500, max: 2 * BUFFER }), (length, most) => {
      const message = ALL.subarray(0, length);
      assertEquals(digest(lanes, message, most), expected(message));
    }),
    { numRuns: 60 },
  );
});

Deno.test("parts of any size that are hashed by themselves and joined give the digest of the whole", async () => {
  const lanes = await blake3Lanes();
  for (const part of [CHUNK, 2 * CHUNK, 4 * CHUNK, 64 * CHUNK, BUFFER, 2 * BUFFER]) {
    for (const count of [2, 3, 4, 5, 7, 8, 9, 33]) {
      for (const last of [1, part - 1, part]) {
        const length = (count - 1) * part + last;
        if (length > ALL.length) continue;
        const message = ALL.subarray(0, length);
        const parts = Array.from({ length: count }, (_, i) => {
          return hashPart(lanes, message.subarray(i * part, (i + 1) * part), i * part / CHUNK);
        });
        assertEquals(lanes.joinParts(parts).toHex(), expected(message), `${count} parts of ${part}, the last ${last}`);
      }
    }
  }
});

Deno.test("a part is not hashed as a message of its own would be, nor as another part", async () => {
  const lanes = await blake3Lanes();
  for (const length of [1, CHUNK, 5 * CHUNK, BUFFER]) {
    const bytes = ALL.subarray(0, length);
    const digests = [expected(bytes), hashPart(lanes, bytes, 0).toHex(), hashPart(lanes, bytes, 256).toHex()];
    assertEquals(new Set(digests).size, 3, `${length} bytes`);
  }
});

Deno.test("parts have the values that BLAKE3's authors give them, also beyond 2^32 chunks", async () => {
  const lanes = await blake3Lanes();
  for (const [part, length, value] of KNOWN_PARTS) {
    assertEquals(
      hashPart(lanes, ALL.subarray(0, length), part).toHex(),
      value,
      `${length} bytes from chunk ${part} on`,
    );
  }
});

function hashPart(lanes: Blake3Lanes, bytes: Uint8Array, part: number): Uint8Array {
  lanes.begin(0, part);
  for (let left = bytes; left.length > 0;) {
    const room = lanes.room();
    const piece = left.subarray(0, room.length);
    room.set(piece);
    lanes.filled(0, piece.length);
    left = left.subarray(piece.length);
    if (left.length > 0) lanes.run();
  }
  lanes.end();
  lanes.run();
  return lanes.digest()!;
}
