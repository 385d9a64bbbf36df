import { assert, assertEquals, assertFalse, assertMatch, assertStringIncludes } from "@std/assert";
import { RefusedError, UnavailableError } from "../../../src/errors.ts";
import type { IdentityToken } from "../../../src/sigstore/tokens/identity_token.ts";
import { type LoginOptions, obtainIdentityToken } from "../../../src/sigstore/login/log_in.ts";
import { assertFails } from "../../_assert_fails.ts";
import { until } from "../../_until.ts";
import { type Misbehavior, TestIssuer, unsigned, withAlgorithm, withOtherName } from "./_issuer.ts";
import { ScriptedPerson } from "./_person.ts";
import { Service } from "./_service.ts";
import { machine } from "./_host.ts";

function logIn(
  issuer: { url: string },
  person: ScriptedPerson,
  options: Partial<LoginOptions> = {},
): Promise<IdentityToken> {
  return obtainIdentityToken({ issuer: issuer.url, person, ...options }, machine());
}

/** A login that fails, and its browser's last page. */
async function failed(
  misbehavior: Misbehavior,
  errorClass: typeof RefusedError,
  code: string,
  ...texts: string[]
): Promise<string> {
  await using issuer = new TestIssuer(misbehavior);
  const person = new ScriptedPerson();
  const error = await assertFails(() => logIn(issuer, person), errorClass, code, ...texts);
  for (const secret of ["the-access-token", "eyJ"]) {
    assertFalse(Deno.inspect(error, { depth: 9 }).includes(secret), "the error shows a secret");
  }
  return (await person.pages[0])?.text ?? "";
}

Deno.test("a person logs in with the browser", async () => {
  await using issuer = new TestIssuer();
  const person = new ScriptedPerson();
  const token = await logIn(issuer, person);
  assertEquals(token.identity, "ada@example.com");
  assertEquals(token.issuer, issuer.url);
  assertMatch(token.reveal(), /^[\w-]+\.[\w-]+\.[\w-]+$/);
  const page = await person.pages[0]!;
  assertEquals(page.status, 200);
  assertStringIncludes(page.text, "You are logged in. You may close this page.");
});

Deno.test("the login asks for what Sigstore's issuer expects", async () => {
  await using issuer = new TestIssuer();
  const person = new ScriptedPerson();
  await logIn(issuer, person);
  const query = new URL(person.address).searchParams;
  assertMatch(query.get("redirect_uri")!, /^http:\/\/localhost:\d+\/auth\/callback$/);
  assertEquals(query.get("client_id"), "sigstore");
  const secrets = ["state", "nonce", "code_challenge"].map((name) => query.get(name)!);
  for (const secret of secrets) assertEquals(secret.length, 43); // 256 bits in base64url
  assertEquals(new Set(secrets).size, 3);
});

Deno.test("the last page holds nothing from elsewhere, and is kept nowhere", async () => {
  await using issuer = new TestIssuer();
  const person = new ScriptedPerson();
  await logIn(issuer, person);
  const { text, headers } = await person.pages[0]!;
  assertFalse(/src=|href=|<script|<style|@import|url\(/i.test(text), text);
  assertStringIncludes(text, '<html lang="en">');
  assertStringIncludes(headers.get("content-security-policy")!, "default-src 'none'");
  assertStringIncludes(headers.get("content-security-policy")!, "frame-ancestors 'none'");
  assertEquals(headers.get("cache-control"), "no-store");
  assertEquals(headers.get("referrer-policy"), "no-referrer");
  assertEquals(headers.get("x-content-type-options"), "nosniff");
});

Deno.test("nothing listens once the login is over", async () => {
  await using issuer = new TestIssuer();
  for (const misbehavior of [undefined, "wrong"]) {
    const person = new ScriptedPerson((url) => {
      const address = new URL(url);
      if (misbehavior !== undefined) address.searchParams.set("state", "x".repeat(43));
      return fetch(address);
    });
    await logIn(issuer, person).catch(() => {});
    await Promise.allSettled(person.pages);
    const { port } = new URL(new URL(person.address).searchParams.get("redirect_uri")!);
    await assertRefusedConnection(Number(port));
  }
});

async function assertRefusedConnection(port: number): Promise<void> {
  const connected = await Deno.connect({ hostname: "127.0.0.1", port }).then(
    (socket) => (socket.close(), true),
    () => false,
  );
  assertFalse(connected, "the server still listens");
}

Deno.test("attack: an OAuth answer with the wrong state ends the login", async () => {
  const page = await failed({ answer: { state: "A".repeat(43) } }, RefusedError, "LOGIN_STATE", "another login");
  assertStringIncludes(page, "This is not the answer to the login that was begun");
});

Deno.test("attack: an OAuth answer without state ends the login", async () => {
  await failed({ withhold: ["state"] }, RefusedError, "LOGIN_STATE", "another login");
});

Deno.test("attack: an OAuth answer with two states ends the login, whichever is right", async () => {
  for (const place of ["before", "after"]) {
    await using issuer = new TestIssuer();
    const person = new ScriptedPerson(async (url) => {
      const redirect = await fetch(url, { redirect: "manual" });
      await redirect.body?.cancel();
      const [address, query] = redirect.headers.get("location")!.split("?");
      return await fetch(`${address}?${place === "before" ? `state=x&${query}` : `${query}&state=x`}`);
    });
    await assertFails(() => logIn(issuer, person), RefusedError, "LOGIN_STATE");
    assertEquals((await person.pages[0])!.status, 400);
    assertFalse(issuer.paths.includes("/auth/token"), "the code was used");
  }
});

Deno.test("attack: an OAuth answer on a second request is refused, and changes nothing", async () => {
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  await using issuer = new TestIssuer({
    replies: {
      "/auth/keys": () => held.then(() => new Response("gone", { status: 404 })),
    },
  });
  let second: Response | undefined;
  const person = new ScriptedPerson(async (url) => {
    const redirect = await fetch(url, { redirect: "manual" });
    await redirect.body?.cancel();
    const answer = redirect.headers.get("location")!;
    const first = fetch(answer);
    await until(() => issuer.paths.includes("/auth/keys"), "the first answer is being checked");
    second = await fetch(answer.replace(/code=[^&]*/, "code=of-the-attacker"));
    assertStringIncludes(await second.text(), "This login has its answer already.");
    release();
    return await first;
  });
  await assertFails(() => logIn(issuer, person), UnavailableError, "SERVICE_FAILED");
  await person.pages[0];
  assertEquals(second?.status, 400);
  assertFalse(issuer.service.requests.some(({ body }) => body.includes("of-the-attacker")));
});

Deno.test("other requests to the port are turned away, and the login goes on", async () => {
  await using issuer = new TestIssuer();
  const person = new ScriptedPerson(async (url) => {
    const callback = new URL(new URL(url).searchParams.get("redirect_uri")!);
    const { state } = Object.fromEntries(new URL(url).searchParams);
    for (const path of ["/", "/favicon.ico", "/auth/callback/", "/auth//callback"]) {
      const response = await fetch(new URL(`${path}?code=x&state=${state}`, callback));
      assertEquals(response.status, 404, path);
      await response.body?.cancel();
    }
    const posted = await fetch(`${callback}?code=x&state=${state}`, { method: "POST", body: "" });
    assertEquals(posted.status, 405);
    await posted.body?.cancel();
    // As after DNS rebinding: the right address under another name; and an invalid name.
    for (const host of [`attacker.example:${callback.port}`, "[", "a b"]) {
      const line = await rawRequest(Number(callback.port), `/auth/callback?code=x&state=${state}`, host);
      assertMatch(line, /^HTTP\/1\.1 (404|400|500)/, host);
    }
    return await fetch(url);
  });
  assertEquals((await logIn(issuer, person)).identity, "ada@example.com");
  assertEquals((await person.pages[0])!.status, 200);
});

async function rawRequest(port: number, path: string, host: string): Promise<string> {
  using socket = await Deno.connect({ hostname: "127.0.0.1", port });
  await socket.write(new TextEncoder().encode(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`));
  const buffer = new Uint8Array(256);
  return new TextDecoder().decode(buffer.subarray(0, await socket.read(buffer) ?? 0));
}

Deno.test("a person who refuses is believed", async () => {
  const answer = { error: "access_denied", error_description: "the person said\u001b[31m no" };
  const page = await failed({ answer, withhold: ["code"] }, RefusedError, "LOGIN", "access_denied", "\\u{1b}");
  assertStringIncludes(page, "The login failed");
});

Deno.test("attack: a token with another nonce is of another login", async () => {
  await failed({ claims: { nonce: "n".repeat(43) } }, RefusedError, "LOGIN", "nonce");
  await failed({ claims: { nonce: undefined } }, RefusedError, "LOGIN", "nonce");
});

Deno.test("attack: a token that is not of this issuer, for this program, in its time, signed, is refused", async (t) => {
  const past = Math.floor(Date.now() / 1000) - 100;
  const cases: [name: string, misbehavior: Misbehavior, reason: string][] = [
    ["of another issuer", { claims: { iss: "https://accounts.google.com" } }, "'iss' (issuer) claim value"],
    ["for another program", { claims: { aud: "somebody-else" } }, "'aud' (audience) claim value"],
    ["for several programs", { claims: { aud: ["sigstore", "somebody-else"] } }, "additional untrusted audiences"],
    ["expired", { claims: { exp: past } }, "'exp' (expiration time)"],
    ["without an end", { claims: { exp: undefined } }, "'exp' (expiration time) claim missing"],
    ["signed with another key", { unpublishedKey: true }, "signature verification failed"],
    ["with another content than was signed", { idToken: withOtherName }, "signature verification failed"],
    ["not signed", { idToken: unsigned }, "'alg' header"],
    ["signed with a password", { idToken: (good) => withAlgorithm(good, "HS256") }, "'alg' header"],
    ["signed in another way than the issuer's", { idToken: (good) => withAlgorithm(good, "ES256") }, "'alg' header"],
    ["not there", { idToken: () => undefined }, "'id_token' property"],
    ["no token", { idToken: () => "token" }, "Invalid JWT"],
  ];
  for (const [name, misbehavior, reason] of cases) {
    await t.step(name, async () => {
      const page = await failed(misbehavior, RefusedError, "LOGIN", "Cannot log in at", reason);
      assertStringIncludes(page, "The login failed");
    });
  }
});

Deno.test("a token that names nobody is refused after the login too", async () => {
  await failed({ claims: { email_verified: false } }, RefusedError, "TOKEN", "the login at", "not verified");
});

Deno.test("attack: an answer that says it is another issuer's (RFC 9207) is refused", async () => {
  await failed({ answer: { iss: "https://accounts.google.com" } }, RefusedError, "LOGIN", "iss");
});

Deno.test("attack: a discovery document of another issuer is refused", async (t) => {
  const issuers: Record<string, (origin: string) => unknown> = {
    "another host": () => "https://oauth2.sigstore.dev/auth",
    "another path": (origin) => `${origin}/other`,
    "a longer name": (origin) => `${origin}/auth/x`,
    "none": () => undefined,
  };
  for (const [name, issuer] of Object.entries(issuers)) {
    await t.step(name, async () => {
      await using bad = new TestIssuer({ discovery: (origin) => ({ issuer: issuer(origin) }) });
      const person = new ScriptedPerson();
      await assertFails(() => logIn(bad, person), RefusedError, "LOGIN", "Cannot log in at");
      assertEquals(bad.paths, ["/auth/.well-known/openid-configuration"]);
      assertEquals(person.pages, []);
    });
  }
});

Deno.test("attack: the exceptions that the library makes for names of issuers are none here", async () => {
  const origin = "https://login.microsoftonline.com";
  const issuer = `${origin}/{tenantid}/v2.0`;
  await using service = new Service(() => Response.json({ issuer, authorization_endpoint: `${origin}/authorize` }));
  const environment = machine({ hosts: { [origin]: service.origin } });
  const options = { issuer: `${origin}/common/v2.0`, person: new ScriptedPerson() };
  const login = (): unknown => obtainIdentityToken(options, environment);
  await assertFails(login, RefusedError, "LOGIN", `${origin}/common/v2.0`, "of another issuer");
  assertEquals(service.requests.length, 1);
});

Deno.test("attack: an issuer that redirects elsewhere is not followed", async (t) => {
  for (const path of ["/auth/.well-known/openid-configuration", "/auth/token", "/auth/keys"]) {
    await t.step(path, async () => {
      await using elsewhere = new Service(() => Response.json({}));
      const replies = { [path]: () => Response.redirect(`${elsewhere.origin}${path}`, 307) };
      await failed({ replies }, UnavailableError, "SERVICE_FAILED", "status 307", "not followed");
      assertEquals(elsewhere.requests, []);
    });
  }
});

Deno.test("attack: addresses that are not https, or another machine's without it, are not used", async (t) => {
  const pages = [
    "http://login.example.com/auth",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "-x",
    "http://localhost.example.com",
  ];
  for (const authorization_endpoint of pages) {
    await t.step(`page ${authorization_endpoint}`, async () => {
      await using issuer = new TestIssuer({ discovery: () => ({ authorization_endpoint }) });
      const person = new ScriptedPerson();
      await assertFails(() => logIn(issuer, person), RefusedError, "LOGIN", "Cannot log in at");
      assertEquals(person.pages, []);
    });
  }
  for (const name of ["token_endpoint", "jwks_uri"]) {
    await t.step(name, async () => {
      const discovery = (): Record<string, string> => ({ [name]: "http://token.example.com/" });
      await failed({ discovery }, RefusedError, "LOGIN", '"http://token.example.com/"', "not https");
    });
  }
});

Deno.test("an issuer's own address must be https, or of this machine", async (t) => {
  for (const url of ["http://oauth2.sigstore.dev/auth", "ftp://localhost", "", "oauth2.sigstore.dev"]) {
    await t.step(url, async () => {
      await assertFails(() => logIn({ url }, new ScriptedPerson()), RefusedError, "LOGIN", "must be https");
    });
  }
});

Deno.test("attack: an issuer that answers without end is cut off", async (t) => {
  for (const path of ["/auth/.well-known/openid-configuration", "/auth/token"]) {
    await t.step(path, async () => {
      const chunk = new Uint8Array(65_536).fill(32);
      let sent = 0;
      const endless = (): Response =>
        new Response(new ReadableStream({ pull: (out) => (sent += chunk.length, out.enqueue(chunk)) }));
      await failed(
        { replies: { [path]: endless } },
        UnavailableError,
        "SERVICE_FAILED",
        "exceeds the limit of 1000000 bytes",
      );
      assert(sent < 50_000_000, `${sent} bytes were sent`);
    });
  }
});

Deno.test("an issuer that fails is named", async (t) => {
  const path = "/auth/.well-known/openid-configuration";
  const cases: Record<string, () => Response> = {
    "status 503": () => new Response("try later", { status: 503 }),
    "status 404": () => new Response("no such page", { status: 404 }),
  };
  for (const [text, reply] of Object.entries(cases)) {
    await t.step(text, async () => {
      await failed({ replies: { [path]: reply } }, UnavailableError, "SERVICE_FAILED", "the issuer", text);
    });
  }
  await t.step("no JSON", () => {
    return failed({ replies: { [path]: () => new Response("<html>") } }, RefusedError, "LOGIN", "cannot be used").then(
      () => {},
    );
  });
});

Deno.test("an issuer that refuses the code is quoted", async () => {
  const reply = (): Response => Response.json({ error: "invalid_grant", error_description: "used" }, { status: 400 });
  await failed({ replies: { "/auth/token": reply } }, RefusedError, "LOGIN", '"invalid_grant"', '"used"');
});

Deno.test("attack: an issuer that never answers is given up", async () => {
  const { promise: never, resolve } = Promise.withResolvers<void>();
  await using issuer = new TestIssuer({ replies: { "/auth/token": () => never.then(() => new Response()) } });
  const person = new ScriptedPerson();
  const environment = machine({ silentPath: "/auth/token" });
  const options = { issuer: issuer.url, person };
  const login = (): unknown => obtainIdentityToken(options, environment);
  await assertFails(login, UnavailableError, "SERVICE_FAILED", "did not answer within");
  assertStringIncludes((await person.pages[0])!.text, "The login failed");
  resolve();
});

Deno.test("a login that nobody finishes ends when the time is over", async () => {
  await using issuer = new TestIssuer();
  const person = new ScriptedPerson(() => Promise.resolve(new Response("the person went for lunch")));
  const login = (): unknown => logIn(issuer, person, { timeLimit: 300 });
  await assertFails(login, UnavailableError, "LOGIN_TIME", "nobody did within 0.3 seconds", "try again");
  await person.pages[0];
});

Deno.test("a login can be stopped", async () => {
  await using issuer = new TestIssuer();
  const stop = new AbortController();
  const reason = new Error("the person pressed Ctrl-C");
  const person = new ScriptedPerson(() => (stop.abort(reason), Promise.resolve(new Response())));
  const error = await logIn(issuer, person, { signal: stop.signal }).then(() => undefined, (error) => error);
  assertEquals(error, reason);
  await person.pages[0];
  assertEquals(await logIn(issuer, person, { signal: stop.signal }).catch((error) => error), reason);
});

Deno.test("a browser that holds its connection open does not hold up the program", async () => {
  await using issuer = new TestIssuer();
  const sockets: Deno.TcpConn[] = [];
  const person = new ScriptedPerson(async (url) => {
    const { port } = new URL(new URL(url).searchParams.get("redirect_uri")!);
    const socket = await Deno.connect({ hostname: "127.0.0.1", port: Number(port) });
    await socket.write(new TextEncoder().encode("GET /auth/callback?co"));
    sockets.push(socket);
    return await fetch(url);
  });
  // The sockets are closed only after the login has returned.
  await logIn(issuer, person);
  await person.pages[0];
  for (const socket of sockets) socket.close();
});

Deno.test({
  name: "the answer is taken on both addresses of localhost",
  ignore: !hasIPv6(),
  fn: async () => {
    await using issuer = new TestIssuer();
    for (const host of ["127.0.0.1", "[::1]", "localhost"]) {
      const person = new ScriptedPerson(async (url) => {
        const redirect = await fetch(url, { redirect: "manual" });
        await redirect.body?.cancel();
        return await fetch(redirect.headers.get("location")!.replace("localhost", host));
      });
      await logIn(issuer, person);
      assertEquals((await person.pages[0])!.status, 200, host);
    }
  },
});

function hasIPv6(): boolean {
  try {
    Deno.listen({ hostname: "::1", port: 0 }).close();
    return true;
  } catch {
    return false;
  }
}

Deno.test({
  name: "a login needs no other permission than the network",
  permissions: { net: ["127.0.0.1", "localhost"] },
  fn: async () => {
    await using issuer = new TestIssuer();
    const person = new ScriptedPerson();
    assertEquals((await logIn(issuer, person)).identity, "ada@example.com");
    await person.pages[0];
  },
});

Deno.test("a login without the permission to listen says which", async () => {
  await using issuer = new TestIssuer();
  const { host } = new URL(issuer.url);
  // In a program of its own, as a test cannot give away a permission that its helpers need.
  const script = `
    import { obtainIdentityToken } from ${JSON.stringify(import.meta.resolve("../../../src/sigstore/login/log_in.ts"))};
    const person = { tell() {}, openBrowser: () => Promise.resolve(true) };
    await obtainIdentityToken({ issuer: ${
    JSON.stringify(issuer.url)
  }, person }).catch((error) => console.log(error.message));
  `;
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", `--allow-net=${host}`, "-"],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
    cwd: new URL("../../../", import.meta.url),
  });
  await using child = command.spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(script));
  await writer.close();
  const { stdout } = await child.output();
  assertStringIncludes(
    new TextDecoder().decode(stdout),
    "Cannot wait for the browser: this needs --allow-net=127.0.0.1",
  );
});

Deno.test("a program with a password gives it as its issuer says", async (t) => {
  for (const method of ["client_secret_basic", "client_secret_post"] as const) {
    await t.step(method, async () => {
      await using issuer = new TestIssuer({ secret: { text: "our-password", method } });
      const person = new ScriptedPerson();
      assertEquals((await logIn(issuer, person, { clientSecret: "our-password" })).identity, "ada@example.com");
      assertFalse(person.address.includes("our-password"));
      await person.pages[0];
    });
  }
});
