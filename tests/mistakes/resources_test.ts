/** Mistakes that others made with time and memory: whatever comes from outside is bounded before it costs much. */
import { assert } from "@std/assert";
import { cpuUsage } from "node:process";
import { UnavailableError } from "../../src/errors.ts";
import { LIMITS } from "../../src/limits.ts";
import { assertFails } from "../_assert_fails.ts";
import { concat, der } from "../_certificates.ts";
import { TestSigstore } from "../_sigstore/test_sigstore.ts";
import { edit, envelopeBundle, type Json, makeKey } from "../oms/_forge.ts";
import { filesStatement } from "../oms/_statements.ts";
import { ENVELOPE, signWith } from "../sign/_sigstore.ts";
import { ForgedModel } from "../verify/_forged_model.ts";
import { type Forging, verifyForged, verifyText } from "../verify/_sigstore.ts";
import { changeTimestamp, editDer, SIGNED_CONTENT } from "./_der.ts";
import { refused } from "./_refused.ts";

/** So many of the first of a list. */
function many(list: Json[], count: number): void {
  list.push(...Array.from({ length: count - list.length }, () => list[0]));
}

function entryOf(bundle: Json): Json {
  return bundle.verificationMaterial.tlogEntries[0];
}

/** A bundle of version 0.1, which has a chain. */
function withChain(bundle: Json, count: number): void {
  const { certificate, ...rest } = bundle.verificationMaterial;
  bundle.mediaType = "application/vnd.dev.sigstore.bundle+json;version=0.1";
  const certificates = Array.from({ length: count }, () => certificate);
  bundle.verificationMaterial = { x509CertificateChain: { certificates }, ...rest };
}

Deno.test("mistake: unbounded counts and sizes of signatures, entries, certificates, replies", async (t) => {
  await using sigstore = await TestSigstore.start();
  const { logEntries, timestamps, timestampBytes, certificates } = LIMITS;
  const nulls = new Uint8Array(timestampBytes).map((_, i) => i % 2 === 0 ? 5 : 0);
  const attacks: [what: string, code: string, forging: Forging][] = [
    ["signatures", "SIGNATURE_INVALID", { change: ({ dsseEnvelope: { signatures } }) => many(signatures, 100_000) }],
    ["entries", "SIGNATURE_INVALID", {
      change: ({ verificationMaterial: { tlogEntries } }) => many(tlogEntries, logEntries + 1),
    }],
    ["timestamps", "SIGNATURE_INVALID", {
      options: { timestamps: 1 },
      change: ({ verificationMaterial: { timestampVerificationData: data } }) => {
        many(data.rfc3161Timestamps, timestamps + 1);
      },
    }],
    // The libraries would make an object of some hundred bytes of each two.
    ["elements in a timestamp", "SIGNATURE_INVALID", {
      options: { timestamps: 1 },
      change: changeTimestamp((bytes) => editDer(bytes, SIGNED_CONTENT, (content) => concat([content, nulls]))),
    }],
    ["certificates", "SIGNATURE_INVALID", { change: (bundle) => withChain(bundle, certificates + 1) }],
    ["bytes of a certificate", "CERTIFICATE_INVALID", {
      // The authority has signed it, and all else is right.
      options: { certificate: { further: [{ oid: "1.2.3", value: der(0x04, new Uint8Array(70_000)) }] } },
    }],
    ["hashes of a proof", "SIGNATURE_INVALID", {
      change: (bundle) => (entryOf(bundle).inclusionProof.hashes = Array(65).fill("AAAA")),
    }],
    ["bytes of a checkpoint", "LOG_CHECKPOINT", {
      change: (bundle) => (entryOf(bundle).inclusionProof.checkpoint.envelope += `\u2014 a ${"AAAA".repeat(20_000)}\n`),
    }],
    ["signatures of a checkpoint", "LOG_CHECKPOINT", {
      change: (bundle) => (entryOf(bundle).inclusionProof.checkpoint.envelope += "\u2014 a AAAAAAAA\n".repeat(100)),
    }],
    ["lists in a log entry", "LOG_ENTRY", {
      change: (bundle) => (entryOf(bundle).canonicalizedBody = btoa("[".repeat(1_000_000))),
    }],
  ];
  for (const [what, code, forging] of attacks) {
    await t.step(what, () => refused(() => verifyForged(sigstore, forging), code));
  }
  await t.step("lists in a signature, within each other or side by side", async () => {
    for (
      const text of ["[".repeat(10_000_000), `[${"[],".repeat(4 * LIMITS.resources)}[]]`, '{"a":'.repeat(1_000_000)]
    ) {
      await refused(() => verifyText(sigstore, text), "SIGNATURE_INVALID");
    }
    // Brackets within a text are none.
    const policy = { identity: "[[[", identityProvider: "x" };
    const options = { statement: { a: `\\"${"[{".repeat(1_000)}\\` } };
    await refused(() => verifyForged(sigstore, { options, policy }), "OTHER_IDENTITY");
  });
  await t.step("bytes of a signature", async () => {
    using model = new ForgedModel("a");
    const signature = model.write("large.sig", "{");
    Deno.truncateSync(signature, LIMITS.signatureBytes + 1);
    await refused(() => model.verify("{}", makeKey(), { signature }));
  });
  await t.step("replies", async () => {
    for (const { faults } of [sigstore.fulcio, sigstore.rekorV2, sigstore.timestampAuthority]) {
      faults.add("endless");
      const sign = (): unknown => signWith(sigstore, ENVELOPE, { rekor: 2 });
      await assertFails(sign, UnavailableError, "SERVICE_FAILED", "exceeds the limit of");
      faults.clear();
    }
  });
});

/** Microseconds of processor time of all threads. Each of these inputs takes a small fraction of a second. */
const MAX_CPU = 20_000_000;

Deno.test("mistake: endless loops over a bundle's content", async (t) => {
  await using sigstore = await TestSigstore.start();
  const [largest, hash] = ["9223372036854775807", new Uint8Array(32).toBase64()];
  const attacks: [what: string, change: (bundle: Json) => void][] = [
    ...["0", "1", "4294967296", "9007199254740993", largest].flatMap((number): [string, (bundle: Json) => void][] => [
      [`a tree of ${number}`, (bundle) => {
        Object.assign(entryOf(bundle).inclusionProof, { treeSize: number, hashes: Array(64).fill(hash) });
      }],
      [`the place ${number}`, (bundle) => {
        Object.assign(entryOf(bundle).inclusionProof, { logIndex: number, treeSize: largest });
        entryOf(bundle).inclusionProof.hashes = Array(64).fill(hash);
      }],
      [`the index ${number}`, (bundle) => {
        // Added to the right one, as it may be that already.
        entryOf(bundle).logIndex = `${BigInt(entryOf(bundle).logIndex) + BigInt(number) + 1n}`;
      }],
    ]),
    ["a checkpoint of empty lines", (bundle) => {
      entryOf(bundle).inclusionProof.checkpoint.envelope = "\n".repeat(60_000);
    }],
    ["a checkpoint of one long name", (bundle) => {
      entryOf(bundle).inclusionProof.checkpoint.envelope = `${
        "a - 1".repeat(12_000)
      }\n1\n${hash}\n\n\u2014 a AAAAAAAA\n`;
    }],
    ["a checkpoint of a tree of nothing", (bundle) => {
      entryOf(bundle).inclusionProof.checkpoint.envelope = `${sigstore.rekorV1.url}\n0\n${hash}\n\n\u2014 a AAAAAAAA\n`;
    }],
    ["a certificate in a log entry that begins again and again", (bundle) => {
      const body = JSON.parse(atob(entryOf(bundle).canonicalizedBody));
      body.spec.signatures[0].verifier = btoa("-----BEGIN CERTIFICATE-----\n".repeat(50_000));
      entryOf(bundle).canonicalizedBody = btoa(JSON.stringify(body));
    }],
    ["a certificate that issues itself", (bundle) => withChain(bundle, 16)],
  ];
  for (const [what, change] of attacks) {
    await t.step(what, async () => {
      const start = cpuUsage();
      await refused(() => verifyForged(sigstore, { change }));
      assert(cpuUsage(start).user < MAX_CPU);
    });
  }
  await t.step("thousands of identities", async () => {
    const name = der(0x81, new TextEncoder().encode("jane@example.com"));
    const subjectAltName = der(0x30, ...Array.from({ length: 500 }, () => name));
    await refused(() => verifyForged(sigstore, { options: { certificate: { subjectAltName } } }), "IDENTITY_UNCLEAR");
  });
  await t.step("an ignored path, and a name, within itself", async () => {
    using model = new ForgedModel("a");
    const key = makeKey();
    const deep = edit(filesStatement("a"), "predicate.resources.0.name", "a/".repeat(30_000) + "a");
    const start = cpuUsage();
    await refused(() => model.verify(envelopeBundle(key, deep), key));
    assert(cpuUsage(start).user < MAX_CPU);
  });
});
