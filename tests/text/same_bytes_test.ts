import { assert } from "@std/assert";
import { isSameBytes } from "../../src/text/same_bytes.ts";

Deno.test("isSameBytes() compares length and content", () => {
  assert(isSameBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2)));
  assert(!isSameBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3)));
  assert(!isSameBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2, 3)));
});
