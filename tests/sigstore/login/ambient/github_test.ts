import { assertEquals, assertFalse } from "@std/assert";
import { RefusedError, UnavailableError } from "../../../../src/errors.ts";
import { ambientToken } from "../../../../src/sigstore/login/ambient/find.ts";
import { assertFails } from "../../../_assert_fails.ts";
import { Service } from "../_service.ts";
import { type Machine, machine } from "../_host.ts";
import { token } from "../_tokens.ts";

const ORIGIN = "https://run-actions-1-azure-eastus.actions.githubusercontent.com";
const ENV = {
  GITHUB_ACTIONS: "true",
  ACTIONS_ID_TOKEN_REQUEST_TOKEN: "the-bearer-token",
  ACTIONS_ID_TOKEN_REQUEST_URL: `${ORIGIN}/id?api-version=2.0&job=7`,
};
const CLAIMS = {
  iss: "https://token.actions.githubusercontent.com",
  job_workflow_ref: "octo/model/.github/workflows/sign.yml@refs/heads/main",
  email: undefined,
};

function ask(env: Record<string, string>, origin?: string, more: Machine = {}): Promise<unknown> {
  const hosts = origin === undefined ? {} : { [ORIGIN]: origin };
  return ambientToken({ audience: "sigstore", environment: machine({ env, hosts, ...more }) });
}

Deno.test("GitHub Actions gives a token to a job that may have one", async () => {
  await using github = new Service(() => Response.json({ count: 1, value: token(CLAIMS) }));
  const environment = machine({ env: ENV, hosts: { [ORIGIN]: github.origin } });
  const found = await ambientToken({ audience: "sigstore", environment });
  assertEquals(found?.identity, "https://github.com/octo/model/.github/workflows/sign.yml@refs/heads/main");
  assertEquals(found?.source, "GitHub Actions");
  const [request] = github.requests;
  assertEquals(request?.headers.get("authorization"), "bearer the-bearer-token");
  // The query that was there stays.
  assertEquals(request?.url.search, "?api-version=2.0&job=7&audience=sigstore");
});

Deno.test("GitHub Actions: a job without id-token: write is told so", async () => {
  for (const name of ["ACTIONS_ID_TOKEN_REQUEST_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_URL"]) {
    const env: Record<string, string> = { ...ENV };
    delete env[name];
    await assertFails(() => ask(env), UnavailableError, "NO_TOKEN", "GitHub Actions", "id-token: write");
  }
});

Deno.test("GitHub Actions: the bearer token goes over https only", async () => {
  for (const url of ["http://pipelines.actions.githubusercontent.com/id", "ftp://x", "not an address"]) {
    const env = { ...ENV, ACTIONS_ID_TOKEN_REQUEST_URL: url };
    await assertFails(() => ask(env), UnavailableError, "NO_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_URL must be https");
  }
});

Deno.test("GitHub Actions: redirects are not followed, so no other host gets the bearer token", async () => {
  await using elsewhere = new Service(() => Response.json({ value: token(CLAIMS) }));
  await using github = new Service(() => Response.redirect(`${elsewhere.origin}/id`, 307));
  await assertFails(() => ask(ENV, github.origin), UnavailableError, "SERVICE_FAILED", "GitHub", "status 307");
  assertEquals(elsewhere.requests, []);
});

Deno.test("GitHub Actions: an answer of no use is an error that shows none of it", async (t) => {
  const secret = token(CLAIMS).split(".")[1]!;
  const answers: Record<string, string> = {
    "no JSON": `value: ${token(CLAIMS)}`,
    "another field": JSON.stringify({ token: token(CLAIMS) }),
    "a value in a list": JSON.stringify({ value: [token(CLAIMS)] }),
    "a list": JSON.stringify([token(CLAIMS)]),
    "an empty value": JSON.stringify({ value: "" }),
    "nothing": "",
  };
  for (const [name, answer] of Object.entries(answers)) {
    await t.step(name, async () => {
      await using github = new Service(() => new Response(answer));
      const error = await assertFails(() => ask(ENV, github.origin), UnavailableError, "SERVICE_FAILED", "GitHub");
      assertFalse(Deno.inspect(error).includes(secret));
    });
  }
});

Deno.test("GitHub Actions: a token of another issuer, or for another audience, is refused", async (t) => {
  for (const other of [{ iss: "https://accounts.google.com" }, { aud: "https://github.com/octo" }]) {
    await t.step(JSON.stringify(other), async () => {
      await using github = new Service(() => Response.json({ value: token({ ...CLAIMS, ...other }) }));
      await assertFails(() => ask(ENV, github.origin), RefusedError, "TOKEN", "GitHub Actions");
    });
  }
});

Deno.test("GitHub Actions: a server of one's own may have an issuer of its own", async () => {
  const claims = { ...CLAIMS, iss: "https://github.example.com/_services/token", sub: "repo:a/b" };
  await using github = new Service(() => Response.json({ value: token(claims) }));
  const env = { ...ENV, ACTIONS_ID_TOKEN_REQUEST_URL: `${github.origin}/id` };
  const found = await ambientToken({ audience: "sigstore", environment: machine({ env }) });
  assertEquals(found?.issuer, "https://github.example.com/_services/token");
});

Deno.test("GitHub Actions: an answer that is too long for a token is not read", async () => {
  const long = { value: token(CLAIMS), padding: "x".repeat(200_000) };
  await using github = new Service(() => Response.json(long));
  await assertFails(
    () => ask(ENV, github.origin),
    UnavailableError,
    "SERVICE_FAILED",
    "exceeds the limit of 131072 bytes",
  );
});

Deno.test("GitHub Actions: an answer without end is cut off", async () => {
  const chunk = new Uint8Array(65_536).fill(32);
  let sent = 0;
  await using github = new Service(() => {
    return new Response(new ReadableStream({ pull: (out) => (sent += chunk.length, out.enqueue(chunk)) }));
  });
  await assertFails(() => ask(ENV, github.origin), UnavailableError, "SERVICE_FAILED", "exceeds the limit of");
  assertEquals(sent < 50_000_000, true, `${sent} bytes were sent`);
});

Deno.test("GitHub Actions: a service that does not answer is given up", async () => {
  const { promise: never, resolve } = Promise.withResolvers<void>();
  await using github = new Service(() => never.then(() => new Response()));
  const more = { silentPath: new URL(ENV.ACTIONS_ID_TOKEN_REQUEST_URL).pathname };
  await assertFails(() => ask(ENV, github.origin, more), UnavailableError, "SERVICE_FAILED", "did not answer");
  resolve();
});
