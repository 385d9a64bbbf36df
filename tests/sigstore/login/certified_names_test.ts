/** Instances that certify the subject of a token though it has an e-mail address (types `uri` and `username` of Fulcio). */
import { assertEquals } from "@std/assert";
import { RefusedError } from "../../../src/errors.ts";
import { readIdentityToken } from "../../../src/sigstore/tokens/identity_token.ts";
import { assertFails } from "../../_assert_fails.ts";
import { token } from "./_tokens.ts";

const PRIVATE = { iss: "https://login.example.com/tenant/v2.0", sub: "https://login.example.com/users/42" };
const SOURCE = { source: "the test" };

Deno.test("a token whose e-mail address is not fit stands for its subject, at a private issuer", () => {
  for (
    const claims of [
      { email: "ada@example.com", email_verified: false },
      { email: "ada@example.com", email_verified: undefined },
      { email: "ada@localhost" },
      { email: ["ada@example.com"] },
      { email: undefined },
    ]
  ) {
    const { identity, isEmail, issuer } = readIdentityToken(token({ ...PRIVATE, ...claims }), SOURCE);
    assertEquals([identity, isEmail, issuer], [PRIVATE.sub, false, PRIVATE.iss]);
  }
  const verified = readIdentityToken(token(PRIVATE), SOURCE);
  assertEquals([verified.identity, verified.isEmail], ["ada@example.com", true]);
});

Deno.test("an issuer whose addresses are always certified must have verified them; so must the one of a login", async () => {
  for (const iss of ["https://accounts.google.com", "https://oauth2.sigstore.dev/auth"]) {
    const text = token({ iss, email_verified: false });
    await assertFails(() => readIdentityToken(text, SOURCE), RefusedError, "TOKEN", "has not verified");
  }
  // A subject that no instance certifies: neither a URI nor a user name.
  const address = token({ ...PRIVATE, sub: "ada@example.com", email_verified: false });
  await assertFails(() => readIdentityToken(address, SOURCE), RefusedError, "TOKEN", "has not verified");
  const text = token({ ...PRIVATE, email_verified: false });
  await assertFails(() => readIdentityToken(text, { ...SOURCE, isLogin: true }), RefusedError, "TOKEN", "not verified");
});

Deno.test("mayBeCertifiedAs() takes the names that an instance can make of the token, and no others", () => {
  const issuer = PRIVATE.iss;
  const read = readIdentityToken(token(PRIVATE), SOURCE);
  const may = (identity: string, by = issuer): boolean => read.mayBeCertifiedAs({ identity, issuer: by });
  assertEquals([may("ada@example.com"), may(PRIVATE.sub), may(`${PRIVATE.sub}!example.com`)], [true, true, true]);
  assertEquals([may("mallory@example.com"), may(`${PRIVATE.sub}0`), may("ada@example.com!x"), may("")], [
    false,
    false,
    false,
    false,
  ]);
  assertEquals(may(PRIVATE.sub, "https://issuer.example"), false);
  const federated = readIdentityToken(
    token({ ...PRIVATE, federated_claims: { connector_id: "https://github.com/login/oauth" } }),
    SOURCE,
  );
  assertEquals(federated.issuer, "https://github.com/login/oauth");
  assertEquals(federated.mayBeCertifiedAs({ identity: PRIVATE.sub, issuer }), true);
  // Of these issuers no instance certifies the subject.
  const google = readIdentityToken(token(), SOURCE);
  assertEquals(google.mayBeCertifiedAs({ identity: "1234567890", issuer: "https://accounts.google.com" }), false);
});
