import { assertEquals, assertThrows } from "@std/assert";
import { VerificationError } from "../../../src/errors.ts";
import {
  CompactRange,
  consistencyRanges,
  EMPTY_ROOT,
  inclusionRanges,
  leafHash,
  nodeHash,
  verifyConsistency,
  verifyInclusion,
} from "../../../src/sigstore/log/merkle.ts";
import { MemoryTree } from "./_memory_tree.ts";

/** The entries and roots with which all implementations of RFC 6962 are tested, from Google's certificate-transparency. */
const ENTRIES = [
  "",
  "00",
  "10",
  "2021",
  "3031",
  "40414243",
  "5051525354555657",
  "606162636465666768696a6b6c6d6e6f",
].map((hex) => Uint8Array.fromHex(hex));
const ROOTS = [
  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
  "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
  "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
  "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
  "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
  "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
  "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
  "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
].map((hex) => Uint8Array.fromHex(hex));
const INCLUSION = [
  { index: 0, size: 1, proof: [] },
  {
    index: 0,
    size: 8,
    proof: [
      "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
      "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
      "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
  },
  {
    index: 5,
    size: 8,
    proof: [
      "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
      "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
  },
  { index: 2, size: 3, proof: ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"] },
];
const CONSISTENCY = [
  {
    from: 1,
    to: 8,
    proof: [
      "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
      "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
      "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
  },
  {
    from: 6,
    to: 8,
    proof: [
      "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
      "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
  },
  {
    from: 2,
    to: 5,
    proof: [
      "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
      "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
  },
];

const hashes = (proof: readonly string[]): Uint8Array[] => proof.map((hex) => Uint8Array.fromHex(hex));
const head = (size: number): { treeSize: number; rootHash: Uint8Array } => ({
  treeSize: size,
  rootHash: ROOTS[size]!,
});

Deno.test("CompactRange: the published roots of each size", () => {
  const range = new CompactRange();
  assertEquals(range.head, { treeSize: 0, rootHash: EMPTY_ROOT });
  ENTRIES.forEach((entry, i) => {
    range.append(leafHash(entry));
    assertEquals(range.head.rootHash.toHex(), ROOTS[i + 1]!.toHex());
    assertEquals(new CompactRange(range.size, range.hashes).head, range.head);
  });
});

Deno.test("verifyInclusion: the published proofs hold, and fail for any other index, size, entry, root or hash", () => {
  for (const { index, size, proof } of INCLUSION) {
    const leaf = leafHash(ENTRIES[index]!);
    verifyInclusion(index, leaf, hashes(proof), head(size));
    const refused = (...args: Parameters<typeof verifyInclusion>): void => {
      const error = assertThrows(() => verifyInclusion(...args), VerificationError);
      assertEquals(error.code, "LOG_INCLUSION");
    };
    refused(index + 1, leaf, hashes(proof), head(size));
    refused(-1, leaf, hashes(proof), head(size));
    refused(index + 0.5, leaf, hashes(proof), head(size));
    refused(index, leaf, hashes(proof), { treeSize: size * 4, rootHash: ROOTS[size]! });
    refused(index, leaf, hashes(proof), { treeSize: NaN, rootHash: ROOTS[size]! });
    refused(index, leafHash(new Uint8Array([9])), hashes(proof), head(size));
    refused(index, leaf, hashes(proof), { treeSize: size, rootHash: EMPTY_ROOT });
    refused(index, leaf, [...hashes(proof), EMPTY_ROOT], head(size));
    refused(index, leaf, Array.from({ length: 200 }, () => EMPTY_ROOT), head(size));
    proof.forEach((_, at) => {
      refused(index, leaf, hashes(proof).toSpliced(at, 1), head(size));
      refused(index, leaf, hashes(proof).with(at, EMPTY_ROOT), head(size));
      refused(index, leaf, hashes(proof).with(at, new Uint8Array(31)), head(size));
    });
  }
});

Deno.test("verifyConsistency: the published proofs hold, and fail for any other size, root or hash", () => {
  for (const { from, to, proof } of CONSISTENCY) {
    verifyConsistency(head(from), head(to), hashes(proof));
    const refused = (...args: Parameters<typeof verifyConsistency>): void => {
      const error = assertThrows(() => verifyConsistency(...args), VerificationError);
      assertEquals(error.code, "LOG_CONSISTENCY");
    };
    refused(head(to), head(from), hashes(proof));
    refused(head(from), { treeSize: to, rootHash: EMPTY_ROOT }, hashes(proof));
    refused({ treeSize: from, rootHash: EMPTY_ROOT }, head(to), hashes(proof));
    refused({ treeSize: to + 1, rootHash: ROOTS[from]! }, head(to), hashes(proof));
    refused(head(from), head(to), [...hashes(proof), EMPTY_ROOT]);
    refused(head(from), head(to), []);
    proof.forEach((_, at) => {
      refused(head(from), head(to), hashes(proof).toSpliced(at, 1));
      refused(head(from), head(to), hashes(proof).with(at, EMPTY_ROOT));
    });
  }
});

Deno.test("verifyConsistency: trees of one size are the same, and an empty one begins every other", () => {
  verifyConsistency(head(5), head(5), []);
  verifyConsistency(head(0), head(5), []);
  assertThrows(() => verifyConsistency(head(5), { treeSize: 5, rootHash: ROOTS[4]! }, []), VerificationError);
  assertThrows(() => verifyConsistency({ treeSize: 0, rootHash: ROOTS[1]! }, head(5), []), VerificationError);
  assertThrows(() => verifyConsistency(head(5), head(5), [EMPTY_ROOT]), VerificationError);
  assertThrows(() => verifyConsistency(head(0), head(5), [EMPTY_ROOT]), VerificationError);
});

Deno.test("proofs of every index and size up to 70 are those of the plain recursion in the RFC", () => {
  const tree = new MemoryTree();
  for (let i = 0; i < 70; i++) tree.append(new Uint8Array([i]));
  for (let to = 1; to <= 70; to++) {
    for (let at = 0; at < to; at++) {
      const proof = tree.inclusionProof(at, to);
      assertEquals(inclusionRanges(at, to).map(([a, b]) => tree.root(a, b)), proof);
      verifyInclusion(at, tree.leaf(at), proof, tree.head(to));
    }
    for (let from = 1; from <= to; from++) {
      const proof = tree.consistencyProof(from, to);
      assertEquals(consistencyRanges(from, to).map(([a, b]) => tree.root(a, b)), proof);
      verifyConsistency(tree.head(from), tree.head(to), proof);
    }
  }
});

Deno.test("CompactRange.fromConsistencyProof: the beginning of a known tree, and only that", () => {
  const tree = new MemoryTree();
  for (let i = 0; i < 40; i++) tree.append(new Uint8Array([i]));
  for (const from of [3, 5, 6, 7, 12, 31, 33, 39]) {
    const proof = tree.consistencyProof(from, 40);
    const { head } = CompactRange.fromConsistencyProof(from, tree.head(40), proof);
    assertEquals(head.rootHash.toHex(), tree.head(from).rootHash.toHex());
    proof.forEach((_, at) => {
      const wrong = proof.with(at, nodeHash(EMPTY_ROOT, EMPTY_ROOT));
      assertThrows(() => CompactRange.fromConsistencyProof(from, tree.head(40), wrong), VerificationError);
    });
  }
  assertThrows(() => new CompactRange(3, [EMPTY_ROOT]), VerificationError);
  assertThrows(() => new CompactRange(1, [new Uint8Array(3)]), VerificationError);
  assertThrows(() => new CompactRange(-1, []), VerificationError);
});

Deno.test("sizes beyond 32 bits are counted rightly", () => {
  const size = 2 ** 33 + 2 ** 31 + 5;
  // Not the tree itself, which nobody could build: where its parts lie.
  assertEquals(
    inclusionRanges(size - 1, size),
    [[0, 2 ** 33], [2 ** 33, 2 ** 33 + 2 ** 31], [size - 5, size - 1]].toReversed(),
  );
  assertEquals(consistencyRanges(2 ** 32, size), [[2 ** 32, 2 ** 33], [2 ** 33, size]]);
});
