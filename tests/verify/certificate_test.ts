import { assertEquals } from "@std/assert";
import { createPrivateKey, createPublicKey } from "node:crypto";
import { type ModelSigningError, RefusedError, VerificationError } from "../../src/errors.ts";
import { createCertificateVerifier } from "../../src/verify/certificate.ts";
import { assertFails } from "../_assert_fails.ts";
import { concat, makeCertificate, makeLeaf, SERVER_AUTH, type TestCertificate } from "../_certificates.ts";
import {
  chainMaterial,
  CURVES,
  edit,
  envelopeBundle,
  type Json,
  keyMaterial,
  makeKey,
  messageBundle,
  PAYLOAD_TYPE,
  type TestKey,
  toBytes,
} from "../oms/_forge.ts";
import { EXPIRED, LASTING, lastingAuthority, lastingLeaf, NOT_YET } from "./_lasting.ts";
import { signerOf, type VerifiedWhole, verifyBytes, verifyWhole } from "./_verify_whole.ts";

/** The beginning of a certificate that names its OIDC issuer, as far as the method is told from it. */
const FULCIO = Uint8Array.fromHex("300c060a2b0601040183bf300108").toBase64();

const root = await lastingAuthority("CN=Root,O=Acme");
const middle = await lastingAuthority("CN=Middle,O=Acme", { issuer: root });
const stranger = await lastingAuthority("CN=Root,O=Acme");
const LIST = "verificationMaterial.x509CertificateChain.certificates";

/** The key of a certificate, to sign with. */
function keyOf(certificate: TestCertificate): TestKey {
  const privateKey = createPrivateKey(certificate.privateKeyPem);
  const publicPem = createPublicKey(privateKey).export({ type: "spki", format: "pem" }).toString();
  const template = makeKey(certificate.keyKind as TestKey["curve"]);
  return { ...template, privateKey, privatePem: certificate.privateKeyPem, publicPem };
}

/** An envelope signed with the key of the first certificate. */
function bundleOf(...certificates: TestCertificate[]): Json {
  return envelopeBundle(keyOf(certificates[0]!), "{}", { material: chainMaterial(...certificates) });
}

function open(bundle: Json, ...roots: string[]): Promise<VerifiedWhole> {
  const trusted = roots.length === 0 ? [root.pem] : roots;
  return verifyWhole(createCertificateVerifier({ kind: "certificate", roots: trusted }), toBytes(bundle));
}

async function assertRefused(bundle: Json, code: string, ...texts: string[]): Promise<ModelSigningError> {
  return await assertFails(() => open(bundle), VerificationError, code, ...texts);
}

for (const curve of CURVES) {
  const leaf = await lastingLeaf(middle, { key: curve });
  const good = bundleOf(leaf, middle);

  Deno.test(`a certificate on ${curve} verifies its own envelope`, async () => {
    const opened = await open(good);
    assertEquals(opened.kind === "envelope" && opened.payload, toBytes("{}"));
    const { method, subject, issuer, notAfter } = signerOf(opened) as Json;
    assertEquals([method, subject, issuer], ["certificate", "CN=leaf,O=Acme", "CN=Middle,O=Acme"]);
    assertEquals(notAfter, "9999-12-31T23:59:59.000Z");
  });

  Deno.test(`a certificate on ${curve} verifies its own message`, async () => {
    const message = new Uint8Array(32);
    const opened = await open(messageBundle(keyOf(leaf), message, { material: chainMaterial(leaf, middle) }));
    assertEquals(opened.kind === "message" && opened.claimsDigestOf(message), true);
    if (opened.kind === "message") opened.verify(message);
  });

  Deno.test(`a certificate on ${curve} refuses a signature that is not of its key`, async (t) => {
    const material = good.verificationMaterial;
    const other = await lastingLeaf(middle, { key: curve });
    const bundles: [what: string, bundle: Json][] = [
      ["of another certificate", edit(good, `${LIST}.0.rawBytes`, other.der.toBase64())],
      ["of the intermediate certificate", envelopeBundle(keyOf(middle), "{}", { material })],
      ["of any key", envelopeBundle(makeKey(curve), "{}", { material })],
      ["of another payload", edit(good, "dsseEnvelope.payload", toBytes("[]").toBase64())],
      ["of another type", edit(good, "dsseEnvelope.payloadType", "text/plain")],
      ["of the bare payload", envelopeBundle(keyOf(leaf), "{}", { material, signed: toBytes("{}") })],
    ];
    for (const [what, bundle] of bundles) {
      await t.step(what, async () => {
        await assertRefused(bundle, "SIGNATURE_WRONG");
      });
    }
  });

  Deno.test(`a certificate on ${curve} refuses what it signed as something else`, async () => {
    const material = good.verificationMaterial;
    const bundle = envelopeBundle(keyOf(leaf), "{}", { material, payloadType: "text/plain" });
    await assertRefused(bundle, "PAYLOAD_TYPE", `not ${PAYLOAD_TYPE}`);
  });
}

const leaf = await lastingLeaf(middle);
const good = bundleOf(leaf, middle);

Deno.test("the method certificate refuses a bundle of another method", async (t) => {
  const key = makeKey();
  const sigstore = { certificate: { rawBytes: FULCIO } };
  await t.step("key", async () => {
    await assertRefused(edit(good, "verificationMaterial", keyMaterial(key)), "OTHER_METHOD", "made with a key");
  });
  await t.step("key, and its signature is right", async () => {
    await assertRefused(envelopeBundle(key, "{}"), "OTHER_METHOD", "made with a key");
  });
  await t.step("sigstore", async () => {
    await assertRefused(edit(good, "verificationMaterial", sigstore), "OTHER_METHOD", "method sigstore");
  });
});

Deno.test("the method certificate trusts what the user trusts, and nothing in the signature", async (t) => {
  const unrelated = await lastingAuthority("CN=Elsewhere");
  const self = await lastingLeaf(undefined);
  const cases: [what: string, bundle: Json, roots: string[], code: string][] = [
    ["another root", good, [unrelated.pem], "CHAIN_UNTRUSTED"],
    ["another root of the same name", good, [stranger.pem], "CHAIN_UNTRUSTED"],
    ["no intermediate certificate", bundleOf(leaf), [root.pem], "CHAIN_UNTRUSTED"],
    ["the root in the signature alone", bundleOf(leaf, middle, root), [unrelated.pem], "CHAIN_UNTRUSTED"],
    ["a self-signed certificate", bundleOf(self), [root.pem], "CHAIN_UNTRUSTED"],
    ["a self-signed certificate and the root", bundleOf(self, root), [root.pem], "CHAIN_UNTRUSTED"],
  ];
  for (const [what, bundle, roots, code] of cases) {
    await t.step(what, async () => {
      await assertFails(() => open(bundle, ...roots), VerificationError, code);
    });
  }
  await t.step("no root at all", async () => {
    const verifier = createCertificateVerifier({ kind: "certificate", roots: [] });
    await assertFails(
      () => verifyBytes(verifier, toBytes(good)),
      VerificationError,
      "CHAIN_UNTRUSTED",
      "roots given are none",
    );
  });
});

Deno.test("the method certificate accepts what leads to a root", async (t) => {
  const direct = await lastingLeaf(root);
  const self = await lastingLeaf(undefined);
  const cases: [what: string, bundle: Json, roots: string[]][] = [
    ["one of several roots", good, [stranger.pem, root.pem]],
    ["one of several roots in a file", good, [stranger.pem + root.pem]],
    ["a root with text before it", good, [`Certificate:\n    Data:\n${root.pem}`]],
    ["the root in the signature too", bundleOf(leaf, middle, root), [root.pem]],
    ["the intermediate certificate as the root", bundleOf(leaf), [middle.pem]],
    ["a certificate of the root itself", bundleOf(direct), [root.pem]],
    ["a self-signed certificate that is trusted", bundleOf(self), [self.pem]],
  ];
  for (const [what, bundle, roots] of cases) {
    await t.step(what, async () => assertEquals((await open(bundle, ...roots)).kind, "envelope"));
  }
});

Deno.test("the first certificate is the one that signs", async (t) => {
  await t.step("the order swapped", async () => {
    await assertRefused(edit(good, "verificationMaterial", chainMaterial(middle, leaf)), "KEY_USAGE");
  });
  await t.step("the root first", async () => {
    await assertRefused(edit(good, "verificationMaterial", chainMaterial(root, middle, leaf)), "KEY_USAGE");
  });
  await t.step("another leaf first", async () => {
    const other = await lastingLeaf(middle);
    await assertRefused(edit(good, "verificationMaterial", chainMaterial(other, leaf, middle)), "SIGNATURE_WRONG");
  });
});

Deno.test("a certificate that may not sign is refused", async (t) => {
  const expiredMiddle = await lastingAuthority("CN=Middle,O=Acme", { issuer: root, ...EXPIRED });
  const notAuthority = await makeCertificate({ subject: "CN=leaf,O=Acme", issuer: root, ca: false, ...LASTING });
  const cases: [what: string, bundle: Json, code: string][] = [
    ["expired", bundleOf(await makeLeaf(middle, EXPIRED), middle), "CERTIFICATE_EXPIRED"],
    ["not yet valid", bundleOf(await makeLeaf(middle, NOT_YET), middle), "CERTIFICATE_NOT_YET_VALID"],
    ["below an expired one", bundleOf(await lastingLeaf(expiredMiddle), expiredMiddle), "CERTIFICATE_EXPIRED"],
    ["issued by no authority", bundleOf(await lastingLeaf(notAuthority), notAuthority), "CERTIFICATE_NOT_CA"],
    [
      "for servers",
      bundleOf(await lastingLeaf(middle, { extendedKeyUsage: [SERVER_AUTH] }), middle),
      "EXTENDED_KEY_USAGE",
    ],
    ["not to sign with", bundleOf(await lastingLeaf(middle, { keyUsage: ["keyAgreement"] }), middle), "KEY_USAGE"],
  ];
  for (const [what, bundle, code] of cases) {
    await t.step(what, async () => {
      await assertRefused(bundle, code);
    });
  }
});

Deno.test("a certificate that cannot be read is refused with its place", async (t) => {
  const cases: [what: string, place: number, der: Uint8Array, text: string][] = [
    ["garbage", 0, toBytes("garbage"), "the signing certificate in the signature"],
    ["one byte", 1, Uint8Array.of(0x30), "certificate 2 in the signature"],
    ["a byte behind it", 0, concat([leaf.der, Uint8Array.of(0)]), "the signing certificate in the signature"],
    ["half of it", 1, middle.der.subarray(0, 100), "certificate 2 in the signature"],
    ["PEM", 0, toBytes(leaf.pem), "the signing certificate in the signature"],
  ];
  for (const [what, place, der, text] of cases) {
    await t.step(what, async () => {
      await assertRefused(edit(good, `${LIST}.${place}.rawBytes`, der.toBase64()), "CERTIFICATE_INVALID", text);
    });
  }
});

Deno.test("a certificate with a key that does not sign models is refused", async (t) => {
  for (const key of ["RSA-2048", "Ed25519"] as const) {
    await t.step(key, async () => {
      const bundle = edit(good, `${LIST}.0.rawBytes`, (await lastingLeaf(middle, { key })).der.toBase64());
      await assertFails(() => open(bundle), RefusedError, "KEY_KIND", "the signing certificate in the signature");
    });
  }
});

Deno.test("a file of roots without a certificate makes no verifier", async (t) => {
  const cases: [what: string, roots: string[], code: string][] = [
    ["nothing", [""], "NOT_PEM"],
    ["one file of two", [root.pem, ""], "NOT_PEM"],
    ["a key", [makeKey().publicPem], "NO_CERTIFICATE"],
  ];
  for (const [what, roots, code] of cases) {
    await t.step(what, async () => {
      const options = { kind: "certificate" as const, roots, rootNames: roots.map((_, i) => `${i}.pem`) };
      await assertFails(() => createCertificateVerifier(options), RefusedError, code, `"${roots.length - 1}.pem"`);
    });
  }
});
