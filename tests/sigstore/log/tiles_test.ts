import { assertEquals, assertThrows } from "@std/assert";
import { UnavailableError } from "../../../src/errors.ts";
import { parseEntryBundle, parseTile, tilePath, tileWidth } from "../../../src/sigstore/log/tiles.ts";

Deno.test("tilePath: groups of three digits, an x before all but the last (C2SP tlog-tiles)", () => {
  assertEquals(tilePath(0, 0, 256), "tile/0/000");
  assertEquals(tilePath(0, 999, 256), "tile/0/999");
  assertEquals(tilePath(1, 1067, 256), "tile/1/x001/067");
  assertEquals(tilePath("entries", 1234067, 256), "tile/entries/x001/x234/067");
  assertEquals(tilePath(0, 1067, 5), "tile/0/x001/067.p/5");
});

Deno.test("tileWidth: full but for the last one of each level", () => {
  assertEquals([0, 1, 2, 3].map((index) => tileWidth(0, index, 600)), [256, 256, 88, 0]);
  assertEquals([0, 1].map((index) => tileWidth(1, index, 600)), [2, 0]);
  assertEquals(tileWidth(2, 0, 600), 0);
  assertEquals(tileWidth(4, 1, 2 ** 40 + 2 ** 33), 2);
});

function refused(act: () => unknown): void {
  assertEquals(assertThrows(act, UnavailableError).code, "LOG_REPLY");
}

Deno.test("parseTile: as many hashes as asked for, of whole length, and no more than a tile has", () => {
  const tile = Uint8Array.from({ length: 96 }, (_, i) => i);
  assertEquals(parseTile(tile, 2, "x").map((hash) => hash[0]), [0, 32]);
  refused(() => parseTile(tile, 4, "x"));
  refused(() => parseTile(tile.subarray(1), 1, "x"));
  refused(() => parseTile(new Uint8Array(257 * 32), 256, "x"));
});

Deno.test("a page of text is no tile and no bundle, whatever its size; binary data and JSON entries are", () => {
  const pages = ["<!doctype html>", "  <html>Grüß Gott", "Bad Gateway", '{"error":"gone"}', "404\r\n\tnot found", "{}"];
  for (const text of pages) {
    for (const size of [32, 320, 8_192]) {
      const bytes = new TextEncoder().encode(text);
      const page = new Uint8Array(size).fill(0x20);
      page.set(bytes);
      refused(() => parseTile(page, 1, "x"));
      refused(() => parseEntryBundle(page, 1, "x"));
    }
  }
  // A bundle of one entry whose length happens to be two letters.
  const entry = new TextEncoder().encode(`{"kind":"x","pad":"${"x".repeat(0x4142 - 20 - 1)}"}`);
  const bundle = new Uint8Array([0x41, 0x42, ...entry.subarray(0, 0x4142)]);
  assertEquals(parseEntryBundle(bundle, 1, "x")[0]!.length, 0x4142);
  assertEquals(parseTile(new Uint8Array(32), 1, "x").length, 1);
  assertEquals(parseTile(Uint8Array.from({ length: 32 }, (_, i) => 0x61 + i).fill(0xe9, 5, 6), 1, "x").length, 1);
});

Deno.test("parseEntryBundle: each entry behind its length; cut off, too few or too many are refused", () => {
  const bundle = new Uint8Array([0, 2, 7, 8, 0, 0, 0, 1, 9]);
  assertEquals(parseEntryBundle(bundle, 3, "x").map((entry) => [...entry]), [[7, 8], [], [9]]);
  assertEquals(parseEntryBundle(bundle, 1, "x").length, 1);
  assertEquals(parseEntryBundle(new Uint8Array([1, 0, ...new Uint8Array(256)]), 1, "x")[0]!.length, 256);
  refused(() => parseEntryBundle(bundle, 4, "x"));
  refused(() => parseEntryBundle(bundle.subarray(0, -1), 3, "x"));
  refused(() => parseEntryBundle(new Uint8Array([0, 0, 5]), 1, "x"));
  refused(() => parseEntryBundle(new Uint8Array([255, 255, 5]), 1, "x"));
  refused(() => parseEntryBundle(new Uint8Array(2 * 257), 256, "x"));
});
