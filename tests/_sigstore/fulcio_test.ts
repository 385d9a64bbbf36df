import "../../src/sigstore/node_crypto_patch.ts";
import { assert, assertEquals, assertFalse, assertNotEquals } from "@std/assert";
import { X509Certificate } from "@sigstore/core";
import { fulcioHandler, initializeCA, initializeCTLog } from "@sigstore/mock";
import { Buffer } from "node:buffer";
import { generateKeyPairSync, sign } from "node:crypto";
import { CertificationRequest } from "pkijs";
import { pem } from "../_certificates.ts";
import { pemBytes } from "./certificate_authority.ts";
import type { FulcioFault } from "./fulcio.ts";
import { postJson, statusOf } from "./post_json.ts";
import { TestSigstore } from "./test_sigstore.ts";
import { GITHUB_ISSUER, githubClaims, GITLAB_ISSUER, gitlabClaims, type TokenOptions } from "./tokens.ts";

Deno.test("Fulcio puts into a certificate what a token of GitHub says", async () => {
  await using sigstore = await TestSigstore.start();
  const { certificates } = await certify(sigstore, { issuer: GITHUB_ISSUER, claims: githubClaims() });
  assertEquals(certificates.length, 3);
  const leaf = X509Certificate.parse(certificates[0]!);
  assertEquals(leaf.subjectAltName, "https://github.com/acme/model/.github/workflows/sign.yml@refs/heads/main");
  const text = (number: number): string =>
    leaf.extension(`1.3.6.1.4.1.57264.1.${number}`)!.valueObj.value.subarray(number < 7 ? 0 : 2).toString();
  assertEquals(text(1), GITHUB_ISSUER);
  assertEquals(text(2), "push");
  assertEquals(text(5), "acme/model");
  assertEquals(text(8), GITHUB_ISSUER);
  assertEquals(text(12), "https://github.com/acme/model");
  assertEquals(text(21), "https://github.com/acme/model/actions/runs/42/attempts/1");
  assertEquals(leaf.notAfter.getTime() - leaf.notBefore.getTime(), 600_000);
});

Deno.test("Fulcio puts into a certificate what a token of GitLab says", async () => {
  await using sigstore = await TestSigstore.start();
  const { certificates } = await certify(sigstore, { issuer: GITLAB_ISSUER, claims: gitlabClaims() });
  const leaf = X509Certificate.parse(certificates[0]!);
  assertEquals(leaf.subjectAltName, "https://gitlab.com/acme/model//.gitlab-ci.yml@refs/heads/main");
  const run = leaf.extension("1.3.6.1.4.1.57264.1.21")!.valueObj.value.subarray(2);
  assertEquals(run.toString(), "https://gitlab.com/acme/model/-/jobs/42");
});

Deno.test("Fulcio names persons, services and federated logins", async () => {
  await using sigstore = await TestSigstore.start();
  const nameOf = async (options: TokenOptions): Promise<string | undefined> => {
    const { certificates } = await certify(sigstore, options);
    return X509Certificate.parse(certificates[0]!).subjectAltName;
  };
  assertEquals(await nameOf({ email: "joe@example.com" }), "joe@example.com");
  assertEquals(await nameOf({ sub: "https://example.com/robot" }), "https://example.com/robot");
  const claims = { federated_claims: { connector_id: "https://accounts.example.com" } };
  const { certificates } = await certify(sigstore, { email: "joe@example.com", claims });
  const issuer = X509Certificate.parse(certificates[0]!).extension("1.3.6.1.4.1.57264.1.1")!;
  assertEquals(issuer.valueObj.value.toString(), "https://accounts.example.com");
});

Deno.test("Fulcio refuses tokens that are not for it, and keys that are not shown to be held", async (t) => {
  await using sigstore = await TestSigstore.start();
  await using other = await TestSigstore.start();
  const past = new Date(Date.now() - 3_600_000);
  const refused: Record<string, () => Promise<string>> = {
    "other audience": () => sigstore.token({ audience: "else" }),
    "expired": () => sigstore.token({ issuedAt: past, expires: new Date(past.getTime() + 1000) }),
    "other issuer": () => sigstore.token({ issuer: "https://issuer.example" }),
    "other key": () => other.token({ issuer: sigstore.issuer.url }),
    "e-mail address not verified": () => sigstore.token({ emailVerified: false }),
    "no name": () => sigstore.token({ sub: "robot" }),
    "no token": () => Promise.resolve("x.y.z"),
  };
  for (const [name, token] of Object.entries(refused)) {
    await t.step(name, async () => {
      const response = await postKey(sigstore, await token(), "jane@example.com");
      assertEquals(response.status, 401);
      assertEquals((await response.json()).code, 16);
    });
  }
  await t.step("proof over something else", async () => {
    const response = await postKey(sigstore, await sigstore.token(), "joe@example.com");
    assertEquals(response.status, 400);
    await response.body?.cancel();
  });
});

Deno.test("Fulcio gives the certificates of its authority", async () => {
  await using sigstore = await TestSigstore.start();
  const { chains } = await (await fetch(`${sigstore.fulcio.url}/api/v2/trustBundle`)).json();
  const [{ certificates }] = chains;
  const trusted = sigstore.trustedRoot().certificateAuthorities[0]!.certChain.certificates;
  assertEquals(certificates.map((pem: string) => pemBytes(pem).toBase64()), trusted.map(({ rawBytes }) => rawBytes));
});

/** The certificates for a token, and the key for which they were asked. */
async function certify(
  sigstore: TestSigstore,
  options: TokenOptions,
): Promise<{ certificates: Buffer<ArrayBuffer>[]; publicKey: Buffer }> {
  const token = await sigstore.token(options);
  const challenge = options.email ?? options.sub ?? (options.claims?.sub as string | undefined) ?? "jane@example.com";
  const keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const response = await postKey(sigstore, token, challenge, keys);
  const body = await response.json();
  assertEquals(response.status, 201, JSON.stringify(body));
  const { certificates } = body.signedCertificateEmbeddedSct.chain;
  const publicKey = Buffer.from(keys.publicKey.export({ type: "spki", format: "der" }));
  return { certificates: certificates.map((pem: string) => Buffer.from(pemBytes(pem))), publicKey };
}

function postKey(
  sigstore: TestSigstore,
  token: string,
  challenge: string,
  { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" }),
): Promise<Response> {
  return postJson(`${sigstore.fulcio.url}/api/v2/signingCert`, {
    credentials: { oidcIdentityToken: token },
    publicKeyRequest: {
      publicKey: { algorithm: "ECDSA", content: publicKey.export({ type: "spki", format: "pem" }) },
      proofOfPossession: sign("sha256", Buffer.from(challenge), privateKey).toString("base64"),
    },
  });
}

Deno.test("Fulcio takes a certificate signing request, with the token in the header", async () => {
  await using sigstore = await TestSigstore.start();
  const keys = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]);
  const request = new CertificationRequest();
  await request.subjectPublicKeyInfo.importKey(keys.publicKey);
  await request.sign(keys.privateKey, "SHA-256");
  const post = async (der: ArrayBuffer): Promise<Response> =>
    await fetch(`${sigstore.fulcio.url}/api/v2/signingCert`, {
      method: "POST",
      headers: { authorization: `Bearer ${await sigstore.token()}` },
      body: JSON.stringify({
        certificateSigningRequest: btoa(pem("CERTIFICATE REQUEST", new Uint8Array(der))),
      }),
    });
  const der = request.toSchema(true).toBER();
  const response = await post(der);
  const { signedCertificateEmbeddedSct: { chain } } = await response.json();
  const leaf = X509Certificate.parse(Buffer.from(pemBytes(chain.certificates[0])));
  const spki = new Uint8Array(await crypto.subtle.exportKey("spki", keys.publicKey));
  assertEquals(new Uint8Array(leaf.publicKey), spki);
  new Uint8Array(der)[der.byteLength - 1]! ^= 1;
  assertEquals(await statusOf(post(der)), 400);
});

Deno.test("Fulcio misbehaves as it is told", async (t) => {
  await using sigstore = await TestSigstore.start();
  const { fulcio } = sigstore;
  const [intermediate] = fulcio.authority.chain;
  const issuer = X509Certificate.parse(Buffer.from(intermediate!.der));
  const first = async (fault: FulcioFault): Promise<X509Certificate> => {
    fulcio.misbehave(fault, { times: 1 });
    const { certificates } = await certify(sigstore, { email: "jane@example.com" });
    return X509Certificate.parse(certificates[0]!);
  };
  const sctOf = (leaf: X509Certificate): unknown => leaf.extSCT?.signedCertificateTimestamps[0]?.logID.toString("hex");
  await t.step("otherIdentity", async () => {
    assertEquals((await first("otherIdentity")).subjectAltName, "mallory@example.com");
  });
  await t.step("otherIssuer", async () => {
    const extension = (await first("otherIssuer")).extension("1.3.6.1.4.1.57264.1.1")!;
    assertEquals(extension.valueObj.value.toString(), "https://issuer.example");
  });
  await t.step("noSct", async () => assertEquals((await first("noSct")).extSCT, undefined));
  await t.step("otherCtLog", async () => {
    assertNotEquals(sctOf(await first("otherCtLog")), sigstore.ctLog.logId.toHex());
  });
  await t.step("otherAuthority", async () => {
    const leaf = await first("otherAuthority");
    assertEquals(leaf.issuer, issuer.subject);
    assertFalse(leaf.verify(issuer));
  });
  await t.step("expired", async () => assert((await first("expired")).notAfter < new Date()));
  await t.step("otherKey", async () => {
    fulcio.misbehave("otherKey", { times: 1 });
    const { certificates, publicKey } = await certify(sigstore, { email: "jane@example.com" });
    assertNotEquals(X509Certificate.parse(certificates[0]!).publicKey, publicKey);
  });
  await t.step("none of it any more", async () => {
    const { certificates, publicKey } = await certify(sigstore, { email: "jane@example.com" });
    const leaf = X509Certificate.parse(certificates[0]!);
    assert(leaf.verify(issuer));
    assertEquals(leaf.publicKey, publicKey);
    assertEquals(sctOf(leaf), sigstore.ctLog.logId.toHex());
  });
});

Deno.test("Fulcio gives the extensions that @sigstore/mock gives for the same token of GitHub", async () => {
  await using sigstore = await TestSigstore.start();
  const claims = githubClaims();
  const { certificates } = await certify(sigstore, { issuer: GITHUB_ISSUER, claims });
  const ours = fulcioExtensions(X509Certificate.parse(certificates[0]!));
  // It has one key for all, names nobody but by a URI, and does not look at the signature of a token.
  const keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const { fn } = fulcioHandler(await initializeCA(keys, await initializeCTLog(keys)));
  const { response } = await fn(JSON.stringify({
    credentials: { oidcIdentityToken: await sigstore.token({ issuer: GITHUB_ISSUER, claims }) },
    publicKeyRequest: { publicKey: { content: keys.publicKey.export({ type: "spki", format: "pem" }) } },
  }));
  const { signedCertificateEmbeddedSct: { chain } } = JSON.parse(String(response));
  const theirs = fulcioExtensions(X509Certificate.parse(Buffer.from(pemBytes(chain.certificates[0]))));
  assertEquals(Object.keys(ours).length, 21);
  assertEquals(ours, theirs);
});

/** The values of the extensions of Fulcio, in hex, by their OIDs. */
function fulcioExtensions(certificate: X509Certificate): Record<string, string> {
  const extensions = certificate.extensions.map(({ subs }) => [subs[0]!.toOID(), subs.at(-1)!.value.toString("hex")]);
  return Object.fromEntries(extensions.filter(([oid]) => oid!.startsWith("1.3.6.1.4.1.57264.1.")).sort());
}
