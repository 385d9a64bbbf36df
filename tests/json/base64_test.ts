import { assertEquals } from "@std/assert";
import { decodeBase64 } from "../../src/json/base64.ts";

Deno.test("decodeBase64() takes one spelling for the same bytes", () => {
  assertEquals(decodeBase64("AA=="), Uint8Array.of(0));
  assertEquals(decodeBase64("/+8="), Uint8Array.of(255, 239));
  assertEquals(decodeBase64("Zm9v"), Uint8Array.of(102, 111, 111));
  for (
    const text of ["", "AA", "AA=", "AB==", "AAB=", "_-8=", "AA==\n", " AA==", "A A==", "AA==AA==", "====", "é", "A"]
  ) {
    assertEquals(decodeBase64(text), undefined, JSON.stringify(text));
  }
});
