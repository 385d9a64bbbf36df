import { assertEquals, assertFalse, assertMatch } from "@std/assert";
import { RefusedError, UnavailableError } from "../../../src/errors.ts";
import type { IdentityToken } from "../../../src/sigstore/tokens/identity_token.ts";
import { type LoginOptions, obtainIdentityToken } from "../../../src/sigstore/login/log_in.ts";
import { assertFails } from "../../_assert_fails.ts";
import { type Misbehavior, TestIssuer } from "./_issuer.ts";
import { ScriptedPerson } from "./_person.ts";
import { machine } from "./_host.ts";

/** A login on a machine without browser and terminal. */
async function logIn(
  misbehavior: Misbehavior,
  options: Partial<LoginOptions> = {},
): Promise<{ token: IdentityToken; told: string; paths: string[] }> {
  await using issuer = new TestIssuer(misbehavior);
  const person = new ScriptedPerson();
  const all = { issuer: issuer.url, person: { tell: (text: string) => person.tell(text) }, ...options };
  const token = await obtainIdentityToken(all, machine());
  return { token, told: person.told.join(), paths: issuer.paths };
}

Deno.test("a person logs in on another device, without browser and terminal here", async () => {
  const { token, told, paths } = await logIn({ pending: 3 });
  assertEquals(token.identity, "ada@example.com");
  assertMatch(
    told,
    /^Open this page .*, on any machine, and log in with the code ABCD-EFGH:\n\n {2}http\S+\/device\n$/,
  );
  assertEquals(paths.filter((path) => path === "/auth/token").length, 4);
});

Deno.test("a page that has the code in its address is preferred, and the code still shown", async () => {
  const page = "https://issuer.example.com/device?user_code=ABCD-EFGH";
  const { told } = await logIn({ device: { verification_uri_complete: page } });
  assertMatch(told, /code ABCD-EFGH:\n\n {2}https:\/\/issuer\.example\.com\/device\?user_code=ABCD-EFGH\n$/);
});

Deno.test("a login that the person refuses on the other device has failed", async (t) => {
  for (const error of ["access_denied", "expired_token"]) {
    await t.step(error, async () => {
      const replies = { "/auth/token": () => Response.json({ error }, { status: 400 }) };
      await assertFails(() => logIn({ replies }), RefusedError, "LOGIN", `"${error}"`);
    });
  }
});

Deno.test("attack: what the issuer would have printed cannot steer the terminal or lead to another kind of page", async (t) => {
  const cases: Record<string, unknown>[] = [
    { user_code: "AB\u001b[2JCD" },
    { user_code: "AB\nCD" },
    { user_code: "A".repeat(65) },
    { verification_uri: "http://issuer.example.com/device" },
    { verification_uri: "javascript:alert(1)" },
    { verification_uri_complete: "file:///etc/passwd" },
  ];
  for (const device of cases) {
    await t.step(JSON.stringify(device).slice(0, 60), async () => {
      const error = await assertFails(() => logIn({ device }), RefusedError, "LOGIN", "Cannot log in at");
      assertFalse(error.message.includes("\u001b"));
    });
  }
});

Deno.test("attack: a token from the device flow is checked as any other", async (t) => {
  const cases: Misbehavior[] = [
    { claims: { aud: "somebody-else" } },
    { claims: { iss: "https://accounts.google.com" } },
    { unpublishedKey: true },
    { idToken: () => undefined },
  ];
  for (const misbehavior of cases) {
    await t.step(Deno.inspect(misbehavior), async () => {
      await assertFails(() => logIn(misbehavior), RefusedError, "LOGIN");
    });
  }
});

Deno.test("a login on another device that nobody finishes ends when the time is over", async () => {
  const login = (): unknown => logIn({ pending: Infinity }, { timeLimit: 150 });
  await assertFails(login, UnavailableError, "LOGIN_TIME", "nobody did within 0.15 seconds");
});

Deno.test("an issuer without a device flow is of no help there", async () => {
  await assertFails(() => logIn({ noDevice: true }), UnavailableError, "NO_TOKEN", "no browser and no terminal");
});
