import "../../src/sigstore/mend.ts";
import { assertEquals, assertThrows } from "@std/assert";
import { bundleFromJSON } from "@sigstore/bundle";
import { TrustedRoot } from "@sigstore/protobuf-specs";
import { toSignedEntity, toTrustMaterial, Verifier } from "@sigstore/verify";
import { Buffer } from "node:buffer";
import type { SerializedBundle } from "./bundle_json.ts";
import { CertificateAuthority } from "./certificate_authority.ts";
import { CtLog } from "./ct_log.ts";
import { bytesOf, makeServiceKey } from "./keys.ts";
import { type BundleOptions, makeBundle } from "./make_bundle.ts";
import { TestSigstore } from "./test_sigstore.ts";

const MESSAGE = bytesOf("message");
const STATEMENT = { _type: "https://in-toto.io/Statement/v1", subject: [{ name: "x", digest: { sha256: "00" } }] };

const GOOD: Readonly<Record<string, BundleOptions>> = {
  "Rekor v1, hashedrekord": { message: MESSAGE },
  "Rekor v1, dsse": { statement: STATEMENT },
  "Rekor v1, intoto": { statement: STATEMENT, kind: "intoto" },
  "Rekor v1, with a timestamp": { statement: STATEMENT, timestamps: 1 },
  "Rekor v2, over a message": { message: MESSAGE, rekor: 2 },
  "Rekor v2, over an envelope": { statement: STATEMENT, rekor: 2 },
};

Deno.test("bundles of TestSigstore verify with @sigstore/verify", async (t) => {
  await using sigstore = await TestSigstore.start();
  for (const [name, options] of Object.entries(GOOD)) {
    await t.step(name, async () => {
      for (let i = 0; i < 3; i++) {
        const { bundle } = await makeBundle(sigstore, options);
        const signer = verify(sigstore, bundle);
        assertEquals(signer.identity?.subjectAlternativeName, "jane@example.com");
        assertEquals(signer.identity?.extensions?.issuer, sigstore.issuer.url);
      }
    });
  }
});

function verify(sigstore: TestSigstore, bundle: SerializedBundle): ReturnType<Verifier["verify"]> {
  const trust = toTrustMaterial(TrustedRoot.fromJSON(sigstore.trustedRoot()));
  return new Verifier(trust).verify(toSignedEntity(bundleFromJSON(bundle), Buffer.from(MESSAGE)));
}

Deno.test("forged bundles of TestSigstore do not verify with @sigstore/verify", async (t) => {
  await using sigstore = await TestSigstore.start();
  const wrong = makeServiceKey();
  const anHourAgo = new Date(Date.now() - 3_600_000);
  const forged: Record<string, BundleOptions> = {
    "other authority": { authority: await CertificateAuthority.create(sigstore.period) },
    "no SCT": { certificate: { ctLogs: [] } },
    "SCT of another log": { certificate: { ctLogs: [new CtLog()] } },
    "expired certificate": { certificate: { notBefore: anHourAgo } },
    "wrong signature": { wrongSignature: true },
    "entry of another artifact": { entryOf: "otherArtifact" },
    "entry of another signature": { entryOf: "otherSignature" },
    "wrong proof": { entry: { wrongProof: true } },
    "proof for another size": { entry: { otherProofSize: true } },
    "checkpoint by another key": { entry: { checkpointKey: wrong } },
    "checkpoint of another origin": { entry: { origin: "log.example" } },
    "wrong checkpoint signature": { entry: { wrongCheckpointSignature: true } },
    "the same entry twice": { entries: 2 },
    "no promise, no timestamp": { entry: { noPromise: true }, timestamps: 0 },
    "promise by another key": { entry: { promiseKey: wrong } },
    "integrated outside of the certificate's validity": { entry: { integratedTime: anHourAgo } },
    "timestamp of another signature": { timestamps: 1, timestampOver: bytesOf("x") },
    "timestamp outside of the certificate's validity": { timestamps: 1, timestampAt: anHourAgo },
  };
  for (let i = 0; i < 5; i++) for (const options of Object.values(GOOD)) await makeBundle(sigstore, options);
  for (const [name, options] of Object.entries(forged)) {
    await t.step(name, async () => {
      const { bundle } = await makeBundle(sigstore, { statement: STATEMENT, ...options });
      assertThrows(() => verify(sigstore, bundle));
      const isOfV1 = /promise|integrated/.test(name);
      if (isOfV1) return;
      const { bundle: other } = await makeBundle(sigstore, { statement: STATEMENT, rekor: 2, ...options });
      assertThrows(() => verify(sigstore, other));
    });
  }
});
