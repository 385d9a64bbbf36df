/** Every engine by the vectors that the makers of the algorithms publish. */
import { assertEquals } from "@std/assert";
import { digestOf, type Engine } from "../../../src/hash/engines/engine.ts";
import { hashWasmEngine } from "../../../src/hash/engines/hash_wasm.ts";
import type { Lanes } from "../../../src/hash/engines/lanes.ts";
import { nativeEngine } from "../../../src/hash/engines/native.ts";
import { wasmEngine } from "../../../src/hash/engines/wasm.ts";
import { countingBytes } from "../../_counting_bytes.ts";
import { hashInLanes } from "./_hash_in_lanes.ts";

interface Vector {
  message: Uint8Array;
  digest: string;
}

const ENGINES: readonly Engine[] = [nativeEngine, wasmEngine, hashWasmEngine];

const NIST = [...readNist("SHA256ShortMsg.rsp"), ...readNist("SHA256LongMsg.rsp")];
const BLAKE3 = readBlake3();

for (const engine of ENGINES) {
  Deno.test(`${engine.name} gives the SHA-256 digests of NIST's validation program`, async () => {
    const hasher = await engine.hasher("sha256");
    for (const { message, digest } of NIST) assertEquals(digestOf(hasher, message).toHex(), digest);
  });

  if (!engine.algorithms.includes("blake3")) continue;
  Deno.test(`${engine.name} gives the BLAKE3 digests of its authors`, async () => {
    const hasher = await engine.hasher("blake3");
    for (const { message, digest } of BLAKE3) assertEquals(digestOf(hasher, message).toHex(), digest);
  });
}

Deno.test("the lanes give the SHA-256 digests of NIST's validation program, all of them side by side", async () => {
  const lanes = await wasmEngine.lanes!("sha256") as Lanes;
  const digests = hashInLanes(lanes, NIST.map(({ message }) => message));
  assertEquals(Array.from(digests, (digest) => digest.toHex()), NIST.map(({ digest }) => digest));
});

/** A line `Len = bits`, one `Msg = hex`, where nothing is `00`, and one `MD = hex`. */
function readNist(name: string): Vector[] {
  const text = Deno.readTextFileSync(new URL(`../../fixtures/nist/${name}`, import.meta.url));
  const vectors = [...text.matchAll(/Len = (\d+)\s+Msg = ([0-9a-f]+)\s+MD = ([0-9a-f]{64})/g)]
    .map(([, bits, hex, digest]) => ({
      message: Uint8Array.fromHex(hex!).subarray(0, Number(bits) / 8),
      digest: digest!,
    }));
  assertEquals(vectors.length, text.match(/^Len/gm)?.length);
  return vectors;
}

function readBlake3(): Vector[] {
  const url = new URL("../../fixtures/blake3/test_vectors.json", import.meta.url);
  const { cases } = JSON.parse(Deno.readTextFileSync(url)) as { cases: { input_len: number; hash: string }[] };
  return cases.map(({ input_len, hash }) => ({ message: countingBytes(input_len), digest: hash.slice(0, 64) }));
}
