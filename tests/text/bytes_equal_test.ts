import { assert } from "@std/assert";
import { bytesEqual } from "../../src/text/bytes_equal.ts";

Deno.test("bytesEqual() compares length and content", () => {
  assert(bytesEqual(Uint8Array.of(1, 2), Uint8Array.of(1, 2)));
  assert(!bytesEqual(Uint8Array.of(1, 2), Uint8Array.of(1, 3)));
  assert(!bytesEqual(Uint8Array.of(1, 2), Uint8Array.of(1, 2, 3)));
});
