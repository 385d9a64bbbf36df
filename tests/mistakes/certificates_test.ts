/** Mistakes that others made with certificates and with keys that are trusted, but not permanently or for everything. */
import { createHash, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { concat, der, makeAuthority } from "../_certificates.ts";
import { certificatePem } from "../_sigstore/certificate_authority.ts";
import type { BundleOptions } from "../_sigstore/make_bundle.ts";
import { TestSigstore } from "../_sigstore/test_sigstore.ts";
import { dssePae, type Json, PAYLOAD_TYPE, toBytes } from "../oms/_forge.ts";
import { verifyForged, verifyText } from "../verify/_sigstore.ts";
import { refused } from "./_refused.ts";

const HOUR = 3_600_000;
const ago = (hours: number): Date => new Date(Date.now() - hours * HOUR);

Deno.test("mistake: an expired intermediate accepted", async (t) => {
  const periods: [what: string, code: string, start: Date, end: Date][] = [
    ["expired", "CERTIFICATE_EXPIRED", ago(48), ago(1)],
    ["not valid yet", "CERTIFICATE_NOT_YET_VALID", ago(-1), ago(-48)],
  ];
  for (const [what, code, start, end] of periods) {
    await t.step(what, async () => {
      // The leaf, the root and all else are valid.
      await using sigstore = await TestSigstore.start({ intermediatePeriod: { start, end } });
      await refused(() => verifyForged(sigstore, {}), code);
    });
  }
});

Deno.test("mistake: validity windows of trusted keys ignored", async (t) => {
  await using sigstore = await TestSigstore.start();
  const options: BundleOptions = { rekor: 2 };
  const periods: Record<string, Json> = {
    "ended": { start: ago(48).toISOString(), end: ago(1).toISOString() },
    "not begun": { start: ago(-1).toISOString() },
  };
  const lists: [list: string, place: (one: Json) => Json, options: BundleOptions][] = [
    ["tlogs", (log) => log.publicKey, {}],
    ["tlogs", (log) => log.publicKey, options],
    ["ctlogs", (log) => log.publicKey, {}],
    ["certificateAuthorities", (authority) => authority, {}],
    ["timestampAuthorities", (authority) => authority, options],
  ];
  for (const [list, place, options] of lists) {
    for (const [what, validFor] of Object.entries(periods)) {
      await t.step(`${list}, v${options.rekor ?? 1}: ${what}`, async () => {
        const trust = (root: Json): void => root[list].forEach((one: Json) => (place(one).validFor = validFor));
        await refused(() => verifyForged(sigstore, { options, trust }));
      });
    }
  }
  for (const list of ["tlogs", "ctlogs"]) {
    await t.step(`${list}: without a start`, async () => {
      const trust = (root: Json): void => root[list].forEach((log: Json) => delete log.publicKey.validFor.start);
      await refused(() => verifyForged(sigstore, { trust }), "TRUST_INVALID");
    });
  }
});

Deno.test("mistake: timestamp certificates not checked", async (t) => {
  const options: BundleOptions = { rekor: 2 };
  await t.step("expired", async () => {
    await using sigstore = await TestSigstore.start({ timestampPeriod: { start: ago(48), end: ago(1) } });
    await refused(() => verifyForged(sigstore, { options }), "TIMESTAMP_INVALID");
  });
  await using sigstore = await TestSigstore.start();
  const chainOf = (root: Json): Json[] => root.timestampAuthorities[0].certChain.certificates;
  await t.step("issued by another root of the same name", async () => {
    const { subject } = sigstore.timestampAuthority.root;
    const other = await makeAuthority(subject, { key: "P-384" });
    const trust = (root: Json): unknown => (chainOf(root)[1].rawBytes = other.der.toBase64());
    await refused(() => verifyForged(sigstore, { options, trust }), "TIMESTAMP_INVALID");
  });
  await t.step("of nobody", async () => {
    const trust = (root: Json): unknown => (root.timestampAuthorities = []);
    await refused(() => verifyForged(sigstore, { options, trust }), "TIMESTAMP_INVALID");
  });
});

// Not on the list: found by thinking as an attacker would.

Deno.test("a certificate with a critical extension that is not known signs nothing (RFC 5280 §4.2)", async () => {
  await using sigstore = await TestSigstore.start();
  const extension = { oid: "1.3.6.1.4.1.57264.99", value: der(0x05) };
  await verifyForged(sigstore, { options: { certificate: { further: [extension] } } });
  const further = [{ ...extension, critical: true }];
  await refused(() => verifyForged(sigstore, { options: { certificate: { further } } }), "CRITICAL_EXTENSION");
});

Deno.test("a certificate of an authority is not one to sign with", async () => {
  await using sigstore = await TestSigstore.start();
  const chain = sigstore.fulcio.authority.chain;
  for (const { der } of chain) {
    const change = (
      { verificationMaterial: { certificate } }: Json,
    ): unknown => (certificate.rawBytes = der.toBase64());
    await refused(() => verifyForged(sigstore, { change }), "SIGNATURE_WRONG");
  }
  const further = [{ oid: "2.5.29.19", critical: true, value: der(0x30, der(0x01, Uint8Array.of(0xff))) }];
  await refused(() => verifyForged(sigstore, { options: { certificate: { further } } }), "SIGNATURE_WRONG");
});

Deno.test("a certificate for a key that can be broken signs nothing", async () => {
  await using sigstore = await TestSigstore.start();
  const curve = generateKeyPairSync("ec", { namedCurve: "P-256" });
  await verifyText(sigstore, await signedWith(sigstore, curve));
  const rsa = generateKeyPairSync("rsa", { modulusLength: 1024 });
  const text = await signedWith(sigstore, rsa);
  await refused(() => verifyText(sigstore, text), "WEAK_CERTIFICATE");
});

/** A bundle that is good but for its key. */
async function signedWith(
  { fulcio, issuer, ctLog, rekorV1, now }: TestSigstore,
  { publicKey, privateKey }: { publicKey: KeyObject; privateKey: KeyObject },
): Promise<string> {
  const spki = new Uint8Array(publicKey.export({ type: "spki", format: "der" }));
  const jane = { name: "jane@example.com", issuer: issuer.url };
  const certificate = await fulcio.authority.issue(spki, jane, ctLog, now());
  const signed = dssePae(PAYLOAD_TYPE, toBytes("{}"));
  const sig = sign("sha256", signed, privateKey).toString("base64");
  const hash = { algorithm: "sha256", value: createHash("sha256").update(signed).digest("hex") };
  const publicKeyOf = { content: toBytes(certificatePem(certificate)).toBase64() };
  const spec = { data: { hash }, signature: { content: sig, publicKey: publicKeyOf } };
  const logged = rekorV1.add({ apiVersion: "0.0.1", kind: "hashedrekord", spec }, now(), false);
  return JSON.stringify({
    mediaType: "application/vnd.dev.sigstore.bundle.v0.3+json",
    verificationMaterial: {
      certificate: { rawBytes: certificate.toBase64() },
      tlogEntries: [rekorV1.bundleEntry(logged)],
    },
    dsseEnvelope: { payload: toBytes("{}").toBase64(), payloadType: PAYLOAD_TYPE, signatures: [{ sig }] },
  });
}

Deno.test("an identity that other readers could take for the expected one is another", async (t) => {
  await using sigstore = await TestSigstore.start();
  const mail = (text: string, tag = 0x81): Uint8Array => der(tag, Uint8Array.from(text, (one) => one.charCodeAt(0)));
  const jane = mail("jane@example.com");
  await verifyForged(sigstore, { options: { certificate: { subjectAltName: der(0x30, jane) } } });
  const names: [what: string, subjectAltName: Uint8Array][] = [
    ["with a NUL behind it", der(0x30, mail("jane@example.com\0"))],
    ["with a NUL and more behind it", der(0x30, mail("jane@example.com\0.evil.example"))],
    ["with a byte behind it that is no ASCII", der(0x30, mail("jane@example.com\x80"))],
    ["with a byte order mark before it", der(0x30, mail("\xef\xbb\xbfjane@example.com"))],
    ["in parts", der(0x30, der(0xa1, mail("jane@", 0x16), mail("example.com", 0x16)))],
    ["beside one of an unknown kind", der(0x30, jane, mail("eve@example.com", 0x8c))],
    ["beside something that is no name", der(0x30, jane, der(0x05))],
    ["before a second list", concat([der(0x30, jane), der(0x30, mail("eve@example.com"))])],
  ];
  for (const [what, subjectAltName] of names) {
    await t.step(what, async () => {
      const certificate = { subjectAltName };
      const codes = ["OTHER_IDENTITY", "IDENTITY_UNCLEAR", "CERTIFICATE_INVALID"];
      await refused(() => verifyForged(sigstore, { options: { certificate } }), ...codes);
    });
  }
});
