import { assertEquals, assertFalse, assertMatch, assertStringIncludes } from "@std/assert";
import { RefusedError, UnavailableError } from "../../../src/errors.ts";
import type { IdentityToken } from "../../../src/sigstore/tokens/identity_token.ts";
import { type LoginOptions, obtainIdentityToken } from "../../../src/sigstore/login/log_in.ts";
import { assertFails } from "../../_assert_fails.ts";
import { type Misbehavior, TestIssuer } from "./_issuer.ts";
import { ScriptedPerson } from "./_person.ts";
import { machine } from "./_host.ts";

type Type = (issuer: TestIssuer, person: ScriptedPerson) => Promise<string | null> | string | null;

/** Logs in at a page that is open elsewhere, and types the code that it shows. */
const typeTheCode: Type = (issuer, person) => issuer.codeFor(person.address);

async function logIn(
  type: Type,
  misbehavior: Misbehavior = {},
  options: Partial<LoginOptions> = {},
): Promise<{ token: IdentityToken; person: ScriptedPerson }> {
  await using issuer = new TestIssuer(misbehavior);
  const person = new ScriptedPerson();
  const ask = (question: string): ReturnType<Type> => {
    assertStringIncludes(question, "code");
    return type(issuer, person);
  };
  const all = { issuer: issuer.url, person: { tell: (text: string) => person.tell(text), ask }, ...options };
  return { token: await obtainIdentityToken(all, machine()), person };
}

Deno.test("a person types the code that a browser elsewhere shows", async () => {
  const { token, person } = await logIn(typeTheCode);
  assertEquals(token.identity, "ada@example.com");
  const query = new URL(person.address).searchParams;
  assertEquals(query.get("redirect_uri"), "urn:ietf:wg:oauth:2.0:oob");
  assertMatch(person.told.join(), /^Open this page in a browser, on any machine, and log in:\n\n {2}http\S+\n$/);
});

Deno.test("forceOutOfBand opens no browser, though there is one", async () => {
  const opened: string[] = [];
  await using issuer = new TestIssuer();
  const person = new ScriptedPerson();
  const token = await obtainIdentityToken({
    issuer: issuer.url,
    forceOutOfBand: true,
    person: {
      tell: (text) => person.tell(text),
      ask: () => issuer.codeFor(person.address),
      openBrowser: (url) => (opened.push(url), Promise.resolve(true)),
    },
  }, machine());
  assertEquals(token.identity, "ada@example.com");
  assertEquals(opened, []);
});

Deno.test("a browser that does not open is replaced by a typed code", async () => {
  await using issuer = new TestIssuer();
  const person = new ScriptedPerson();
  const token = await obtainIdentityToken({
    issuer: issuer.url,
    person: {
      tell: (text) => person.tell(text),
      ask: () => issuer.codeFor(person.address),
      openBrowser: () => Promise.resolve(false),
    },
  }, machine());
  assertEquals(token.identity, "ada@example.com");
  assertEquals(person.told.length, 1, "the page of the browser is not shown as well");
});

Deno.test("spaces around a typed code do not matter", async () => {
  const { token } = await logIn(async (issuer, person) => ` ${await typeTheCode(issuer, person)}\r\n`);
  assertEquals(token.identity, "ada@example.com");
});

Deno.test("what is no code is not sent", async (t) => {
  for (const typed of [null, "", "  ", "two words", "a\u0007b", "ä", "x".repeat(5_000)]) {
    await t.step(String(typed).slice(0, 20), async () => {
      await assertFails(() => logIn(() => typed), RefusedError, "LOGIN", "no code was typed");
    });
  }
});

Deno.test("a wrong code is refused by the issuer, and not repeated in the message", async () => {
  const error = await assertFails(() => logIn(() => "wrong-code"), RefusedError, "LOGIN", "invalid_grant");
  assertFalse(error.message.includes("wrong-code"));
});

Deno.test("attack: the code of another login is of no use", async () => {
  const other: Type = (issuer, person) => {
    const address = new URL(person.address);
    // The attacker's own login at the same issuer, with a secret of the attacker's.
    address.searchParams.set("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    return issuer.codeFor(address.href);
  };
  await assertFails(() => logIn(other), RefusedError, "LOGIN", "invalid_grant");
});

Deno.test("attack: a token with another nonce is of another login, out of band too", async () => {
  const misbehavior = { claims: { nonce: "n".repeat(43) } };
  await assertFails(() => logIn(typeTheCode, misbehavior), RefusedError, "LOGIN", "'nonce' claim value");
});

Deno.test("an issuer that names itself in its answers has nowhere to, out of band", async () => {
  const misbehavior = { discovery: () => ({ authorization_response_iss_parameter_supported: true }) };
  assertEquals((await logIn(typeTheCode, misbehavior)).token.identity, "ada@example.com");
});

Deno.test("a code that nobody types is not waited for longer than the time", async () => {
  const nobody = new Promise<string>(() => {});
  await assertFails(() => logIn(() => nobody, {}, { timeLimit: 200 }), UnavailableError, "LOGIN_TIME", "0.2 seconds");
});
