import { assertEquals } from "@std/assert";
import { RefusedError, VerificationError } from "../../src/errors.ts";
import { type CertificateSigning, openCertificateSigner } from "../../src/sign/certificate.ts";
import { createCertificateVerifier } from "../../src/verify/certificate.ts";
import { assertFails } from "../_assert_fails.ts";
import { makeLeaf, pem, SERVER_AUTH, type TestCertificate } from "../_certificates.ts";
import { CURVES, type Json, makeKey, PAYLOAD_TYPE, toBytes } from "../oms/_forge.ts";
import { EXPIRED, lastingAuthority, lastingLeaf, NOT_YET } from "../verify/_lasting.ts";
import { verifyWhole } from "../verify/_verify_whole.ts";

const content = { kind: "envelope", payloadType: PAYLOAD_TYPE, payload: toBytes("{}") } as const;
const root = await lastingAuthority("CN=Root,O=Acme");
const upper = await lastingAuthority("CN=Upper,O=Acme", { issuer: root });
const lower = await lastingAuthority("CN=Lower,O=Acme", { issuer: upper });
const leaf = await lastingLeaf(lower);

function signingWith(certificate: TestCertificate, options: Partial<CertificateSigning> = {}): CertificateSigning {
  return {
    kind: "certificate",
    privateKey: certificate.privateKeyPem,
    certificate: certificate.pem,
    keyName: "my.key",
    certificateName: "my.pem",
    ...options,
  };
}

async function certificatesIn(options: CertificateSigning): Promise<string[]> {
  const bundle: Json = JSON.parse([...(await openCertificateSigner(options).sign(content)).text].join(""));
  const { x509CertificateChain, tlogEntries, ...rest } = bundle.verificationMaterial;
  assertEquals([tlogEntries, rest], [[], {}]);
  return x509CertificateChain.certificates.map(({ rawBytes }: Json) => nameOf(rawBytes));
}

function nameOf(base64: string): string {
  const all = { root, upper, lower, leaf };
  return Object.entries(all).find(([, { der }]) => der.toBase64() === base64)?.[0] ?? "another";
}

Deno.test("a signer writes the leaf, then its chain, and each certificate once", async (t) => {
  const cases: [what: string, options: CertificateSigning, names: string[]][] = [
    ["the leaf alone", signingWith(leaf), ["leaf"]],
    ["a chain", signingWith(leaf, { chain: [lower.pem, upper.pem] }), ["leaf", "lower", "upper"]],
    ["a chain in one file", signingWith(leaf, { chain: [lower.pem + upper.pem] }), ["leaf", "lower", "upper"]],
    ["the leaf's file with its chain", signingWith(leaf, { certificate: leaf.pem + lower.pem }), ["leaf", "lower"]],
    [
      "the chain with the leaf, twice",
      signingWith(leaf, { certificate: leaf.pem + lower.pem, chain: [leaf.pem, lower.pem, upper.pem] }),
      ["leaf", "lower", "upper"],
    ],
  ];
  for (const [what, options, names] of cases) {
    await t.step(what, async () => assertEquals(await certificatesIn(options), names));
  }
});

for (const curve of CURVES) {
  Deno.test(`a signature with a certificate on ${curve} verifies up to its root`, async () => {
    const certificate = await lastingLeaf(lower, { key: curve });
    const signer = openCertificateSigner(signingWith(certificate, { chain: [lower.pem, upper.pem] }));
    const { text, signer: by } = await signer.sign(content);
    assertEquals([by.method, (by as Json).subject], ["certificate", "CN=leaf,O=Acme"]);
    const verifier = createCertificateVerifier({ kind: "certificate", roots: [root.pem] });
    const opened = await verifyWhole(verifier, toBytes([...text].join("")));
    assertEquals(opened, { kind: "envelope", signer: by, payload: content.payload });
  });
}

Deno.test("a certificate for another key is refused", async (t) => {
  const other = await lastingLeaf(lower, { key: "P-384" });
  const cases: [what: string, options: CertificateSigning][] = [
    ["another key", signingWith(leaf, { privateKey: makeKey().privatePem })],
    ["a key on another curve", signingWith(leaf, { privateKey: other.privateKeyPem })],
    ["the chain before the leaf", signingWith(leaf, { certificate: lower.pem + leaf.pem })],
  ];
  for (const [what, options] of cases) {
    await t.step(what, async () => {
      const text = 'Cannot sign with "my.pem": it is not for the private key given';
      await assertFails(() => openCertificateSigner(options), RefusedError, "CERTIFICATE_KEY", text);
    });
  }
});

Deno.test("a certificate that may not sign is refused", async (t) => {
  const cases: [what: string, certificate: TestCertificate, text: string][] = [
    ["expired", await makeLeaf(lower, EXPIRED), "it expired on 2001-01-01T00:00:00Z"],
    ["not yet valid", await makeLeaf(lower, NOT_YET), "it is not valid before 9000-01-01T00:00:00Z"],
    ["an authority", lower, "its key usage is keyCertSign, cRLSign"],
    [
      "for servers",
      await lastingLeaf(lower, { extendedKeyUsage: [SERVER_AUTH] }),
      `extended key usage is ${SERVER_AUTH}`,
    ],
  ];
  for (const [what, certificate, text] of cases) {
    await t.step(what, async () => {
      const options = signingWith(certificate);
      await assertFails(
        () => openCertificateSigner(options),
        RefusedError,
        "CERTIFICATE_NOT_ALLOWED",
        "Cannot sign",
        text,
      );
    });
  }
});

Deno.test("files without a usable key or certificate are refused", async (t) => {
  const rsa = await lastingLeaf(lower, { key: "RSA-2048" });
  const cases: [what: string, options: CertificateSigning, code: string, name: string][] = [
    ["no certificate", signingWith(leaf, { certificate: "" }), "NOT_PEM", "my.pem"],
    ["a key as certificate", signingWith(leaf, { certificate: leaf.privateKeyPem }), "NO_CERTIFICATE", "my.pem"],
    ["a certificate as key", signingWith(leaf, { privateKey: leaf.pem }), "KEY_KIND", "my.key"],
    ["a certificate of RSA", signingWith(leaf, { certificate: rsa.pem }), "KEY_KIND", "my.pem"],
    ["a key as chain", signingWith(leaf, { chain: [leaf.privateKeyPem] }), "NO_CERTIFICATE", "the certificate chain"],
  ];
  for (const [what, options, code, name] of cases) {
    await t.step(what, async () => {
      await assertFails(() => openCertificateSigner(options), RefusedError, code, name);
    });
  }
  await t.step("half a certificate", async () => {
    const options = signingWith(leaf, { certificate: pem("CERTIFICATE", leaf.der.subarray(0, 100)) });
    await assertFails(() => openCertificateSigner(options), VerificationError, "CERTIFICATE_INVALID", "my.pem");
  });
});

Deno.test("more certificates than a signature may hold are refused", async () => {
  const chain = await Promise.all(Array.from({ length: 16 }, (_, i) => lastingAuthority(`CN=${i}`)));
  const options = signingWith(leaf, { chain: chain.map((certificate) => certificate.pem) });
  await assertFails(() => openCertificateSigner(options), RefusedError, "CHAIN_TOO_LONG", "16");
});
