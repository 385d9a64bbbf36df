/** The reference itself, by the published examples: the one thing here that has nothing to be compared with. */
import { assertEquals } from "@std/assert";
import { countingBytes } from "../../_counting_bytes.ts";
import { sha256 } from "../../_reference.ts";

const EXAMPLES: [text: string, digest: string][] = [
  // FIPS 180-4 examples, as published by NIST (SHA256.pdf, SHA2_Additional.pdf).
  ["", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
  ["abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
  [
    "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
  ],
  ["a".repeat(1_000_000), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"],
];

Deno.test("the reference sha256() gives the digests of FIPS 180-4", () => {
  for (const [text, digest] of EXAMPLES) assertEquals(sha256(new TextEncoder().encode(text)).toHex(), digest);
});

Deno.test("the reference sha256() agrees with the runtime about lengths around its blocks", async () => {
  for (let length = 0; length <= 200; length++) {
    const bytes = countingBytes(length);
    assertEquals(sha256(bytes), new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)), `${length} bytes`);
  }
});
