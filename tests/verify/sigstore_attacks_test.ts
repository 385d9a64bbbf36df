/** Forged signatures of the method `sigstore`: each must be refused, and for the right reason. */
import { assertEquals } from "@std/assert";
import { VerificationError } from "../../src/errors.ts";
import { assertFails } from "../_assert_fails.ts";
import { CertificateAuthority } from "../_sigstore/certificate_authority.ts";
import { CtLog } from "../_sigstore/ct_log.ts";
import { makeServiceKey } from "../_sigstore/keys.ts";
import { TestSigstore } from "../_sigstore/test_sigstore.ts";
import type { Json } from "../oms/_forge.ts";
import { type Forging, verifyForged } from "./_sigstore.ts";
import { signerOf } from "./_verify_whole.ts";

const HOUR = 3_600_000;

/** The first log entry. */
function entry(bundle: Json): Json {
  return bundle.verificationMaterial.tlogEntries[0];
}

/** Something that is well-formed and wrong: one bit is another. */
function flipped(base64: string): string {
  const bytes = Uint8Array.fromBase64(base64);
  bytes[bytes.length - 1]! ^= 1;
  return bytes.toBase64();
}

type Attack = [what: string, code: string, forging: (sigstore: TestSigstore) => Forging | Promise<Forging>];

const CERTIFICATE_ATTACKS: Attack[] = [
  ["a certificate of another authority with the same names", "CHAIN_UNTRUSTED", async ({ period }) => ({
    options: { authority: await CertificateAuthority.create(period) },
  })],
  ["a certificate without SCT", "SIGNATURE_WRONG", () => ({ options: { certificate: { ctLogs: [] } } })],
  ["an SCT of a log that is not trusted", "SIGNATURE_WRONG", ({ now }) => ({
    options: { certificate: { ctLogs: [new CtLog(now)] } },
  })],
  ["one SCT that is good and one that is not", "SIGNATURE_WRONG", ({ now, ctLog }) => ({
    options: { certificate: { ctLogs: [ctLog, new CtLog(now)] } },
  })],
  ["one SCT twice", "SIGNATURE_WRONG", ({ ctLog }) => ({ options: { certificate: { ctLogs: [ctLog, ctLog] } } })],
  ["an issuer in the old extension that differs from the new one", "IDENTITY_UNCLEAR", () => ({
    options: { certificate: { oldIssuer: "https://evil.example.com" } },
  })],
  ["an issuer in the new extension that differs from the old one", "IDENTITY_UNCLEAR", () => ({
    options: { certificate: { newIssuer: "https://evil.example.com" } },
  })],
  ["a certificate without issuer", "IDENTITY_UNCLEAR", () => ({
    options: { certificate: { oldIssuer: null, newIssuer: null } },
  })],
  ["a certificate for servers", "EXTENDED_KEY_USAGE", () => ({
    options: { certificate: { extendedKeyUsage: ["1.3.6.1.5.5.7.3.1"] } },
  })],
  ["a certificate that had expired when it was used", "CERTIFICATE_EXPIRED", ({ now }) => ({
    options: { certificate: { notBefore: new Date(now().getTime() - HOUR) } },
  })],
  ["a certificate that was not valid yet when it was used", "CERTIFICATE_NOT_YET_VALID", ({ now }) => ({
    options: { certificate: { notBefore: new Date(now().getTime() + HOUR) } },
  })],
];

const LOG_ATTACKS: Attack[] = [
  ["an entry of another artifact", "SIGNATURE_WRONG", () => ({ options: { entryOf: "otherArtifact" } })],
  ["an entry of another signature", "SIGNATURE_WRONG", () => ({ options: { entryOf: "otherSignature" } })],
  ["an entry of another certificate", "LOG_ENTRY", () => ({ options: { entryOf: "otherCertificate" } })],
  ["an entry of another artifact, v2", "SIGNATURE_WRONG", () => ({ options: { entryOf: "otherArtifact", rekor: 2 } })],
  ["an entry of another signature, v2", "SIGNATURE_WRONG", () => ({
    options: { entryOf: "otherSignature", rekor: 2 },
  })],
  ["an entry of another certificate, v2", "LOG_ENTRY", () => ({ options: { entryOf: "otherCertificate", rekor: 2 } })],
  ["a proof for a tree of another size", "SIGNATURE_WRONG", () => ({ options: { entry: { otherProofSize: true } } })],
  ["a proof for a tree of another size, v2", "SIGNATURE_WRONG", () => ({
    options: { entry: { otherProofSize: true }, rekor: 2 },
  })],
  ["a size that differs from the checkpoint's", "LOG_ENTRY", () => ({
    change: (bundle) => (entry(bundle).inclusionProof.treeSize = "2"),
  })],
  ["a root that differs from the checkpoint's", "LOG_ENTRY", () => ({
    change: (bundle) => (entry(bundle).inclusionProof.rootHash = flipped(entry(bundle).inclusionProof.rootHash)),
  })],
  ["a proof with one wrong hash", "SIGNATURE_WRONG", () => ({ options: { entry: { wrongProof: true } } })],
  ["a checkpoint signed with another key", "LOG_CHECKPOINT", () => ({
    options: { entry: { checkpointKey: makeServiceKey("P-256") } },
  })],
  ["a checkpoint of another origin", "LOG_CHECKPOINT", () => ({
    options: { entry: { origin: "rekor.example.com - 1" } },
  })],
  ["a checkpoint of another origin, v2", "LOG_CHECKPOINT", () => ({
    options: { entry: { origin: "rekor.example.com" }, rekor: 2 },
  })],
  ["a name in a checkpoint that is a regular expression", "LOG_CHECKPOINT", () => ({
    options: { entry: { origin: ".*" } },
  })],
  ["a checkpoint whose signature is wrong", "LOG_CHECKPOINT", () => ({
    options: { entry: { wrongCheckpointSignature: true } },
  })],
  ["an integrated time outside of the certificate's validity", "CERTIFICATE_EXPIRED", ({ now }) => ({
    options: { entry: { integratedTime: new Date(now().getTime() + HOUR) } },
  })],
  ["an integrated time that was changed", "SIGNATURE_WRONG", () => ({
    change: (bundle) => (entry(bundle).integratedTime = `${Number(entry(bundle).integratedTime) + 1}`),
  })],
  ["an integrated time without a promise", "SIGNATURE_WRONG", () => ({ options: { entry: { noPromise: true } } })],
  ["a promise of another key", "SIGNATURE_WRONG", () => ({
    options: { entry: { promiseKey: makeServiceKey("P-256") } },
  })],
  ["a promise without a proof", "SIGNATURE_INVALID", () => ({ options: { entry: { noProof: true } } })],
  ["a promise without a proof, in a bundle of version 0.1", "SIGNATURE_INVALID", () => ({
    options: { entry: { noProof: true } },
    change: makeOld,
  })],
  ["an unsigned media type that would switch off the proof", "SIGNATURE_INVALID", () => ({
    change: (bundle) => {
      makeOld(bundle);
      delete entry(bundle).inclusionProof;
    },
  })],
  ["no entry at all", "SIGNATURE_INVALID", () => ({
    change: (bundle) => (bundle.verificationMaterial.tlogEntries = []),
  })],
  ["no list of entries", "SIGNATURE_INVALID", () => ({
    change: (bundle) => delete bundle.verificationMaterial.tlogEntries,
  })],
  ["the same entry twice", "SIGNATURE_WRONG", () => ({ options: { entries: 2 } })],
  ["two entries, one of them invalid", "LOG_ENTRY", () => ({
    options: { entries: 2 },
    change: ({ verificationMaterial: { tlogEntries: [, second] } }) => {
      second.canonicalizedBody = flipped(second.canonicalizedBody);
    },
  })],
  ["more entries than anyone needs", "SIGNATURE_INVALID", () => ({ options: { entries: 17 } })],
  ["a position that differs from the proof's, v2", "LOG_ENTRY", () => ({
    options: { rekor: 2 },
    change: (bundle) => (entry(bundle).logIndex = "77"),
  })],
  ["an entry that names another log", "LOG_ENTRY", () => ({
    change: (bundle) => (entry(bundle).logId.keyId = flipped(entry(bundle).logId.keyId)),
  })],
  ["a kind that differs from the entry's", "LOG_ENTRY", () => ({
    change: (bundle) => (entry(bundle).kindVersion = { kind: "rekord", version: "0.0.1" }),
  })],
  ["a hash in a proof that is no hash", "SIGNATURE_WRONG", () => ({
    change: (bundle) => (entry(bundle).inclusionProof.hashes.push("AAAA")),
  })],
  ["a log whose key was not valid any more", "LOG_ENTRY", ({ now }) => ({
    options: { rekor: 2 },
    trust: ({ tlogs }) => {
      const end = new Date(now().getTime() - HOUR).toISOString();
      tlogs.forEach((log: Json) => (log.publicKey.validFor.end = end));
    },
  })],
];

const TIME_ATTACKS: Attack[] = [
  ["a v2 entry without timestamp", "SIGNATURE_WRONG", () => ({ options: { rekor: 2, timestamps: 0 } })],
  ["a timestamp of another signature", "TIMESTAMP_INVALID", () => ({
    options: { rekor: 2, timestampOver: new Uint8Array(3) },
  })],
  ["a timestamp outside of the certificate's validity", "CERTIFICATE_EXPIRED", ({ now }) => ({
    options: { rekor: 2, timestampAt: new Date(now().getTime() + HOUR) },
  })],
  ["a bad timestamp beside a good promise", "TIMESTAMP_INVALID", () => ({
    options: { timestamps: 1, timestampOver: new Uint8Array(3) },
  })],
  ["the same timestamp twice", "TIMESTAMP_INVALID", () => ({
    options: { rekor: 2 },
    change: ({ verificationMaterial: { timestampVerificationData: { rfc3161Timestamps } } }) => {
      rfc3161Timestamps.push(rfc3161Timestamps[0]);
    },
  })],
  ["a timestamp of an authority that is not trusted", "TIMESTAMP_INVALID", () => ({
    options: { rekor: 2 },
    trust: (root) => (root.timestampAuthorities = []),
  })],
  ["a timestamp of an authority whose certificate is for something else", "TIMESTAMP_INVALID", () => ({
    options: { rekor: 2 },
    trust: (root) => (root.timestampAuthorities = root.certificateAuthorities),
  })],
  ["bytes that are no timestamp", "TIMESTAMP_INVALID", () => ({
    options: { rekor: 2 },
    change: ({ verificationMaterial: { timestampVerificationData: { rfc3161Timestamps } } }) => {
      rfc3161Timestamps[0].signedTimestamp = "MAA=";
    },
  })],
];

const SIGNATURE_ATTACKS: Attack[] = [
  ["a signature of something else", "SIGNATURE_WRONG", () => ({ options: { wrongSignature: true } })],
  ["another payload", "SIGNATURE_WRONG", () => ({
    change: ({ dsseEnvelope }) => (dsseEnvelope.payload = flipped(dsseEnvelope.payload)),
  })],
  ["another type of payload", "SIGNATURE_WRONG", () => ({
    change: ({ dsseEnvelope }) => (dsseEnvelope.payloadType = "text/plain"),
  })],
  ["a payload of another type, signed", "PAYLOAD_TYPE", () => ({ options: { payloadType: "text/plain" } })],
  ["two signatures", "SIGNATURE_INVALID", () => ({
    change: ({ dsseEnvelope: { signatures } }) => signatures.push(signatures[0]),
  })],
  ["an envelope and a message", "SIGNATURE_INVALID", () => ({
    change: (bundle) => (bundle.messageSignature = { messageDigest: {}, signature: "AAAA" }),
  })],
  ["a bundle of an unknown version", "SIGNATURE_INVALID", () => ({
    change: (bundle) => (bundle.mediaType = "application/vnd.dev.sigstore.bundle.v0.4+json"),
  })],
  ["a certificate chain in a bundle of version 0.3", "OTHER_METHOD", () => ({
    change: ({ verificationMaterial }) => {
      verificationMaterial.x509CertificateChain = { certificates: [verificationMaterial.certificate] };
      delete verificationMaterial.certificate;
    },
  })],
  ["a certificate chain beside the certificate", "SIGNATURE_INVALID", () => ({
    change: ({ verificationMaterial }) => {
      verificationMaterial.x509CertificateChain = { certificates: [verificationMaterial.certificate] };
    },
  })],
  ["a member that nobody knows", "SIGNATURE_INVALID", () => ({
    change: ({ verificationMaterial }) => (verificationMaterial.skipChecks = true),
  })],
  ["a certificate in a chain that is not of an authority", "CHAIN_UNRELATED", () => ({
    change: (bundle) => {
      makeOld(bundle);
      const { certificates } = bundle.verificationMaterial.x509CertificateChain;
      certificates.push(certificates[0]);
    },
  })],
];

/** As version 0.1 had it. */
function makeOld(bundle: Json): void {
  const { certificate, ...rest } = bundle.verificationMaterial;
  bundle.mediaType = "application/vnd.dev.sigstore.bundle+json;version=0.1";
  bundle.verificationMaterial = { x509CertificateChain: { certificates: [certificate] }, ...rest };
}

const GROUPS = { CERTIFICATE_ATTACKS, LOG_ATTACKS, TIME_ATTACKS, SIGNATURE_ATTACKS };

for (const [group, attacks] of Object.entries(GROUPS)) {
  Deno.test(`forged signatures are refused: ${group.toLowerCase().replace("_", " ")}`, async (t) => {
    await using sigstore = await TestSigstore.start();
    // A log with some entries, so that proofs are not empty.
    for (let i = 0; i < 3; i++) {
      for (const rekor of [1, 2] as const) await verifyForged(sigstore, { options: { rekor } });
    }
    for (const [what, code, forging] of attacks) {
      await t.step(what, async () => {
        const forged = await forging(sigstore);
        await assertFails(() => verifyForged(sigstore, forged), VerificationError, code);
      });
    }
  });
}

Deno.test("what the attacks begin with is good", async (t) => {
  await using sigstore = await TestSigstore.start();
  const good: [what: string, forging: Forging][] = [
    ["v1, dsse", {}],
    ["v1, intoto", { options: { kind: "intoto" } }],
    ["v1, hashedrekord", { options: { kind: "hashedrekord" } }],
    ["v1 with a timestamp", { options: { timestamps: 1 } }],
    ["v1 with a timestamp and no promise", { options: { timestamps: 1, entry: { noPromise: true } } }],
    ["v2", { options: { rekor: 2 } }],
    ["a bundle of version 0.1", { change: makeOld }],
    ["no old issuer", { options: { certificate: { oldIssuer: null } } }],
    ["no new issuer", { options: { certificate: { newIssuer: null } } }],
  ];
  for (const [what, forging] of good) {
    await t.step(what, async () => {
      const signer = signerOf(await verifyForged(sigstore, forging));
      assertEquals(signer.method === "sigstore" && signer.identity, "jane@example.com");
    });
  }
});
