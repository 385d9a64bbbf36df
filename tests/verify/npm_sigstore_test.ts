/** What `npm:sigstore` signs verifies here. It has no option for a trusted root, so that it cannot verify ours offline. */
import "../../src/sigstore/node_crypto_patch.ts";
import { assert, assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import { attest, sign } from "sigstore";
import { TestSigstore } from "../_sigstore/test_sigstore.ts";
import { PAYLOAD_TYPE } from "../oms/_forge.ts";
import { verifyText } from "./_sigstore.ts";

Deno.test({
  name: "what npm:sigstore signs verifies",
  // Its HTTP client keeps connections open.
  sanitizeResources: false,
  sanitizeOps: false,
  async fn(t): Promise<void> {
    await using sigstore = await TestSigstore.start();
    const options = {
      fulcioURL: sigstore.fulcio.url,
      rekorURL: sigstore.rekorV1.url,
      tsaServerURL: sigstore.timestampAuthority.url,
      identityToken: await sigstore.token(),
      retry: 0,
    };
    const message = Buffer.from(new Uint8Array(32));
    await t.step("an envelope", async () => {
      const payload = Buffer.from("{}");
      for (const legacyCompatibility of [false, true]) {
        const bundle = await attest(payload, PAYLOAD_TYPE, { ...options, legacyCompatibility });
        const opened = await verifyText(sigstore, JSON.stringify(bundle));
        assert(opened.kind === "envelope");
        assertEquals(opened.payload, new Uint8Array(payload));
      }
    });
    await t.step("a message", async () => {
      const opened = await verifyText(sigstore, JSON.stringify(await sign(message, options)));
      assert(opened.kind === "message" && opened.claimsDigestOf(message));
      opened.verify(message);
    });
  },
});
