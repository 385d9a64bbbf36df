/** The authorities of a trusted root: chains that end at an intermediate, and constraints, for Fulcio and the monitor. */
import { assertEquals } from "@std/assert";
import { parseCertificate } from "../../src/x509/certificate.ts";
import { createAuthorityCheck } from "../../src/monitor/authorities.ts";
import { parseTrustedRoot } from "../../src/sigstore/trust/trusted_root.ts";
import {
  CODE_SIGNING,
  der,
  makeAuthority,
  SERVER_AUTH,
  type TestCertificate,
  type TestExtension,
} from "../_certificates.ts";
import { makeBundle } from "../_sigstore/make_bundle.ts";
import { TestSigstore } from "../_sigstore/test_sigstore.ts";
import { refused } from "../mistakes/_refused.ts";
import type { Json } from "../oms/_forge.ts";
import { verifyForged } from "./_sigstore.ts";
import { signerOf } from "./_verify_whole.ts";

function nameConstraints(list: "permitted" | "excluded", host: string, critical: boolean): TestExtension {
  const subtree = der(0x30, der(0x81, new TextEncoder().encode(host)));
  return { oid: "2.5.29.30", critical, value: der(0x30, der(list === "permitted" ? 0xa0 : 0xa1, subtree)) };
}

/** Replaces Fulcio's chain in the trusted root. */
function withChain(...chain: readonly TestCertificate[]): (root: Json) => void {
  return (root) => {
    root.certificateAuthorities[0].certChain.certificates = chain.map((one) => ({ rawBytes: one.der.toBase64() }));
  };
}

Deno.test("Fulcio's authorities, and those of the monitor, are obeyed to the last", async (t) => {
  await using sigstore = await TestSigstore.start();
  const { root, intermediate } = sigstore.fulcio.authority;
  const remake = (
    one: TestCertificate,
    issuer: TestCertificate | undefined,
    options: object,
  ): Promise<TestCertificate> =>
    makeAuthority(one.subject, {
      key: "P-384",
      keys: one.keys,
      signature: "SHA-384",
      ...(issuer && { issuer }),
      ...options,
    });
  const constrained = (...extensions: TestExtension[]): Promise<TestCertificate> =>
    remake(intermediate, root, { extensions, extendedKeyUsage: [CODE_SIGNING] });
  const permit = (host: string, critical = false): TestExtension => nameConstraints("permitted", host, critical);
  const exclude = (host: string): TestExtension => nameConstraints("excluded", host, false);
  const rows: [string, string, TestCertificate[]][] = [
    ["as they are", "", [intermediate, root]],
    ["an intermediate alone", "", [intermediate]],
    ["an intermediate that permits the name", "", [await constrained(permit("example.com")), root]],
    ["the same, critical", "", [await constrained(permit("example.com", true)), root]],
    ["an intermediate that permits other names", "NAME_CONSTRAINTS", [await constrained(permit("acme.example")), root]],
    ["the same, critical", "NAME_CONSTRAINTS", [await constrained(permit("acme.example", true)), root]],
    ["the same, alone", "NAME_CONSTRAINTS", [await constrained(permit("acme.example"))]],
    ["an intermediate that excludes the name", "NAME_CONSTRAINTS", [await constrained(exclude("example.com")), root]],
    ["a root that excludes the name", "NAME_CONSTRAINTS", [
      intermediate,
      await remake(root, undefined, { extensions: [exclude("example.com")] }),
    ]],
    ["a root for other purposes", "EXTENDED_KEY_USAGE", [
      intermediate,
      await remake(root, undefined, { extendedKeyUsage: [SERVER_AUTH] }),
    ]],
    ["a root that requires a policy", "CERTIFICATE_POLICY", [
      intermediate,
      await remake(root, undefined, {
        extensions: [{ oid: "2.5.29.36", value: der(0x30, der(0x80, Uint8Array.of(0))) }],
      }),
    ]],
    ["another root", "CHAIN_UNTRUSTED", [await makeAuthority(intermediate.subject)]],
  ];
  const { bundle } = await makeBundle(sigstore, { statement: { a: 1 } });
  const leaf = parseCertificate(Uint8Array.fromBase64(bundle.verificationMaterial.certificate.rawBytes), "it");
  for (const [title, code, chain] of rows) {
    await t.step(title, async () => {
      const trust = withChain(...chain);
      if (code !== "") await refused(() => verifyForged(sigstore, { trust }), code);
      else assertEquals(signerOf(await verifyForged(sigstore, { trust })).method, "sigstore");
      const document: Json = sigstore.trustedRoot();
      trust(document);
      const isTrusted = createAuthorityCheck(parseTrustedRoot(JSON.stringify(document), "it"));
      assertEquals(await isTrusted(leaf), code === "", "the monitor comes to the same verdict");
    });
  }
});
