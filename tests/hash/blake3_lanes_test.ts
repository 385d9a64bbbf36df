/** Our BLAKE3 by the shapes of its tree: around chunks, buffers and parts. */
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { Blake3Lanes, blake3Lanes } from "../../src/hash/blake3_lanes.ts";
import { digestOf } from "../../src/hash/engine.ts";
import { hashWasmEngine } from "../../src/hash/hash_wasm.ts";
import { BLAKE3_CHUNKS } from "../../wasm/layout.ts";
import { type Core, instantiateCore } from "../../wasm/mod.ts";
import { countingBytes } from "../_counting_bytes.ts";
import { hashInLanes } from "./_hash_in_lanes.ts";

const CHUNK = 1024;
const BUFFER = BLAKE3_CHUNKS * CHUNK;
const hashWasm = await hashWasmEngine.hasher("blake3");
const ALL = countingBytes(9 * BUFFER);

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

Deno.test("the number of a chunk counts on beyond 32 bits", async () => {
  const { lanes, counters } = await spied();
  const first = 2 ** 40;
  hashPart(lanes, ALL.subarray(0, BUFFER + 3 * CHUNK + 5), first);
  assertEquals(counters, [first, first + 256, first + 258, first + 259]);
  const far = hashPart(lanes, ALL.subarray(0, 2 * CHUNK), 2 ** 32).toHex();
  assertEquals(far === hashPart(lanes, ALL.subarray(0, 2 * CHUNK), 0).toHex(), false);
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

/** Lanes that tell which chunks they hash. */
async function spied(): Promise<{ lanes: Blake3Lanes; counters: number[] }> {
  const core = await instantiateCore();
  const counters: number[] = [];
  const PARENT = 4;
  const spy: Core = {
    ...core,
    blake3_subtree: (p, chunks, counter, out) => {
      counters.push(counter);
      core.blake3_subtree(p, chunks, counter, out);
    },
    blake3_four: (p, stride, blocks, size, counter, first, last, out) => {
      if (first !== PARENT) counters.push(counter);
      core.blake3_four(p, stride, blocks, size, counter, first, last, out);
    },
  };
  return { lanes: new Blake3Lanes(spy), counters };
}
