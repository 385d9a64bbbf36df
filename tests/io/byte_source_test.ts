import { assertEquals } from "@std/assert";
import { base64Pieces, bytesOf, lengthOf, type Source } from "../../src/io/byte_source.ts";
import { countingBytes } from "../_counting_bytes.ts";

/** A source that gives its bytes in pieces of some sizes, the last one as often as needed. */
function inPieces(bytes: Uint8Array, sizes: readonly number[]): Source {
  return {
    *chunks(): Generator<Uint8Array> {
      for (let at = 0, i = 0; at < bytes.length; i++) {
        const size = sizes[Math.min(i, sizes.length - 1)]!;
        yield bytes.subarray(at, at + size);
        at += size;
      }
    },
  };
}

Deno.test("a source has the same bytes, length and base64 however it falls into pieces, and each time it is read", () => {
  for (const length of [0, 1, 2, 3, 4, 5, 6, 100]) {
    const bytes = countingBytes(length);
    const sources = [
      bytes,
      ...[[1], [2], [3], [4], [1, 1, 5], [0, 2, 0, 1], [1000]].map((sizes) => inPieces(bytes, sizes)),
    ];
    for (const source of [...sources, ...sources]) {
      assertEquals([...base64Pieces(source)].join(""), bytes.toBase64());
      assertEquals([bytesOf(source), lengthOf(source)], [bytes, length]);
    }
  }
});
