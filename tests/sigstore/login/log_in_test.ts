import { assertEquals, assertFalse } from "@std/assert";
import { RefusedError, UnavailableError, UsageError } from "../../../src/errors.ts";
import { TOKEN_FILE } from "../../../src/sigstore/login/ambient/token_file.ts";
import type { IdentityToken } from "../../../src/sigstore/tokens/identity_token.ts";
import { type LoginOptions, obtainIdentityToken } from "../../../src/sigstore/login/log_in.ts";
import { assertFails } from "../../_assert_fails.ts";
import { type Machine, machine } from "./_host.ts";
import { token } from "./_tokens.ts";

const NOBODY = "http://127.0.0.1:1/auth";
const person = { tell: (): void => {} };

function obtain(options: LoginOptions, on: Machine = {}): Promise<IdentityToken> {
  return obtainIdentityToken({ issuer: NOBODY, person, ...options }, machine(on));
}

function of(email: string): string {
  return token({ email });
}

const EVERYWHERE: Machine = {
  env: { SIGSTORE_ID_TOKEN: of("environment@example.com") },
  files: { [TOKEN_FILE]: of("environment@example.com") },
};

Deno.test("a token that is given comes first", async () => {
  const found = await obtain({ identityToken: `${of("given@example.com")}\n` }, EVERYWHERE);
  assertEquals([found.identity, found.source], ["given@example.com", "`identityToken`"]);
});

Deno.test("a token in the environment comes second", async () => {
  const found = await obtain({}, EVERYWHERE);
  assertEquals([found.identity, found.source], ["environment@example.com", "SIGSTORE_ID_TOKEN"]);
});

Deno.test("the environment come third, asked for or not", async () => {
  for (const useAmbientCredentials of [true, false]) {
    const { files } = EVERYWHERE;
    assertEquals((await obtain({ useAmbientCredentials }, { files: files! })).identity, "environment@example.com");
  }
});

Deno.test("a person comes last", async () => {
  // Nobody listens there, which shows that the login was tried.
  await assertFails(() => obtain({}), UnavailableError, "SERVICE_FAILED", "the issuer", NOBODY);
});

Deno.test("forceOutOfBand means a person, on a machine that has an identity too", async () => {
  const { files } = EVERYWHERE;
  await assertFails(
    () => obtain({ forceOutOfBand: true }, { files: files! }),
    UnavailableError,
    "SERVICE_FAILED",
    NOBODY,
  );
});

Deno.test("useAmbientCredentials asks nobody to log in", async () => {
  const texts = ["Cannot find an identity token here", "GitHub Actions", "CircleCI", TOKEN_FILE];
  await assertFails(() => obtain({ useAmbientCredentials: true }), UnavailableError, "NO_TOKEN", ...texts);
});

Deno.test("options that contradict each other are an error", async () => {
  const options = { useAmbientCredentials: true, forceOutOfBand: true };
  await assertFails(() => obtain(options), UsageError, "OPTION", "`useAmbientCredentials`", "`forceOutOfBand`");
});

Deno.test("a program without a person cannot log in", async () => {
  const texts = ["Cannot log in", "`identityToken`", "SIGSTORE_ID_TOKEN"];
  await assertFails(() => obtain({ person: undefined }), UnavailableError, "NO_TOKEN", ...texts);
  await assertFails(() => obtain({ issuer: undefined }), UnavailableError, "NO_TOKEN", ...texts);
});

Deno.test("a function gives the token, and messages use the name that comes with it", async () => {
  const given = (text: string): LoginOptions => ({
    identityToken: () => text,
    identityTokenName: "the file of a test",
  });
  const found = await obtain(given(`${of("file@example.com")}\n`));
  assertEquals([found.identity, found.source], ["file@example.com", "the file of a test"]);
  await assertFails(() => obtain(given("no token")), RefusedError, "TOKEN", "the file of a test");
});

Deno.test("a token is never taken for the name of a file, nor shown", async () => {
  const secret = token().split(".")[1]!;
  const files = { "token.txt": token() };
  for (const identityToken of [`${token()}.`, token().slice(5).replace(".", " "), secret, "", "token.txt"]) {
    const error = await assertFails(() => obtain({ identityToken }, { files }), RefusedError, "TOKEN");
    assertFalse(Deno.inspect(error).includes(secret));
  }
});

Deno.test("an unsuitable token is refused, and no other is looked for", async () => {
  const expired = token({ exp: 1 });
  await assertFails(() => obtain({ identityToken: expired }, EVERYWHERE), RefusedError, "TOKEN", "it expired at");
  const on = { ...EVERYWHERE, env: { SIGSTORE_ID_TOKEN: token({ aud: "other" }) } };
  await assertFails(() => obtain({}, on), RefusedError, "TOKEN", "SIGSTORE_ID_TOKEN", '"other"');
});

Deno.test("the token of a private instance is for its own client", async () => {
  const identityToken = token({ aud: "ours" });
  assertEquals((await obtain({ identityToken, clientId: "ours" })).identity, "ada@example.com");
  await assertFails(() => obtain({ identityToken: token(), clientId: "ours" }), RefusedError, "TOKEN", '"ours"');
});
