import { assertEquals, assertThrows } from "@std/assert";
import config from "../../../deno.json" with { type: "json" };
import { shippedPublic, shippedStaging } from "../../../src/sigstore/trust/shipped.ts";
import { TrustedMetadata, TufError } from "../../../src/sigstore/tuf/verify_state.ts";

Deno.test("the roots that ship are signed by as many of their own keys as they demand", () => {
  for (const [shipped, version] of [[shippedPublic(), 16], [shippedStaging(), 14]] as const) {
    assertEquals(new TrustedMetadata(shipped.root, new Date()).root.version, version, shipped.instance);
  }
});

Deno.test("one byte changed in a root that ships is found", () => {
  const { root } = shippedPublic();
  const text = new TextDecoder().decode(root).replace('"threshold": 3', '"threshold": 2');
  const changed = new TextEncoder().encode(text);
  assertThrows(() => new TrustedMetadata(changed, new Date()), TufError, "its root metadata is signed by 0/2 keys");
});

// The package does not say when its seed was current: the day of its publication is written down beside it.
Deno.test("the date of what ships is that of the version in use", () => {
  assertEquals(config.imports["@sigstore/tuf"], "npm:@sigstore/tuf@5.0.1");
});
