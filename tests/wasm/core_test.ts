/** The built core: what it may do, and that it is what its source gives. */
import { assertEquals } from "@std/assert";
import wabt from "wabt";
import { CORE_BYTES } from "../../wasm/core_bytes.ts";
import { BUFFERS, LANE_BYTES, LANE_ROOM, PAGES } from "../../wasm/layout.ts";
import { instantiateCore } from "../../wasm/mod.ts";
import { coreSource } from "../../wasm/source.ts";
import { countingBytes } from "../_counting_bytes.ts";

const PAGE = 65_536;

Deno.test("the embedded module is what the source gives", async () => {
  const { parseWat } = await wabt();
  const { buffer } = parseWat("core.wat", coreSource(), { simd: true }).toBinary({});
  assertEquals(buffer.toBase64() === CORE_BYTES, true, "run `deno task wasm`");
});

Deno.test("the core imports nothing, and exports its memory and functions alone", async () => {
  const module = await WebAssembly.compile(Uint8Array.fromBase64(CORE_BYTES));
  assertEquals(WebAssembly.Module.imports(module), []);
  const kinds = WebAssembly.Module.exports(module).map(({ name, kind }) => `${kind} ${name}`);
  assertEquals(kinds.sort(), [
    "function blake3_four",
    "function blake3_subtree",
    "function sha256_begin",
    "function sha256_end",
    "function sha256_four",
    "function sha256_one",
    "function sha256_pad",
    "function sha256_two",
    "memory memory",
  ]);
});

Deno.test("instances have memories of their own, which do not grow", async () => {
  const [one, other] = [await instantiateCore(), await instantiateCore()];
  new Uint8Array(one.memory.buffer).fill(0xff);
  assertEquals(new Uint8Array(other.memory.buffer).includes(0xff, BUFFERS), false);
  assertEquals(one.memory.buffer.byteLength, PAGES * PAGE);
  let refused = false;
  try {
    one.memory.grow(1);
  } catch {
    refused = true;
  }
  assertEquals(refused, true);
});

Deno.test("the lanes' buffers lie in the memory", () => {
  assertEquals(BUFFERS + 4 * (LANE_BYTES + LANE_ROOM) <= PAGES * PAGE, true);
});

// FIPS 180-4 §5.1.1: 0x80, zeros, and the number of bits as 64 bits; no file is long enough to try its upper half.
Deno.test("sha256_pad() ends a message of any length", async () => {
  const core = await instantiateCore();
  for (const whole of [0, 64, 2 ** 29 - 64, 2 ** 29, 2 ** 32, 2 ** 40 + 2 ** 35, 2 ** 53 - 64]) {
    for (let used = 0; used < 64; used++) {
      const memory = new Uint8Array(core.memory.buffer, BUFFERS, 256).fill(0xee);
      memory.set(countingBytes(used));
      const blocks = core.sha256_pad(BUFFERS, used, whole + used);
      const expected = new Uint8Array(used < 56 ? 64 : 128);
      expected.set(countingBytes(used));
      expected[used] = 0x80;
      new DataView(expected.buffer).setBigUint64(expected.length - 8, BigInt(whole + used) * 8n);
      assertEquals(blocks * 64, expected.length);
      assertEquals(memory.subarray(0, expected.length).toHex(), expected.toHex(), `${whole} + ${used} bytes`);
      assertEquals(memory[192 - 1], 0xee, "it stays in the room behind a lane");
    }
  }
});
