/** Mistakes that others made with logins and with the tokens that come of them. */
import { assert, assertEquals, assertFalse } from "@std/assert";
import { RefusedError, UnavailableError } from "../../src/errors.ts";
import { ambientToken } from "../../src/sigstore/login/ambient/find.ts";
import { readIdentityToken } from "../../src/sigstore/tokens/identity_token.ts";
import { obtainIdentityToken } from "../../src/sigstore/login/log_in.ts";
import { parseSigningConfig } from "../../src/sigstore/trust/signing_config.ts";
import { assertFails } from "../_assert_fails.ts";
import { TestSigstore } from "../_sigstore/test_sigstore.ts";
import type { Json } from "../oms/_forge.ts";
import { ENVELOPE, IMPATIENT, signWith } from "../sign/_sigstore.ts";
import { type Misbehavior, TestIssuer } from "../sigstore/login/_issuer.ts";
import { ScriptedPerson } from "../sigstore/login/_person.ts";
import { Service } from "../sigstore/login/_service.ts";
import { machine } from "../sigstore/login/_host.ts";
import { token } from "../sigstore/login/_tokens.ts";
import { refused } from "./_refused.ts";

Deno.test("mistake: `state` never compared", async (t) => {
  const answers: [what: string, misbehavior: Misbehavior][] = [
    ["another state", { answer: { state: "A".repeat(43) } }],
    ["an empty state", { answer: { state: "" } }],
    ["no state", { withhold: ["state"] }],
  ];
  for (const [what, misbehavior] of answers) {
    await t.step(what, async () => {
      await using issuer = new TestIssuer(misbehavior);
      const person = new ScriptedPerson();
      const login = (): unknown => obtainIdentityToken({ issuer: issuer.url, person }, machine());
      await assertFails(login, RefusedError, "LOGIN_STATE", "another login");
      await Promise.allSettled(person.pages);
      assertFalse(issuer.paths.includes("/auth/token"), "the code was not used");
    });
  }
});

Deno.test("mistake: credentials sent to a host that merely contains the right name", async (t) => {
  // To this machine they may go without TLS; these are elsewhere.
  const hosts = [
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "evil.example/localhost",
    "evil.example?127.0.0.1",
    "localhost@evil.example",
    "127.0.0.1:80@evil.example",
    "evil.example#localhost",
    "[::1].evil.example",
    "1270.0.1",
  ];
  await using sigstore = await TestSigstore.start();
  for (const host of hosts) {
    const url = `http://${host}`;
    await t.step(`services at ${url}`, async () => {
      for (const list of ["caUrls", "rekorTlogUrls", "tsaUrls", "oidcUrls"]) {
        const config: Json = sigstore.signingConfig({ rekor: 2 });
        config[list][0].url = url;
        await refused(() => parseSigningConfig(JSON.stringify(config), "the config of the test"), "TRUST_INVALID");
      }
    });
    await t.step(`an issuer at ${url}`, async () => {
      const person = new ScriptedPerson();
      await assertFails(() => obtainIdentityToken({ issuer: url, person }, machine()), RefusedError, "LOGIN");
      assertEquals(person.pages, []);
    });
  }
  await t.step("issuers with the names of those that are known", async () => {
    await using github = new Service(() => Response.json({ value: token({ iss: issuer }) }));
    const env = {
      GITHUB_ACTIONS: "true",
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: "the-bearer-token",
      ACTIONS_ID_TOKEN_REQUEST_URL: "https://pipelines.actions.githubusercontent.com/id",
    };
    const hosts = { "https://pipelines.actions.githubusercontent.com": github.origin };
    let issuer = "";
    const known = "https://token.actions.githubusercontent.com";
    for (issuer of [`${known}.evil.example`, `https://evil.example/${known}`, known.replace("token.", "token-")]) {
      const ask = (): unknown => ambientToken({ audience: "sigstore", environment: machine({ env, hosts }) });
      await assertFails(ask, RefusedError, "TOKEN", "GitHub Actions");
    }
  });
  await t.step("an issuer that begins as the expected one does", async () => {
    const expected = { source: "the test", issuer: "https://oauth2.sigstore.dev/auth" };
    readIdentityToken(token({ iss: expected.issuer }), expected);
    for (const iss of [`${expected.issuer}.evil`, `${expected.issuer}/evil`, "https://oauth2.sigstore.dev"]) {
      await assertFails(() => readIdentityToken(token({ iss }), expected), RefusedError, "TOKEN");
    }
  });
});

Deno.test("mistake: redirects followed to another host", async (t) => {
  await using elsewhere = new Service(() => Response.json({}));
  await using sigstore = await TestSigstore.start();
  const services = {
    fulcio: sigstore.fulcio,
    rekorV2: sigstore.rekorV2,
    timestampAuthority: sigstore.timestampAuthority,
  };
  for (const [name, { faults }] of Object.entries(services)) {
    await t.step(name, async () => {
      faults.add("redirect", { location: `${elsewhere.origin}/` });
      const sign = (): unknown => signWith(sigstore, ENVELOPE, { rekor: 2 });
      await assertFails(sign, UnavailableError, "SERVICE_FAILED", "not followed");
      faults.clear();
    });
  }
  for (const path of ["/auth/.well-known/openid-configuration", "/auth/token", "/auth/keys"]) {
    await t.step(`the issuer's ${path}`, async () => {
      const replies = { [path]: () => Response.redirect(`${elsewhere.origin}${path}`, 307) };
      await using issuer = new TestIssuer({ replies });
      const person = new ScriptedPerson();
      const login = (): unknown => obtainIdentityToken({ issuer: issuer.url, person }, machine());
      await assertFails(login, UnavailableError, "SERVICE_FAILED", "not followed");
      await Promise.allSettled(person.pages);
    });
  }
  assertEquals(elsewhere.requests, []);
});

// Not on the list: found by thinking as an attacker would.

Deno.test("a token that a service repeats is not shown", async (t) => {
  const answers: [what: string, answer: (secret: string) => Response][] = [
    ["in an error", (secret) => new Response(secret, { status: 400 })],
    ["in an error that may pass", (secret) => new Response(`{"message": "bad token ${secret}"}`, { status: 503 })],
    ["far behind", (secret) => new Response(" ".repeat(790) + secret, { status: 400 })],
    ["in what should be JSON", (secret) => new Response(`token=${secret}`)],
  ];
  for (const [what, answer] of answers) {
    await t.step(`the authority: ${what}`, async () => {
      await using sigstore = await TestSigstore.start();
      const secret = await sigstore.token();
      await using fulcio = new Service((_, body) => answer(JSON.parse(body).credentials.oidcIdentityToken));
      const services = { fulcio: new URL(fulcio.origin), oidcIssuer: undefined, logs: [], timestampAuthorities: [] };
      const logIn = (): Promise<ReturnType<typeof readIdentityToken>> =>
        Promise.resolve(readIdentityToken(secret, { source: "the test" }));
      const sign = (): unknown => signWith(sigstore, ENVELOPE, { services, logIn, retryPolicy: IMPATIENT });
      const error = await assertFails(sign, UnavailableError, "SERVICE_FAILED", "the certificate authority");
      for (const part of secret.split(".")) {
        assertFalse(Deno.inspect(error, { depth: 9 }).includes(part.slice(0, 30)), error.message);
      }
    });
    await t.step(`GitHub: ${what}`, async () => {
      await using github = new Service(({ headers }) => answer(headers.get("authorization")!));
      const env = {
        GITHUB_ACTIONS: "true",
        ACTIONS_ID_TOKEN_REQUEST_TOKEN: "the-bearer-token",
        ACTIONS_ID_TOKEN_REQUEST_URL: `${github.origin}/id`,
      };
      const ask = (): unknown => ambientToken({ audience: "sigstore", environment: machine({ env }) });
      const error = await assertFails(ask, UnavailableError, "SERVICE_FAILED", "GitHub");
      assertFalse(Deno.inspect(error, { depth: 9 }).includes("the-bearer-token"), error.message);
    });
    await t.step(`the issuer, a password: ${what}`, async () => {
      const secret = { text: "the-password-of-the-program", method: "client_secret_post" } as const;
      const replies = { "/auth/token": () => answer(secret.text) };
      await using issuer = new TestIssuer({ replies, secret });
      const person = new ScriptedPerson();
      const options = { issuer: issuer.url, person, clientSecret: secret.text };
      const login = obtainIdentityToken(options, machine());
      const error = await login.then(() => undefined, (error) => error);
      await Promise.allSettled(person.pages);
      assert(error instanceof RefusedError || error instanceof UnavailableError, String(error));
      assertFalse(Deno.inspect(error, { depth: 9 }).includes(secret.text), error.message);
    });
  }
});
