import { assert, assertEquals } from "@std/assert";
import { TrustedRoot } from "@sigstore/protobuf-specs";
import { createSigstoreVerifier } from "../../src/verify/sigstore.ts";
import { TestSigstore } from "../_sigstore/test_sigstore.ts";
import type { Json } from "../oms/_forge.ts";
import { toBytes } from "../oms/_forge.ts";
import { ENVELOPE, MESSAGE, signWith } from "./_sigstore.ts";
import { verifyBytes, verifyWhole } from "../verify/_verify_whole.ts";

Deno.test("what is signed with an identity verifies", async (t) => {
  await using sigstore = await TestSigstore.start();
  const policy = { identity: "jane@example.com", identityProvider: sigstore.issuer.url };
  const verifier = createSigstoreVerifier(policy, TrustedRoot.fromJSON(sigstore.trustedRoot()));
  for (const rekor of [1, 2] as const) {
    await t.step(`an envelope, with Rekor v${rekor}`, async () => {
      const text = await signWith(sigstore, ENVELOPE, { rekor });
      const opened = await verifyWhole(verifier, toBytes(text));
      assert(opened.kind === "envelope" && opened.signer.method === "sigstore");
      assertEquals([opened.payload, opened.signer.identity], [(ENVELOPE as Json).payload, "jane@example.com"]);
      const { mediaType, verificationMaterial }: Json = JSON.parse(text);
      assertEquals(mediaType, "application/vnd.dev.sigstore.bundle.v0.3+json");
      const [{ kindVersion }] = verificationMaterial.tlogEntries;
      const expected = rekor === 1 ? { kind: "dsse", version: "0.0.1" } : { kind: "hashedrekord", version: "0.0.2" };
      assertEquals(kindVersion, expected);
    });
    await t.step(`a message, with Rekor v${rekor}`, async () => {
      const opened = await verifyBytes(verifier, toBytes(await signWith(sigstore, MESSAGE, { rekor })));
      assert(opened.kind === "message");
      assert(opened.claimsDigestOf((MESSAGE as Json).message));
      opened.verify((MESSAGE as Json).message);
    });
  }
});
