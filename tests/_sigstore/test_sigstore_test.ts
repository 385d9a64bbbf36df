import "../../src/sigstore/node_crypto_patch.ts";
import { assertEquals, assertThrows } from "@std/assert";
import { bundleFromJSON } from "@sigstore/bundle";
import { X509Certificate } from "@sigstore/core";
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

Deno.test("TestSigstore can live at another time, and with a log of another kind of key", async () => {
  const now = new Date("2024-02-29T12:00:00Z");
  await using sigstore = await TestSigstore.start({ now: () => now, rekorV2Key: "P-256" });
  for (const rekor of [1, 2] as const) {
    const { bundle, certificate } = await makeBundle(sigstore, { statement: STATEMENT, rekor });
    verify(sigstore, bundle);
    assertEquals(X509Certificate.parse(Buffer.from(certificate)).notBefore, now);
  }
  assertEquals(sigstore.rekorV1.entries[0]!.integratedTime, now.getTime() / 1000);
});

function verify(sigstore: TestSigstore, bundle: SerializedBundle): ReturnType<Verifier["verify"]> {
  const trust = toTrustMaterial(TrustedRoot.fromJSON(sigstore.trustedRoot()));
  return new Verifier(trust).verify(toSignedEntity(bundleFromJSON(bundle), Buffer.from(MESSAGE)));
}

Deno.test("each forgery of makeBundle() is refused for its own reason", async (t) => {
  await using sigstore = await TestSigstore.start();
  const wrong = makeServiceKey();
  const anHourAgo = new Date(Date.now() - 3_600_000);
  const other = await CertificateAuthority.create(sigstore.period);
  const forgeries: readonly (readonly [name: string, options: BundleOptions, why: string, v1Only?: "v1 only"])[] = [
    ["authority of the same names", { authority: other }, "Failed to verify certificate chain"],
    ["no SCT", { certificate: { ctLogs: [] } }, "expected 1 SCTs, got 0"],
    ["SCT of another log", { certificate: { ctLogs: [new CtLog()] } }, "SCT verification failed"],
    ["expired", { certificate: { notBefore: anHourAgo } }, "Failed to verify certificate chain"],
    ["wrong signature", { wrongSignature: true }, "signature verification failed"],
    ["entry of another artifact", { entryOf: "otherArtifact" }, "signature mismatch"],
    ["entry of another signature", { entryOf: "otherSignature" }, "signature mismatch"],
    ["wrong proof", { entry: { wrongProof: true } }, "calculated root hash does not match"],
    ["proof for another size", { entry: { otherProofSize: true } }, "invalid hash count"],
    ["checkpoint by another key", { entry: { checkpointKey: wrong } }, "invalid checkpoint signature"],
    ["checkpoint of another origin", { entry: { origin: "log.example" } }, "invalid checkpoint signature"],
    ["wrong checkpoint", { entry: { wrongCheckpointSignature: true } }, "invalid checkpoint signature"],
    ["one entry twice", { entries: 2 }, "duplicate"],
    ["timestamp of another signature", { timestamps: 1, timestampOver: MESSAGE }, "timestamp could not be verified"],
    ["timestamp too early", { timestamps: 1, timestampAt: anHourAgo }, "Failed to verify certificate chain"],
    ["no time at all", { entry: { noPromise: true }, timestamps: 0 }, "expected 1 timestamps, got 0"],
    [
      "neither promise nor proof",
      { entry: { noPromise: true, noProof: true }, timestamps: 1 },
      "invalid bundle",
    ],
    ["promise by another key", { entry: { promiseKey: wrong } }, "inclusion promise could not be verified", "v1 only"],
    ["integrated too early", { entry: { integratedTime: anHourAgo } }, "Failed to verify certificate chain", "v1 only"],
  ];
  for (const options of Object.values(GOOD)) await makeBundle(sigstore, options);
  for (const [name, options, why, v1Only] of forgeries) {
    for (const rekor of v1Only ? [1] as const : [1, 2] as const) {
      await t.step(`${name}, Rekor v${rekor}`, async () => {
        const { bundle } = await makeBundle(sigstore, { statement: STATEMENT, rekor, ...options });
        assertThrows(() => verify(sigstore, bundle), Error, why);
      });
    }
  }
});

Deno.test("makeBundle() makes certificates and entries that @sigstore/verify does not refuse, though it should", async () => {
  // The issuer in two forms, and the certificate in the entry: the verifier has to compare them.
  await using sigstore = await TestSigstore.start();
  const certificate = { oldIssuer: "https://issuer.example" };
  const forgeries: readonly BundleOptions[] = [{ certificate }, { entryOf: "otherCertificate" }];
  for (const options of forgeries) {
    for (const rekor of [1, 2] as const) {
      const { bundle } = await makeBundle(sigstore, { statement: STATEMENT, rekor, ...options });
      assertEquals(verify(sigstore, bundle).identity?.extensions?.issuer, sigstore.issuer.url);
    }
  }
  const { bundle } = await makeBundle(sigstore, { statement: STATEMENT, certificate });
  const leaf = X509Certificate.parse(Buffer.from(bundle.verificationMaterial.certificate.rawBytes, "base64"));
  assertEquals(leaf.extension("1.3.6.1.4.1.57264.1.1")!.valueObj.value.toString(), "https://issuer.example");
});
