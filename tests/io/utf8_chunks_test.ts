import { assert, assertEquals } from "@std/assert";
import { utf8Chunks } from "../../src/io/utf8_chunks.ts";

Deno.test("utf8Chunks() gives the bytes that TextEncoder gives, whatever the pieces", () => {
  const long = "aé名😀".repeat(30_000); // cut within characters of each length, if anything is
  for (const pieces of [[], [""], ["a"], ["é", "", "名", "😀"], [long], ["a", long, long], ["\ud800x"]]) {
    const bytes = Array.from(utf8Chunks(pieces), (chunk) => [...chunk]).flat();
    assert(new TextEncoder().encode(pieces.join("")).every((byte, i) => byte === bytes[i]));
    assertEquals(bytes.length, new TextEncoder().encode(pieces.join("")).length);
  }
});
