/** Timestamps, log entries and the single certificate field, as the Go tool and cosign write them for keys. */
import { assertEquals } from "@std/assert";
import { verify } from "../../mod.ts";
import { RefusedError, VerificationError } from "../../src/errors.ts";
import { createCertificateVerifier } from "../../src/verify/certificate.ts";
import { createKeyVerifier } from "../../src/verify/key.ts";
import { assertFails } from "../_assert_fails.ts";
import { edit, type Json, toBytes } from "../oms/_forge.ts";
import { signerOf, verifyBytes } from "./_verify_whole.ts";

const FIXTURES = new URL("../fixtures/go/", import.meta.url);
const read = (name: string): string => Deno.readTextFileSync(new URL(name, FIXTURES));
const bundleOf = (name: string): Json => JSON.parse(read(name));

const key = createKeyVerifier({ kind: "key", publicKey: read("key-P-256.pub") });
const [root, intermediate] = [read("cert-P-256-root.crt"), read("cert-P-256-int.crt")];
const certificate = (...roots: string[]) =>
  createCertificateVerifier({ kind: "certificate", roots }, () => new Date("2027-01-01T00:00:00Z"));

const ENTRIES = "verificationMaterial.tlogEntries";
const TIMES = "verificationMaterial.timestampVerificationData";

/** A log entry of good form. It is about nothing. */
const entry = {
  logIndex: "7",
  logId: { keyId: "AA==" },
  kindVersion: { kind: "dsse", version: "0.0.1" },
  inclusionProof: { rootHash: "AA==", treeSize: "8", checkpoint: { envelope: "a note" } },
  canonicalizedBody: toBytes({ kind: "dsse" }).toBase64(),
};

Deno.test("signatures of the Go tool with a key on P-256 verify", async () => {
  for (const name of ["key-P-256.sig", "key-P-256-timestamped.sig"]) {
    const model = new URL("model", FIXTURES).pathname;
    const signature = new URL(name, FIXTURES).pathname;
    const { signer } = await verify(model, { trust: { kind: "key", publicKey: read("key-P-256.pub") }, signature });
    const notChecked = name.includes("timestamped") ? { notChecked: ["timestamp: not verified"] } : {};
    const keyHint = "8c2a875ce00b7ed12e3fe8332ae4945d7b4ae75a8c289295ecd0a90c4fd044c4";
    assertEquals(signer, { method: "key", curve: "P-256", keyHint, ...notChecked });
  }
});

Deno.test("signatures of the Go tool with a certificate on P-256 verify", async (t) => {
  const cases: [name: string, roots: string[], notChecked?: string[]][] = [
    ["cert-P-256.sig", [root]],
    ["cert-P-256.sig", [root, intermediate]],
    ["cert-P-256-single.sig", [root, intermediate]],
    ["cert-P-256-single.sig", [root + intermediate]],
    ["cert-P-256-single.sig", [intermediate]],
    ["cert-P-256-timestamped.sig", [root], ["timestamp: not verified"]],
  ];
  for (const [name, roots, notChecked] of cases) {
    await t.step(`${name}, ${roots.length} files`, async () => {
      const signer = signerOf(await verifyBytes(certificate(...roots), toBytes(bundleOf(name)))) as Json;
      assertEquals(signer.subject, "CN=cert-P-256 signer,O=Example");
      assertEquals(signer.notChecked, notChecked);
    });
  }
});

Deno.test("a single certificate does not verify without the certificates between it and a root", async () => {
  const single = toBytes(bundleOf("cert-P-256-single.sig"));
  await assertFails(() => verifyBytes(certificate(root), single), VerificationError, "CHAIN_UNTRUSTED", "intermediate");
});

Deno.test("a timestamp does not extend the validity of a certificate", async () => {
  const roots = { kind: "certificate" as const, roots: [root] };
  const verifier = createCertificateVerifier(roots, () => new Date("2047-01-01T00:00:00Z"));
  const bundle = toBytes(bundleOf("cert-P-256-timestamped.sig"));
  await assertFails(() => verifyBytes(verifier, bundle), VerificationError, "CERTIFICATE_EXPIRED");
});

Deno.test("keys and certificates of other algorithms are refused by name", async () => {
  for (const [name, type] of [["key-ed25519", "ed25519"], ["key-rsa2048", "rsa"]] as const) {
    const publicKey = read(`${name}.pub`);
    await assertFails(
      () => createKeyVerifier({ kind: "key", publicKey }),
      RefusedError,
      "KEY_KIND",
      `of type ${type}`,
    );
  }
});

Deno.test("log entries and timestamps are reported as not verified, by every method and for messages too", async (t) => {
  const stamps = bundleOf("key-P-256-timestamped.sig").verificationMaterial.timestampVerificationData;
  const [stamp] = stamps.rfc3161Timestamps;
  const cases: [name: string, verifier: typeof key][] = [
    ["key-P-256.sig", key],
    ["cert-P-256.sig", certificate(root)],
    ["cert-P-256-single.sig", certificate(root, intermediate)],
  ];
  for (const [name, verifier] of cases) {
    await t.step(name, async () => {
      const good = bundleOf(name);
      const of = async (bundle: Json): Promise<unknown> =>
        (signerOf(await verifyBytes(verifier, toBytes(bundle))) as Json).notChecked;
      assertEquals(await of(edit(good, ENTRIES, [entry])), ["log entry: not verified"]);
      assertEquals(await of(edit(edit(good, ENTRIES, [entry, entry]), TIMES, { rfc3161Timestamps: [stamp, stamp] })), [
        "timestamp: not verified (1 of 2)",
        "timestamp: not verified (2 of 2)",
        "log entry: not verified (1 of 2)",
        "log entry: not verified (2 of 2)",
      ]);
      assertEquals(await of(edit(good, TIMES, { rfc3161Timestamps: [] })), undefined);
    });
  }
});

Deno.test("malformed log entries and timestamps are refused", async (t) => {
  const stamped = bundleOf("key-P-256-timestamped.sig");
  const [{ signedTimestamp }] = stamped.verificationMaterial.timestampVerificationData.rfc3161Timestamps;
  const der = Uint8Array.fromBase64(signedTimestamp);
  const withStamp = (bytes: Uint8Array): Json =>
    edit(stamped, TIMES, { rfc3161Timestamps: [{ signedTimestamp: bytes.toBase64() }] });
  const refused = Uint8Array.of(0x30, 5, 0x30, 3, 2, 1, 2); // PKIStatus "rejection", and no token.
  const cases: [what: string, bundle: Json, code: string, text: string][] = [
    ["half a timestamp", withStamp(der.subarray(0, der.length >> 1)), "TIMESTAMP_INVALID", "timestamp"],
    ["a byte behind a timestamp", withStamp(Uint8Array.of(...der, 0)), "TIMESTAMP_INVALID", "timestamp"],
    ["a timestamp that was not granted", withStamp(refused), "TIMESTAMP_INVALID", "rejection"],
    ["bytes that are no timestamp", withStamp(Uint8Array.of(0x30, 0)), "TIMESTAMP_INVALID", "timestamp"],
    [
      "33 timestamps",
      edit(stamped, TIMES, { rfc3161Timestamps: new Array(33).fill({ signedTimestamp }) }),
      "SIGNATURE_INVALID",
      "33 items",
    ],
    [
      "a log entry without a proof",
      edit(stamped, ENTRIES, [{ ...entry, inclusionProof: null }]),
      "SIGNATURE_INVALID",
      "inclusionProof is missing",
    ],
    [
      "a log entry whose body is not JSON",
      edit(stamped, ENTRIES, [{ ...entry, canonicalizedBody: "AA==" }]),
      "SIGNATURE_INVALID",
      "body of a log entry",
    ],
    ["33 log entries", edit(stamped, ENTRIES, new Array(33).fill(entry)), "SIGNATURE_INVALID", "33 items"],
  ];
  for (const [what, bundle, code, text] of cases) {
    await t.step(what, async () => {
      await assertFails(() => verifyBytes(key, toBytes(bundle)), VerificationError, code, text);
    });
  }
});

Deno.test("evidence of any form does not make a signature that does not match verify", async () => {
  const bundle = bundleOf("key-P-256-timestamped.sig");
  const { sig } = bundleOf("cert-P-256.sig").dsseEnvelope.signatures[0];
  const forged = edit(bundle, "dsseEnvelope.signatures.0.sig", sig);
  await assertFails(() => verifyBytes(key, toBytes(forged)), VerificationError, "SIGNATURE_WRONG");
});
