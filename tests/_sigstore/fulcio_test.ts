import "../../src/sigstore/mend.ts";
import { assertEquals } from "@std/assert";
import { X509Certificate } from "@sigstore/core";
import { Buffer } from "node:buffer";
import { generateKeyPairSync, sign } from "node:crypto";
import { pemBytes } from "./certificate_authority.ts";
import { postJson } from "./post_json.ts";
import { TestSigstore } from "./test_sigstore.ts";
import { GITHUB_ISSUER, githubClaims, type TokenOptions } from "./tokens.ts";

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

async function certify(
  sigstore: TestSigstore,
  options: TokenOptions,
): Promise<{ certificates: Buffer<ArrayBuffer>[] }> {
  const token = await sigstore.token(options);
  const challenge = options.email ?? options.sub ?? (options.claims?.sub as string | undefined) ?? "jane@example.com";
  const response = await postKey(sigstore, token, challenge);
  const body = await response.json();
  assertEquals(response.status, 201, JSON.stringify(body));
  const { certificates } = body.signedCertificateEmbeddedSct.chain;
  return { certificates: certificates.map((pem: string) => Buffer.from(pemBytes(pem))) };
}

function postKey(sigstore: TestSigstore, token: string, challenge: string): Promise<Response> {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return postJson(`${sigstore.fulcio.url}/api/v2/signingCert`, {
    credentials: { oidcIdentityToken: token },
    publicKeyRequest: {
      publicKey: { algorithm: "ECDSA", content: publicKey.export({ type: "spki", format: "pem" }) },
      proofOfPossession: sign("sha256", Buffer.from(challenge), privateKey).toString("base64"),
    },
  });
}
