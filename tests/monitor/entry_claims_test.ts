import { assert, assertEquals } from "@std/assert";
import { createHash } from "node:crypto";
import { readClaims } from "../../src/monitor/entry_claims.ts";
import { createMatcher } from "../../src/monitor/match.ts";

const claimsOf = (entry: unknown): ReturnType<typeof readClaims> =>
  readClaims(new TextEncoder().encode(JSON.stringify(entry)));

const path = new URL("../fixtures/oms/signatures/sigstore-v1.1.0/model.sig", import.meta.url);
const bundle = JSON.parse(Deno.readTextFileSync(path));
const body = Uint8Array.fromBase64(bundle.verificationMaterial.tlogEntries[0].canonicalizedBody);
const certificate = Uint8Array.fromBase64(bundle.verificationMaterial.certificate.rawBytes);

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

Deno.test("a genuine entry of the public log: its certificate, and the digest of the payload before that of the envelope", () => {
  const claims = readClaims(body)!;
  assertEquals(claims.kind, "dsse 0.0.1");
  assertEquals(claims.certificates.map((der) => der.toHex()), [certificate.toHex()]);
  assertEquals(claims.digests, [
    `sha256:${sha256(Uint8Array.fromBase64(bundle.dsseEnvelope.payload))}`,
    "sha256:3af1990d49499cf1e772b5c02cf5cc1e59af23637479ad1197c1244846b5b866",
  ]);
});

Deno.test("a genuine certificate of Fulcio is matched by identity and issuer, and by nothing near them", () => {
  const claims = readClaims(body)!;
  const find = (watch: Parameters<typeof createMatcher>[0]): boolean => createMatcher(watch).find(claims) !== undefined;
  const found = createMatcher({ fingerprint: sha256(certificate) }).find(claims)!;
  const [identity] = found.certificates[0]!.alternativeNames;
  assert(identity !== undefined);
  assert(find({ identity }));
  assert(!find({ identity: identity.slice(0, -1) }));
  assert(!find({ identity: identity.slice(1) }));
  assert(!find({ identity, identityProvider: "https://example.com" }));
  const { publicKey } = found.certificates[0]!;
  assert(find({ fingerprint: sha256(publicKey) }));
  assert(!find({ fingerprint: sha256(publicKey.subarray(1)) }));
});

Deno.test("kinds that this program does not know are searched all the same", () => {
  const pem = `-----BEGIN CERTIFICATE-----\n${
    certificate.toBase64().replace(/.{64}/g, "$&\n")
  }\n-----END CERTIFICATE-----\n`;
  for (
    const entry of [
      { kind: "jar", spec: { signature: { publicKey: { content: btoa(pem) } } } },
      { kind: "new", spec: { deep: [[{ pem }]] } },
      { kind: "new", spec: { deep: btoa(`some text before\n${pem}${pem}`) } },
      { spec: { verifier: { x509Certificate: { rawBytes: certificate.toBase64() } } } },
    ]
  ) {
    assertEquals(claimsOf(entry)!.certificates[0]?.toHex(), certificate.toHex(), JSON.stringify(entry).slice(0, 80));
  }
});

Deno.test("public keys without a certificate, of both versions", () => {
  const der = Uint8Array.from({ length: 91 }, (_, i) => i);
  const pem = `-----BEGIN PUBLIC KEY-----\n${der.toBase64()}\n-----END PUBLIC KEY-----\n`;
  const entries = [
    { kind: "hashedrekord", apiVersion: "0.0.1", spec: { signature: { publicKey: { content: btoa(pem) } } } },
    { kind: "hashedrekord", apiVersion: "0.0.2", spec: { verifier: { publicKey: { rawBytes: der.toBase64() } } } },
  ];
  for (const entry of entries) {
    const claims = claimsOf(entry)!;
    assertEquals(claims.keys.map((key) => key.toHex()), [der.toHex()]);
    const match = createMatcher({ fingerprint: sha256(der) }).find(claims);
    assertEquals(match, { certificates: [], by: "other" });
  }
});

Deno.test("digests of both versions, in one form", () => {
  const hex = "ab".repeat(32);
  const digest = Uint8Array.fromHex(hex).toBase64();
  assertEquals(claimsOf({ spec: { data: { hash: { algorithm: "sha256", value: hex.toUpperCase() } } } })!.digests, [
    `sha256:${hex}`,
  ]);
  assertEquals(claimsOf({ spec: { data: { algorithm: "SHA2_256", digest } } })!.digests, [`sha256:${hex}`]);
  assertEquals(claimsOf({ spec: { data: { algorithm: "SHA2_384", digest: btoa("x") } } })!.digests, ["sha384:78"]);
});

Deno.test("what is not JSON says nothing; what is hostile costs little", () => {
  for (const text of ["", "{", "\xff", "\ufeff"]) {
    assertEquals(readClaims(Uint8Array.from(text, (c) => c.charCodeAt(0))), undefined);
  }
  for (const value of [null, 1, "x", []]) assertEquals(claimsOf(value)!.certificates, []);
  // Quadratic work would take hours.
  const begin = "-----BEGIN CERTIFICATE-----";
  claimsOf({ spec: begin.repeat(200_000) });
  claimsOf({ spec: `${begin}A-----END `.repeat(200_000) });
  claimsOf(JSON.parse('{"a":'.repeat(3_000) + "1" + "}".repeat(3_000)));
});

Deno.test("a certificate behind any number of others, and however deep, is found", () => {
  const rawBytes = certificate.toBase64();
  const last = { x509Certificate: { rawBytes } };
  const many = claimsOf({
    spec: [...Array.from({ length: 5_000 }, () => ({ x509Certificate: { rawBytes: "AAAA" } })), last],
  });
  assertEquals(many!.certificates.at(-1)!.toHex(), certificate.toHex());
  const deep = new TextEncoder().encode('{"a":'.repeat(4_000) + JSON.stringify(last) + "}".repeat(4_000));
  assertEquals(readClaims(deep)!.certificates[0]!.toHex(), certificate.toHex());
});
