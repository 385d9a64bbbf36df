/** Every engine and algorithm by one suite: against the reference, against each other, and against published digests. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { chooseEngine, type EngineChoice } from "../../../src/hash/engines/choose.ts";
import {
  DIGEST_BYTES,
  digestOf,
  type Engine,
  HASH_ALGORITHMS,
  type HashAlgorithm,
  type Hasher,
} from "../../../src/hash/engines/engine.ts";
import { hashWasmEngine } from "../../../src/hash/engines/hash_wasm.ts";
import { nativeEngine } from "../../../src/hash/engines/native.ts";
import { BUFFER_BYTES } from "../../../src/hash/runners/serial_runner.ts";
import { wasmEngine } from "../../../src/hash/engines/wasm.ts";
import { countingBytes } from "../../_counting_bytes.ts";
import * as reference from "../../_reference.ts";

const ENGINES: readonly Engine[] = [nativeEngine, wasmEngine, hashWasmEngine];

/** On and around the blocks of the algorithms (64, 128 and 1024 bytes), their padding, and the buffer of a task. */
const LENGTHS = [
  ...range(0, 300),
  ...range(1023, 1025),
  ...range(2047, 2049),
  ...range(BUFFER_BYTES - 1, BUFFER_BYTES + 1),
  ...range(2 * BUFFER_BYTES - 1, 2 * BUFFER_BYTES + 1),
];

/** Sizes of the pieces in which a message comes; 0 stands for all at once. */
const PIECES = [0, 1, 63, 64, 65, 127, 1000, 1024, 65_536, BUFFER_BYTES - 1];

/** Pieces smaller than that fraction of a message would only repeat themselves, slowly. */
const MOST_PIECES = 1_000;

/** Digests of `countingBytes(length)` by others, as there is no reference of ours for these algorithms. */
const KNOWN: Record<"blake2b" | "blake3", [length: number, digest: string][]> = {
  // Python 3's hashlib.blake2b(bytes(i % 251 for i in range(length))).
  blake2b: [
    [
      0,
      "786a02f742015903c6c6fd852552d272912f4740e15847618a86e217f71f5419d25e1031afee585313896444934eb04b903a685b1448b755d56f701afe9be2ce",
    ],
    [
      127,
      "b6292669ccd38d5f01caae96ba272c76a879a45743afa0725d83b9ebb26665b731f1848c52f11972b6644f554c064fa90780dbbbf3a89d4fc31f67df3e5857ef",
    ],
    [
      128,
      "2319e3789c47e2daa5fe807f61bec2a1a6537fa03f19ff32e87eecbfd64b7e0e8ccff439ac333b040f19b0c4ddd11a61e24ac1fe0f10a039806c5dcc0da3d115",
    ],
    [
      129,
      "f59711d44a031d5f97a9413c065d1e614c417ede998590325f49bad2fd444d3e4418be19aec4e11449ac1a57207898bc57d76a1bcf3566292c20c683a5c4648f",
    ],
  ],
  // The default hashes of BLAKE3-team/BLAKE3 test_vectors/test_vectors.json, recomputed with the package blake3 1.0.11
  // for Python: blake3(bytes(i % 251 for i in range(length))).
  blake3: [
    [0, "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"],
    [1, "2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213"],
    [1023, "10108970eeda3eb932baac1428c7a2163b0e924c9a9e25b35bba72b28f70bd11"],
    [1024, "42214739f095a406f3fc83deb889744ac00df831c10daa55189b5d121c855af7"],
    [1025, "d00278ae47eb27b34faecf67b4fe263f82d5412916c1ffd97c8cb7fb814b8444"],
    [2048, "e776b6028c7cd22a4d0ba182a8bf62205d2ef576467e838ed6f2529b85fba24a"],
    [2049, "5f4d72f40d7a5f82b15ca2b2e44b1de3c2ef86c426c95c1af0b6879522563030"],
    [31744, "62b6960e1a44bcc1eb1a611a8d6235b6b4b78f32e7abc4fb4c6cdcce94895c47"],
    [102400, "bc3e3d41a1146b069abffad3c0d44860cf664390afce4d9661f7902e7943e085"],
  ],
};

for (const engine of ENGINES) {
  for (const algorithm of engine.algorithms) {
    const hasherOf = (): Promise<Hasher> => engine.hasher(algorithm);

    Deno.test(`${engine.name} ${algorithm} agrees with others, however the message comes in pieces`, async () => {
      const hasher = await hasherOf();
      for (const length of LENGTHS) {
        const message = countingBytes(length);
        const expected = await digestByOthers(algorithm, message);
        for (const piece of PIECES) {
          if (length > piece * MOST_PIECES && piece !== 0) continue;
          const digest = digestOf(hasher, ...inPieces(message, piece));
          assertEquals(digest.toHex(), expected.toHex(), `${length} bytes in pieces of ${piece}`);
        }
      }
    });

    Deno.test(`${engine.name} ${algorithm} may be fed in any two pieces, and in none at all`, async () => {
      const hasher = await hasherOf();
      const message = countingBytes(260);
      const whole = digestOf(hasher, message);
      for (let cut = 0; cut <= message.length; cut++) {
        assertEquals(digestOf(hasher, message.subarray(0, cut), message.subarray(cut)), whole, `cut at ${cut}`);
      }
      const nothing = new Uint8Array();
      assertEquals(digestOf(hasher, nothing, message, nothing), whole);
      assertEquals(digestOf(hasher), digestOf(hasher, nothing));
    });

    Deno.test(`${engine.name} ${algorithm} keeps neither the bytes it was given nor the digest it gave`, async () => {
      const hasher = await hasherOf();
      const buffer = countingBytes(1_000);
      hasher.begin();
      hasher.update(buffer);
      buffer.fill(0xff); // as a task does, which reads the next bytes into the same buffer
      const digest = hasher.end();
      const before = digest.toHex();
      assertEquals(digest.length, DIGEST_BYTES[algorithm]);
      assertEquals(before, digestOf(hasher, countingBytes(1_000)).toHex());

      digestOf(hasher, buffer);
      assertEquals(digest.toHex(), before, "a digest stays as it is when the next message is hashed");
    });

    Deno.test(`${engine.name} ${algorithm} starts over after a message that never ended`, async () => {
      const hasher = await hasherOf();
      hasher.begin();
      hasher.update(countingBytes(100)); // the file could not be read to its end
      assertEquals(digestOf(hasher, countingBytes(70)), digestOf(await hasherOf(), countingBytes(70)));
    });

    Deno.test(`${engine.name} ${algorithm} has hashers that do not disturb each other`, async () => {
      const [one, other] = [await hasherOf(), await hasherOf()];
      one.begin();
      other.begin();
      one.update(countingBytes(200));
      other.update(countingBytes(200, 7));
      one.update(countingBytes(100, 200));
      assertEquals(other.end(), digestOf(one, countingBytes(200, 7)));
      one.begin();
      one.update(countingBytes(300));
      assertEquals(one.end(), digestOf(other, countingBytes(300)));
    });
  }

  if (engine.algorithms.includes("blake2b")) {
    Deno.test(`${engine.name} blake2b gives the digest of RFC 7693, appendix A`, async () => {
      assertEquals(
        digestOf(await engine.hasher("blake2b"), new TextEncoder().encode("abc")).toHex(),
        "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1" +
          "7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923",
      );
    });
  }

  for (const algorithm of ["blake2b", "blake3"] as const) {
    if (!engine.algorithms.includes(algorithm)) continue;
    Deno.test(`${engine.name} ${algorithm} gives the digests that others publish`, async () => {
      const hasher = await engine.hasher(algorithm);
      for (const [length, digest] of KNOWN[algorithm]) {
        assertEquals(digestOf(hasher, countingBytes(length)).toHex(), digest, `${length} bytes`);
      }
    });
  }
}

Deno.test("native has no BLAKE3 and says so", async () => {
  assertEquals(nativeEngine.algorithms.includes("blake3"), false);
  await assertRejects(() => nativeEngine.hasher("blake3"), TypeError, "blake3");
});

Deno.test("chooseEngine() falls back to the fastest engine that has the algorithm", async (t) => {
  const rows: [EngineChoice, HashAlgorithm, string][] = [
    ["native", "sha256", "native"],
    ["native", "blake2b", "native"],
    ["native", "blake3", "wasm"],
    ["wasm", "sha256", "wasm"],
    ["wasm", "blake2b", "native"],
    ["wasm", "blake3", "wasm"],
    ["hash-wasm", "sha256", "hash-wasm"],
    ["hash-wasm", "blake2b", "hash-wasm"],
    ["hash-wasm", "blake3", "hash-wasm"],
  ];
  for (const [choice, algorithm, expected] of rows) {
    await t.step(`${choice} ${algorithm}`, async () => {
      assertEquals((await chooseEngine(choice, algorithm)).name, expected);
    });
  }
  for (const algorithm of HASH_ALGORITHMS) {
    await t.step(`auto ${algorithm}`, async () => {
      assert((await chooseEngine("auto", algorithm)).algorithms.includes(algorithm));
    });
  }
});

/** The reference for SHA-256; for the others the engine that has them all, which `KNOWN` checks. */
async function digestByOthers(algorithm: HashAlgorithm, message: Uint8Array): Promise<Uint8Array> {
  if (algorithm === "sha256") return reference.sha256(message);
  return digestOf(await hashWasmEngine.hasher(algorithm), message);
}

function inPieces(message: Uint8Array, size: number): Uint8Array[] {
  if (size === 0) return [message];
  const pieces = [];
  for (let at = 0; at < message.length; at += size) pieces.push(message.subarray(at, at + size));
  return pieces;
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}
