import { assertEquals } from "@std/assert";
import { parseCertificate } from "../../src/x509/certificate.ts";
import { claimedOidcIssuer } from "../../src/x509/fulcio_certificate.ts";
import { concat, makeLeaf, type TestExtension, utf8 } from "../_certificates.ts";

const ISSUER = "1.3.6.1.4.1.57264.1.8";
const OLD_ISSUER = "1.3.6.1.4.1.57264.1.1";
const URL_BYTES = new TextEncoder().encode("https://accounts.example.com");

async function providerOf(...extensions: TestExtension[]): Promise<string | undefined> {
  return claimedOidcIssuer(parseCertificate((await makeLeaf(undefined, { extensions })).der, "it"));
}

Deno.test("claimedOidcIssuer() reads the issuer in both of its forms", async () => {
  const url = "https://accounts.example.com";
  assertEquals(await providerOf(), undefined);
  assertEquals(await providerOf({ oid: ISSUER, value: utf8(url) }), url);
  assertEquals(await providerOf({ oid: OLD_ISSUER, value: URL_BYTES }), url);
  const old = new TextEncoder().encode("https://old.example.com");
  assertEquals(await providerOf({ oid: OLD_ISSUER, value: old }, { oid: ISSUER, value: utf8(url) }), url);
});

Deno.test("claimedOidcIssuer() does not read another type or length as a text", async (t) => {
  const wrong: [what: string, value: Uint8Array][] = [
    ["an octet string", concat([Uint8Array.of(0x04, URL_BYTES.length), URL_BYTES])],
    ["a byte too many", concat([utf8("https://accounts.example.com"), Uint8Array.of(0x41)])],
    ["a byte too few", utf8("https://accounts.example.com").subarray(0, -1)],
    ["nothing", new Uint8Array()],
    ["no tag", URL_BYTES],
  ];
  for (const [what, value] of wrong) {
    await t.step(what, async () => assertEquals(await providerOf({ oid: ISSUER, value }), undefined));
  }
});

Deno.test("a sigstore signature of another tool names its provider", () => {
  const path = new URL("../fixtures/oms/signatures/sigstore-v1.1.0/model.sig", import.meta.url);
  const { certificate } = JSON.parse(Deno.readTextFileSync(path)).verificationMaterial;
  const leaf = parseCertificate(Uint8Array.fromBase64(certificate.rawBytes), "it");
  assertEquals(claimedOidcIssuer(leaf), "https://sigstore.verify.ibm.com/oauth2");
});
