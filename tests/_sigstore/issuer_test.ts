import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import * as client from "openid-client";
import { browse, type Page } from "./browse.ts";
import { statusOf } from "./post_json.ts";
import { TestSigstore } from "./test_sigstore.ts";

const SCOPE = "openid email";

Deno.test("Issuer logs in by the code flow with PKCE, on any port, and Fulcio's rules take the token", async () => {
  await using sigstore = await TestSigstore.start();
  const { callback, configuration, checks } = await logIn(sigstore);
  const tokens = await client.authorizationCodeGrant(configuration, callback, checks);
  const claims = tokens.claims()!;
  assertEquals([claims.email, claims.email_verified], ["jane@example.com", true]);
  assertEquals([claims.iss, claims.aud], [sigstore.issuer.url, "sigstore"]);
  assertEquals(claims.nonce, checks.expectedNonce);
  const unproven = await fetch(`${sigstore.fulcio.url}/api/v2/signingCert`, {
    method: "POST",
    body: JSON.stringify({ credentials: { oidcIdentityToken: tokens.id_token } }),
  });
  // 401 would be for the token.
  assertEquals(await statusOf(unproven), 400);
});

Deno.test("Issuer logs in who is said to", async () => {
  await using sigstore = await TestSigstore.start();
  const connectorId = "https://accounts.example.com";
  sigstore.issuer.account = { sub: "joe", email: "joe@example.com", emailVerified: false, connectorId };
  const { callback, configuration, checks } = await logIn(sigstore);
  const claims = (await client.authorizationCodeGrant(configuration, callback, checks)).claims()!;
  assertEquals([claims.sub, claims.email, claims.email_verified], ["joe", "joe@example.com", false]);
  assertEquals(claims.federated_claims, { connector_id: connectorId, user_id: "joe" });
});

Deno.test("Issuer tells when the user refuses", async () => {
  await using sigstore = await TestSigstore.start();
  sigstore.issuer.account = undefined;
  const { callback } = await logIn(sigstore);
  assertEquals(callback.searchParams.get("error"), "access_denied");
});

Deno.test("Issuer takes an empty secret, in whichever way it is sent", async (t) => {
  await using sigstore = await TestSigstore.start();
  const ways: Record<string, client.ClientAuth> = {
    post: (_server, _client, body) => {
      body.set("client_id", "sigstore");
      body.set("client_secret", "");
    },
    basic: (_server, _client, _body, headers) => headers.set("authorization", `Basic ${btoa("sigstore:")}`),
  };
  for (const [name, authentication] of Object.entries(ways)) {
    await t.step(name, async () => {
      const { callback, configuration, checks } = await logIn(sigstore, {}, authentication);
      assert((await client.authorizationCodeGrant(configuration, callback, checks)).id_token);
    });
  }
});

Deno.test("Issuer refuses a login without PKCE, and a redirect to another machine", async () => {
  await using sigstore = await TestSigstore.start();
  const { callback } = await logIn(sigstore, { code_challenge: "", code_challenge_method: "" });
  assertEquals(callback.searchParams.get("error"), "invalid_request");
  const { page } = await logIn(sigstore, { redirect_uri: "http://example.com/auth/callback" });
  assertEquals(page.status, 400);
});

Deno.test("Issuer shows the code to who has to type it", async () => {
  await using sigstore = await TestSigstore.start();
  const { page, configuration, checks } = await logIn(sigstore, { redirect_uri: "urn:ietf:wg:oauth:2.0:oob" });
  const code = /value="([^"]+)"/.exec(page.text)![1]!;
  const answer = new URL(
    `urn:ietf:wg:oauth:2.0:oob?code=${code}&state=${checks.expectedState}&iss=${sigstore.issuer.url}`,
  );
  assert((await client.authorizationCodeGrant(configuration, answer, checks)).id_token);
});

Deno.test("Issuer logs in by the device flow", async () => {
  await using sigstore = await TestSigstore.start();
  const configuration = await discover(sigstore);
  const device = await client.initiateDeviceAuthorization(configuration, { scope: SCOPE });
  assertMatch(device.user_code, /./);
  const page = await browse(device.verification_uri_complete!);
  assertStringIncludes(page.text, "logged in");
  const tokens = await client.pollDeviceAuthorizationGrant(configuration, { ...device, interval: 0.01 });
  assertEquals(tokens.claims()!.email, "jane@example.com");
});

Deno.test("Issuer misbehaves as it is told", async (t) => {
  await using sigstore = await TestSigstore.start();
  const faults = [
    "otherState",
    "noState",
    "otherIss",
    "otherNonce",
    "otherAudience",
    "otherIssuer",
    "expiredToken",
  ] as const;
  for (const fault of faults) {
    await t.step(fault, async () => {
      sigstore.issuer.misbehave(fault, { times: 1 });
      const { callback, configuration, checks } = await logIn(sigstore);
      await assertRejects(() => client.authorizationCodeGrant(configuration, callback, checks));
    });
  }
  await t.step("otherKey", async () => {
    sigstore.issuer.misbehave("otherKey", { times: 1 });
    const { callback, configuration, checks } = await logIn(sigstore);
    client.enableNonRepudiationChecks(configuration);
    await assertRejects(() => client.authorizationCodeGrant(configuration, callback, checks));
  });
});

interface Login {
  readonly configuration: client.Configuration;
  readonly checks: { pkceCodeVerifier: string; expectedState: string; expectedNonce: string };
  readonly page: Page;
  /** Where the browser was sent at the end. */
  readonly callback: URL;
}

/** As a program does it that listens on this machine. */
async function logIn(
  sigstore: TestSigstore,
  parameters: Record<string, string> = {},
  authentication: client.ClientAuth = client.None(),
): Promise<Login> {
  const configuration = await discover(sigstore, authentication);
  const checks = {
    pkceCodeVerifier: client.randomPKCECodeVerifier(),
    expectedState: client.randomState(),
    expectedNonce: client.randomNonce(),
  };
  let callback: URL | undefined;
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    callback = new URL(request.url);
    return new Response("You are logged in");
  });
  const url = client.buildAuthorizationUrl(configuration, {
    redirect_uri: `http://127.0.0.1:${server.addr.port}/auth/callback`,
    scope: SCOPE,
    code_challenge: await client.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
    code_challenge_method: "S256",
    state: checks.expectedState,
    nonce: checks.expectedNonce,
    ...parameters,
  });
  const page = await browse(url.href);
  return { configuration, checks, page, callback: callback ?? new URL(page.url) };
}

async function discover(
  sigstore: TestSigstore,
  authentication: client.ClientAuth = client.None(),
): Promise<client.Configuration> {
  const options = { execute: [client.allowInsecureRequests] };
  return await client.discovery(new URL(sigstore.issuer.url), "sigstore", undefined, authentication, options);
}
