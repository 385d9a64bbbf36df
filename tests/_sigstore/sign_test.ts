import "../../src/sigstore/node_crypto_patch.ts";
import { assertEquals, assertRejects } from "@std/assert";
import { type Bundle, bundleFromJSON, bundleToJSON } from "@sigstore/bundle";
import { TrustedRoot } from "@sigstore/protobuf-specs";
import {
  DSSEBundleBuilder,
  FulcioSigner,
  MessageSignatureBundleBuilder,
  RekorWitness,
  TSAWitness,
} from "@sigstore/sign";
import { toSignedEntity, toTrustMaterial, Verifier } from "@sigstore/verify";
import { Buffer } from "node:buffer";
import { TestSigstore } from "./test_sigstore.ts";

const MESSAGE = Buffer.from("message");

Deno.test({
  name: "@sigstore/sign signs with the services, and @sigstore/verify verifies",
  // Its HTTP client keeps connections open.
  sanitizeResources: false,
  sanitizeOps: false,
  async fn(t): Promise<void> {
    await using sigstore = await TestSigstore.start();
    const { fulcio, rekorV1, rekorV2, timestampAuthority } = sigstore;
    const signer = new FulcioSigner({
      fulcioBaseURL: fulcio.url,
      identityProvider: { getToken: () => sigstore.token() },
      retry: 0,
    });
    const v1 = (entryType: "dsse" | "intoto"): RekorWitness =>
      new RekorWitness({ rekorBaseURL: rekorV1.url, entryType, retry: 0 });
    const v2 = new RekorWitness({ rekorBaseURL: rekorV2.url, majorApiVersion: 2, retry: 0 });
    const tsa = new TSAWitness({ tsaBaseURL: timestampAuthority.url, retry: 0 });
    const artifact = { data: MESSAGE, type: "text/plain" };
    const bundles: Record<string, () => Promise<Bundle>> = {
      "v1, message": () => new MessageSignatureBundleBuilder({ signer, witnesses: [v1("dsse")] }).create(artifact),
      "v1, dsse": () => new DSSEBundleBuilder({ signer, witnesses: [v1("dsse")] }).create(artifact),
      "v1, intoto": () => new DSSEBundleBuilder({ signer, witnesses: [v1("intoto")] }).create(artifact),
      "v2, message": () => new MessageSignatureBundleBuilder({ signer, witnesses: [v2, tsa] }).create(artifact),
    };
    const trust = toTrustMaterial(TrustedRoot.fromJSON(sigstore.trustedRoot()));
    for (const [name, create] of Object.entries(bundles)) {
      await t.step(name, async () => {
        const bundle = bundleFromJSON(bundleToJSON(await create()));
        const { identity } = new Verifier(trust).verify(toSignedEntity(bundle, MESSAGE));
        assertEquals(identity?.subjectAlternativeName, "jane@example.com");
      });
    }
    await t.step("v2 refuses envelopes", async () => {
      const builder = new DSSEBundleBuilder({ signer, witnesses: [v2, tsa] });
      await assertRejects(() => builder.create(artifact));
    });
  },
});
